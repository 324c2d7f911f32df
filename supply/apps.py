from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "supply"

    def ready(self) -> None:
        from forecasting.services import overrides

        from . import (  # noqa: F401 - registries
            comment_places,
            count_explanations,
            explanations,
            exports,
            failure_explanations,
            kpi_explanations,
            lead_time_explanations,
            limit_explanations,
            minimum_explanations,
            pages,
            projection_explanations,
            row_lists,
            scenario_explanations,
            scenario_exports,
            search,
            stock_explanations,
            supplier_explanations,
            tasks,
        )
        from .services import following

        overrides.after_edit(following.follow_edit)
