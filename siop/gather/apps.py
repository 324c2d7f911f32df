from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class GatherConfig(AppConfig):
    name = "siop.gather"
    label = "gather"

    def ready(self) -> None:
        """Each app declares its tables in its imports.py, as admin.py does for the admin."""
        from siop.accounts.enums import Permission
        from siop.web import navigation

        from . import tasks  # noqa: F401 - fills the registry of job kinds

        autodiscover_modules("imports")
        navigation.register(navigation.Page("Set up", "Data", "gather:index", 10, Permission.IMPORT_DATA))
