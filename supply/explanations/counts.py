"""Why the counts above the supply pages are what they are: one for each row counted, the most pressing named."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.explanations import Explanation, Part, Source, explains, named, runs
from siop.web.plan_choice import looking_day, plan_label, readable_plan
from siop.web.templatetags.siop import month, number

from ..models import PlanException
from ..selectors.pages import capacity as capacity_rows
from ..selectors.pages import exceptions as exception_rows
from ..selectors.pages import inventory as inventory_rows
from ..selectors.pages import orders as order_rows


@dataclass(frozen=True, kw_only=True)
class Counted:
    """`rows` are names and addresses, the most pressing first; `page` lists them all."""

    label: str
    rows: list[tuple[str, str]]
    page: Source


@explains("count")
def count(person: Person, plan: str, name: str) -> Explanation:
    """One count of the strip above a page; `name` is one of COUNTS."""
    version = readable_plan(plan)
    if name not in COUNTS:
        raise Http404(f"There is no count {name!r}.")
    found = COUNTS[name](person, version)
    return explained(found, computed=plan_label(version))


def explained(found: Counted, *, computed: str = "") -> Explanation:
    """Each row counts as one."""
    shown = number(len(found.rows))
    ones = [(label, 1.0, address) for label, address in found.rows]
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(f"{found.label}: ", shown, ". Each counts as one; the most pressing are named."),
        parts=named(ones, others="others") or [Part(label="Nothing counts towards it", value=0.0)],
        total=len(found.rows),
        total_label=found.label,
        sources=[found.page],
        computed=computed,
    )


def _soon(person: Person, plan: PlanVersion) -> Counted:
    found = exception_rows.soon_exceptions(person, plan, day=looking_day(plan))
    return _of_exceptions("To decide within a week", found.order_by("last_responsible_date", "rank"))


def _snoozed(person: Person, plan: PlanVersion) -> Counted:
    found = exception_rows.snoozed_exceptions(person, plan, day=looking_day(plan))
    return _of_exceptions("Snoozed", found.order_by("snoozed_until", "rank"), state="snoozed")


def _messages(person: Person, plan: PlanVersion) -> Counted:
    return _of_exceptions("Messages on open orders", order_rows.messages(person, plan).order_by("rank"))


def _of_exceptions(label: str, found: QuerySet[PlanException], *, state: str = "open") -> Counted:
    address = f"{reverse('supply:exceptions')}?state={state}"
    rows = [(one.title, f"{address}&exception={one.pk}") for one in found.select_related("item", "location")]
    return Counted(label=label, rows=rows, page=Source(label="Exceptions", url=address))


def _below(person: Person, plan: PlanVersion) -> Counted:
    """What has run out first, then what covers the smallest part of its safety stock."""
    lines = inventory_rows.inventory(person, plan).filter(inventory_rows.BELOW)
    columns = ("item__code", "location__code", "item_id", "location_id", "on_hand", "safety")
    ranked = sorted(lines.values_list(*columns), key=lambda row: row[4] / row[5] if row[5] else 0.0)
    rows = [
        (f"{item} at {place}", reverse("supply:item_location", args=[item_id, place_id]))
        for item, place, item_id, place_id, *_ in ranked
    ]
    page = Source(label="All item-locations", url=reverse("supply:inventory"))
    return Counted(label="Below safety stock", rows=rows, page=page)


def _over(person: Person, plan: PlanVersion) -> Counted:
    """Limits are the company's, so everybody counts the same."""
    found = capacity_rows.loads(plan)
    names, months, address = (
        capacity_rows.names(found),
        capacity_rows.months(plan),
        reverse("supply:capacity"),
    )
    rows = [
        (f"{names[load.kind, load.code]}, {month(months[h])}", f"{address}?load={load.pk}&h={h}")
        for load, h, _ in capacity_rows.over(found)
    ]
    return Counted(label="Months over the limit", rows=rows, page=Source(label="All limits", url=address))


COUNTS: dict[str, Callable[[Person, PlanVersion], Counted]] = {
    "soon": _soon,
    "snoozed": _snoozed,
    "messages": _messages,
    "below": _below,
    "over": _over,
}
