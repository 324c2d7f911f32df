from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "siop.catalog"
    label = "catalog"
