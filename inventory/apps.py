from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"

    def ready(self) -> None:
        from forecasting.services.cleansing import register_out_of_stock

        from . import explanations, exports, row_lists  # noqa: F401 - they fill registries
        from .selectors.stockouts import out_of_stock

        register_out_of_stock(out_of_stock)
