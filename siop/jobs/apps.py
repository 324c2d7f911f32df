from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "siop.jobs"
    label = "jobs"

    def ready(self) -> None:
        from siop import celery  # noqa: F401 - tasks bind to this application
