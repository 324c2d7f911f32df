from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"

    def ready(self) -> None:
        from forecasting.services.cleansing import register_out_of_stock
        from siop.catalog import parameter_book

        from . import explanations, exports, parameters, row_lists  # noqa: F401 - they fill registries
        from .selectors.stockouts import out_of_stock

        parameter_book.register(*parameters.entries())
        register_out_of_stock(out_of_stock)
