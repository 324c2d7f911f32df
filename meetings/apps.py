from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self) -> None:
        from siop.catalog import parameter_book
        from siop.plans import cycles as plan_cycles
        from siop.plans import locks
        from siop.web import context
        from siop.web.navigation import Page, register

        from . import badges, parameters
        from . import explanations as explanations  # registers what figures are made of
        from . import exports as exports  # registers what goes out
        from . import tasks as tasks  # registers what beat runs each minute
        from .selectors import cycles

        parameter_book.register(*parameters.entries())
        locks.register(cycles.closed_because)
        plan_cycles.register(cycles.planning_start, cycles.newest_start)
        context.register_cycle(cycles.top_bar)
        register(
            Page("", "Home", "meetings:home", 10),
            Page("", "My work", "meetings:my_work", 20, badge=badges.waiting),
            Page("", "Cycle", "meetings:cycle", 30),
            Page("Decide", "Reconciliation", "meetings:reconciliation", 20),
            Page("Decide", "Meeting", "meetings:meeting", 30),
            Page("Decide", "Actions", "meetings:actions", 40, badge=badges.late_actions),
            Page("Measure", "Accuracy", "meetings:accuracy", 10),
            Page("Measure", "Packs", "meetings:packs", 20),
        )
