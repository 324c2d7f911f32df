from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "siop.accounts"
    label = "accounts"

    def ready(self) -> None:
        from siop.web.navigation import Page, register

        from . import tabs
        from .enums import Permission

        register(Page("Set up", "Settings", "accounts:people", 20, Permission.MANAGE_PEOPLE))
        tabs.register(
            tabs.Tab("People", "accounts:people", 10),
            tabs.Tab("Departments", "accounts:departments", 20),
            tabs.Tab("Roles", "accounts:roles", 30),
            tabs.Tab("Parameters", "accounts:parameters", 40),
            tabs.Tab("Calendar", "accounts:calendar", 50),
            tabs.Tab("Tokens", "accounts:tokens", 60),
        )
