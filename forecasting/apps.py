from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    name = "forecasting"

    def ready(self) -> None:
        from siop.jobs.minutely import minutely
        from siop.plans.planning_date import latest_sale_from
        from siop.web import navigation

        from . import (  # noqa: F401 - they fill registries
            comment_places,
            explanations,
            exports,
            row_lists,
            tasks,
        )
        from .services.following import demand_behind, follow_forgotten
        from .services.history import latest_known_demand
        from .services.owners import follow_edit

        latest_sale_from(latest_known_demand)
        minutely(follow_forgotten)
        demand_behind(follow_edit)
        navigation.register(
            navigation.Page("Plan", "Demand", "forecasting:demand_plan", 10),
            navigation.Page("Plan", "Drivers", "forecasting:drivers", 12),
        )
