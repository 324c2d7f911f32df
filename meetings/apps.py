from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self) -> None:
        from siop.plans import cycles as plan_cycles
        from siop.plans import locks
        from siop.web import context

        from . import tasks  # noqa: F401 - registers what beat runs each minute
        from .selectors import cycles

        locks.register(cycles.closed_because)
        plan_cycles.register(cycles.planning_start)
        context.register_cycle(cycles.top_bar)
