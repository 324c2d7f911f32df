from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "siop.accounts"
    label = "accounts"

    def ready(self) -> None:
        from siop.web.navigation import Page, register

        from .enums import Permission

        register(Page("Set up", "Settings", "accounts:people", 20, Permission.MANAGE_PEOPLE))
