from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "supply"

    def ready(self) -> None:
        from forecasting.services import overrides

        from . import explanations, exports, kpi_explanations, pages, row_lists, search, tasks  # noqa: F401 - registries
        from .services import following

        overrides.after_edit(following.follow_edit)
