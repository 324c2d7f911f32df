from django.apps import AppConfig
from django.db.backends.signals import connection_created


class PlansConfig(AppConfig):
    name = "siop.plans"
    label = "plans"

    def ready(self) -> None:
        from . import protection

        connection_created.connect(protection.take_application_role)
