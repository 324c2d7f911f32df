"""Home and My work."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.web.plan_choice import looking_day
from siop.web.render import render_page
from siop.web.selectors import notifications_of

from ..addresses import address
from ..models import Cycle
from ..selectors import changes, cycles, home, work
from ..selectors.first_steps import first_steps, next_step
from ..services import cadence
from ..words import many, money
from .common import Shown, sees_everything

TASKS_ON_HOME = 6


@requires(Permission.VIEW)
@require_GET
def home_page(request: HttpRequest) -> HttpResponse:
    """Where we are, what is mine, what is at risk, what changed."""
    person = person_of(request)
    page = Shown(person, cycles.current_cycle())
    tasks, steps = work.my_work(person), first_steps(person)
    context: dict[str, Any] = {
        "page_title": "Home",
        "primary": next_step(steps) or home.primary(permissions_of(person), page.cycle),
        "tasks": tasks[:TASKS_ON_HOME],
        "tasks_note": _tasks_note(tasks),
        "alarm": cadence.missed(),
        "shifts": home.shifts(person),
        "asked": home.decision_asked(person, page.cycle),
        "first_steps": steps,
        "word": home.word_asked(person, page.cycle),
        **_cycle(page.cycle),
        **_figures(page),
    }
    return render_page(request, "meetings/home.html", page.context(**context))


def _cycle(cycle: Cycle | None) -> dict[str, Any]:
    if cycle is None:
        return {"stages": []}
    title, note = home.headline(cycle)
    return {"stages": home.track(cycle), "cycle_title": title, "cycle_note": note}


def _figures(page: Shown) -> dict[str, Any]:
    """Figures of the whole company for those who see it; risks and changes within what a person sees."""
    if page.plan is None or page.comparison is None:
        return {"kpis": []}
    rows, count = home.risks(page.person, page.plan)
    whole = sees_everything(page.person)
    top = float(sum(row.avoidable_loss for row in rows))
    return {
        "kpis": home.figures(page.person, page.cycle, page.plan, page.last_plan, page.sign) if whole else [],
        "risks": rows,
        "risks_count": count,
        "risks_title": f"Top {many(len(rows), 'risk')}: {money(top, page.sign)} of loss can be avoided",
        "risks_sum": {
            "loss": sum(row.money_at_risk for row in rows),
            "action": sum(row.action_cost for row in rows),
            "avoidable": sum(row.avoidable_loss for row in rows),
        },
        "exceptions_url": address("supply:exceptions"),
        "bridge": _chart(home.bridge(page.comparison, page.cycle, page.sign)),
        "changes": changes.changes(page.cycle, page.comparison, page.sign) if whole else [],
        "changes_note": _between(page),
        "day_seen": looking_day(page.plan),
    }


def _chart(found: dict[str, Any] | None) -> dict[str, Any] | None:
    return {"id": "bridge", "height": 288, **found} if found else None


def _between(page: Shown) -> str:
    if page.last_plan is None or page.plan is None or page.cycle is None or page.cycle.previous is None:
        return ""
    before = f"{page.cycle.previous.period:%B} v{page.last_plan.pk}"
    return f"{before} to {page.cycle.period:%B} v{page.plan.pk}"


def _tasks_note(tasks: list[work.Task]) -> str:
    late = sum(task.late for task in tasks)
    return f"{len(tasks)}" + (f", {late} late" if late else "") if tasks else ""


@requires(Permission.VIEW)
@require_GET
def my_work(request: HttpRequest) -> HttpResponse:
    """Everything that waits for this person, by date, and what they were told."""
    person = person_of(request)
    page = Shown(person, cycles.current_cycle())
    tasks = work.my_work(person)
    today = cycles.today()
    groups = [
        ("Late", [task for task in tasks if task.late]),
        ("This week", [t for t in tasks if not t.late and t.due and (t.due - today).days <= 7]),
        ("Later", [t for t in tasks if not t.late and not (t.due and (t.due - today).days <= 7)]),
    ]
    context = {
        "page_title": "My work",
        "groups": [(label, rows) for label, rows in groups if rows],
        "count": len(tasks),
        "notifications": notifications_of(person)[:30],
    }
    return render_page(request, "meetings/my_work.html", page.context(**context))
