from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "supply"

    def ready(self) -> None:
        from . import explanations, exports, kpi_explanations, row_lists, tasks  # noqa: F401 - they fill registries
