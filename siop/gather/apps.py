from django.apps import AppConfig


class GatherConfig(AppConfig):
    name = "siop.gather"
    label = "gather"
