from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "supply"

    def ready(self) -> None:
        from . import explanations, row_lists, tasks  # noqa: F401 - they fill registries
