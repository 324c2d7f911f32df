from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"

    def ready(self) -> None:
        from . import explanations, exports, row_lists  # noqa: F401 - they fill registries
