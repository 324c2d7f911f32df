from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "siop.accounts"
    label = "accounts"
