from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "supply"

    def ready(self) -> None:
        from forecasting.services.following import after_edit

        from . import (  # noqa: F401 - registries
            comment_places,
            explanations,
            exports,
            pages,
            row_lists,
            scenario_exports,
            search,
            tasks,
        )
        from .services import following

        after_edit(following.follow_edit)
