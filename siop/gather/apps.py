from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class GatherConfig(AppConfig):
    name = "siop.gather"
    label = "gather"

    def ready(self) -> None:
        """Each app declares its tables in its imports.py, as admin.py does for the admin."""
        autodiscover_modules("imports")
