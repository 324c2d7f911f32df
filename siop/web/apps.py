from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WebConfig(AppConfig):
    name = "siop.web"
    label = "web"

    def ready(self) -> None:
        from siop.accounts.enums import Permission
        from siop.jobs.minutely import minutely

        from . import audit, audit_export, clock, row_lists, services  # noqa: F401 - they fill registries
        from .navigation import Page, register

        register(
            Page("Measure", "Audit", "web:audit", 40, Permission.SEE_AUDIT),
            Page("Set up", "Exports", "web:exports", 15),
        )
        minutely(audit.seal)
        minutely(services.tell_of_parked_work)
        minutely(clock.tell_of_wrong_clock)
        post_migrate.connect(install_protection, dispatch_uid="siop.web.install_protection")


def install_protection(app_config: AppConfig, **_: object) -> None:
    """Triggers and grants over the tables of all apps: after the last app has migrated."""
    from django.apps import apps

    from siop.plans import protection

    from . import audit, marks

    if app_config.name == list(apps.get_app_configs())[-1].name:
        audit.install()
        marks.install()
        protection.install()
