"""Why the figures above the supply pages are what they are: the rows that make them up, the largest by name."""

from collections.abc import Callable

from django.db.models import F, FloatField, Q, Sum
from django.db.models.functions import Cast
from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.plans.models import PlanVersion
from siop.web import explanations
from siop.web.explanations import Explanation, Part, Source, explains, named, runs
from siop.web.plan_choice import looking_day, plan_label, readable_plan
from siop.web.sources import counted, latest_import
from siop.web.templatetags.siop import in_money, number, percent

from ..enums import OrderStatus
from ..models import PlanException
from ..selectors import money
from ..selectors.pages import capacity as capacity_rows
from ..selectors.pages import exceptions as exception_rows
from ..selectors.pages import inventory as inventory_rows
from ..selectors.pages import orders as order_rows
from ..selectors.pages import suppliers as supplier_rows

SPACE = "space"  # all other figures are money
Built = tuple[str, list[Part], str, list[Source]]


@explains("kpi")
def kpi(person: Person, plan: str, name: str) -> Explanation:
    """One figure of the strip above a page; `name` is one of KPIS."""
    version = readable_plan(plan)
    if name == "planned_fill_rate":
        return _planned_fill_rate(person, version)
    if name == "least_cost":
        return _least_cost(person, version)
    if name not in KPIS:
        raise Http404(f"There is no figure {name!r}.")
    label, parts, formula, sources = KPIS[name](person, version)
    total = sum(float(part.value) for part in parts)
    currency = sign_of(version.parameters.get("currency") or parameters.load().currency)
    shown = f"{number(total)} m³" if name == SPACE else in_money(number(total), currency)
    return Explanation(
        title=f"Why {number(total)}?",
        sentence=runs(f"{label} comes to ", shown, "; the largest parts are named."),
        parts=parts or [Part(label="Nothing counts towards it", value=0.0)],
        total=total,
        total_label=label,
        formula=formula,
        sources=sources,
        computed=plan_label(version),
    )


def _to_release(person: Person, plan: PlanVersion) -> Built:
    due = order_rows.to_release(order_rows.planned_orders(person, plan), day=looking_day(plan))
    found = (
        due.order_by()
        .values_list("number", "item__code")
        .annotate(worth=Cast(order_rows.order_value(), FloatField()))
    )
    parts = named(
        [
            (f"{order} {item}", worth, reverse("supply:plan") + f"?order={order}")
            for order, item, worth in found
        ],
        others="other orders",
    )
    return "Value to release", parts, "Σ quantity × landed cost", _plan_sources(person, plan)


def _overhang(person: Person, plan: PlanVersion) -> Built:
    orders = (
        order_rows.planned_orders(person, plan).exclude(status=OrderStatus.RELEASED).exclude(overhang_value=0)
    )
    found = orders.order_by().values_list("number", "item__code", "overhang_value")
    parts = named(
        [
            (f"{order} {item}", float(worth), reverse("supply:plan") + f"?order={order}")
            for order, item, worth in found
        ],
        others="other orders",
    )
    return "Bought beyond need", parts, "Σ overhang × landed cost", _plan_sources(person, plan)


def _exceptions(
    label: str, formula: str, worth: Callable[[PlanException], float], about: Q
) -> Callable[[Person, PlanVersion], Built]:
    def build(person: Person, plan: PlanVersion) -> Built:
        found = exception_rows.open_exceptions(person, plan, day=looking_day(plan)).filter(about)
        address = reverse("supply:exceptions")
        parts = named(
            [(one.title, worth(one), f"{address}?exception={one.pk}") for one in found],
            others="other exceptions",
        )
        source = Source(label="All open exceptions", url=address, meta=f"{len(found)}")
        return label, parts, formula, [source]

    return build


def _worth_of_missing(person: Person, plan: PlanVersion) -> Built:
    found = capacity_rows.loads(plan)
    names = capacity_rows.names(found)
    worth = [(load, capacity_rows.worth_of_fullest_gap(load)) for load in found]
    address = reverse("supply:capacity")
    parts = named(
        [
            (names[load.kind, load.code], gain, f"{address}?load={load.pk}&h=0")
            for load, gain in worth
            if gain
        ],
        others="other limits",
    )
    formula = "Σ of each limit: margin saved by the fullest gap, the plan made again with what is missing"
    return (
        "Worth of what is missing",
        parts,
        formula,
        [Source(label="All limits", url=address, meta=f"{len(found)}")],
    )


def _planned_purchases(person: Person, plan: PlanVersion) -> Built:
    values = supplier_rows.planned_value(person, plan)
    known = {one.code: one for one in supplier_rows.suppliers()}
    address = reverse("supply:suppliers")
    parts = named(
        [
            (str(known[code]), float(value), f"{address}?supplier={known[code].pk}")
            for code, value in values.items()
            if code in known and value
        ],
        others="other suppliers",
    )
    return "Planned purchase orders", parts, "Σ quantity × landed cost", _plan_sources(person, plan)


def _stock_kpi(field: str, label: str, formula: str) -> Callable[[Person, PlanVersion], Built]:
    def build(person: Person, plan: PlanVersion) -> Built:
        lines = inventory_rows.inventory(person, plan).annotate(
            idle_value=F("excess_value") + F("obsolete_value")
        )
        lines = lines.exclude(**{field: 0})
        found = lines.order_by().values_list("item__code", "location__code", "item_id", "location_id", field)
        parts = named(
            [
                (
                    f"{item} at {place}",
                    amount or 0.0,
                    reverse("supply:item_location", args=[item_id, place_id]),
                )
                for item, place, item_id, place_id, amount in found
            ],
            others="other item-locations",
        )
        listed = Source(label="All item-locations", url=reverse("supply:inventory"), meta="inventory")
        return label, parts, formula, [listed, *latest_import("on_hand", data_version=plan.data_version)]

    return build


KPIS: dict[str, Callable[[Person, PlanVersion], Built]] = {
    "to_release": _to_release,
    "overhang": _overhang,
    "avoidable_loss": _exceptions(
        "Avoidable loss",
        "Σ probability × loss − cost of acting",
        lambda one: float(one.avoidable_loss),
        exception_rows.WORTH_ACTING,
    ),
    "expected_loss": _exceptions(
        "Expected loss",
        "Σ probability × loss if nothing is done",
        lambda one: float(one.money_at_risk) * one.probability,
        Q(money_at_risk__gt=0),
    ),
    "action_cost": _exceptions(
        "Cost of acting",
        "Σ cost of the suggested actions",
        lambda one: float(one.action_cost),
        Q(action_cost__gt=0),
    ),
    "worth_of_missing": _worth_of_missing,
    "planned_purchases": _planned_purchases,
    "inventory_value": _stock_kpi("value", "Stock on hand", "Σ on hand × unit cost"),
    "target_value": _stock_kpi("target_value", "Target", "Σ (safety stock + reserve) × unit cost"),
    "excess_value": _stock_kpi(
        "idle_value",
        "Excess and obsolete",
        "Σ (on hand beyond order-up-to level and cover horizon + what nothing asks for) × unit cost",
    ),
    "expiring_value": _stock_kpi(
        "expiring_value", "Expiring", "Σ units expired, or that expire before they are sold × unit cost"
    ),
    SPACE: _stock_kpi("space", "Space taken", "Σ on hand × volume of a carton ÷ units in it"),
}


def _planned_fill_rate(person: Person, plan: PlanVersion) -> Explanation:
    """All demand is 100 %; each item takes away what of it is not served on its day."""
    asked, late = order_rows.planned_fill_rate(person, plan)
    if not asked:
        raise Http404("Nothing is asked for in these months.")
    lost = [(label, -amount / asked, address) for label, amount, address in _late_items(person, plan)]
    parts = [Part(label="All that is asked for", value=1.0, note=f"{number(asked)} units")]
    parts += named(lost, others="other item-locations")
    served = percent(1 - late / asked)
    return Explanation(
        title=f"Why {served}?",
        sentence=runs(
            "The plan serves ", served, f" of what is asked for until {order_rows.FILL_MONTHS} months from its start",
            "", " on the day it is asked for.",
        ),
        parts=parts,
        total=1 - late / asked,
        total_label="Planned fill rate",
        places=1,
        as_percent=True,
        formula="1 − Σ served late or not at all ÷ Σ demand",
        note=f"{number(late)} of {number(asked)} units come late.",
        sources=[counted(person, "What covers which demand", "pegs", plan=plan.pk)],
        computed=plan_label(plan),
    )  # fmt: skip


def _late_items(person: Person, plan: PlanVersion) -> list[tuple[str, float, str]]:
    late = order_rows.demand_pegs(person, plan).filter(order_rows.LATE)
    columns = ("demand_item", "demand_item__code", "demand_location", "demand_location__code")
    sums = late.order_by().values_list(*columns).annotate(lost=Sum("quantity"))
    return [
        (f"Late: {item} at {place}", lost, reverse("supply:item_location", args=[item_id, place_id]))
        for item_id, item, place_id, place, lost in sums
    ]


COST_PARTS = {
    "landed": "Bought and made, landed",
    "ordering": "Cost per order",
    "holding": "Capital in stock",
    "short": "Weight of demand served late",
    "below": "Weight of stock below safety stock",
}


def _least_cost(person: Person, plan: PlanVersion) -> Explanation:
    """The parts of the cost; the bound stands in the sentence."""
    cost = money.plan_cost(plan)
    if cost is None:
        raise Http404("This plan has not been measured yet.")
    gap = percent(cost.gap, 1)
    return Explanation(
        title=f"Why {gap}?",
        sentence=runs(
            f"The orders of {number(cost.items)} item-locations that leave a choice cost ", number(cost.total),
            f"; with what the plan requires of them no orders cost less than {number(cost.bound)}.",
        ),
        parts=[Part(label=label, value=cost.parts[name]) for name, label in COST_PARTS.items()],
        total=cost.total,
        total_label="Cost of these orders",
        formula="cost ÷ bound − 1",
        note=f"{_changed(cost)}{number(cost.looked_at)} of {number(cost.items)} item-locations were weighed. Weights of "
        "lateness are no money that anybody pays; they put demand before safety stock and both before cost.",
        sums=_savings(cost),
        sources=_plan_sources(person, plan),
        computed=plan_label(plan),
    )  # fmt: skip


def _savings(cost: money.PlanCost) -> list[explanations.Sum]:
    """What improving by cost has saved, part by part."""
    if cost.change is None:
        return []
    parts = [Part(label=label, value=cost.change.saved[name]) for name, label in COST_PARTS.items()]
    total = sum(cost.change.saved.values())
    return [
        explanations.Sum(title="What lots chosen by cost save", parts=parts, total=total, total_label="Saved")
    ]


def _changed(cost: money.PlanCost) -> str:
    """What became of the orders, and why more or fewer of them wait for release."""
    change = cost.change
    if change is None:
        return ""
    said = [f"{number(change.orders_before)} orders became {number(change.orders_after)}"]
    if change.other_way:
        said.append(f"{number(change.other_way)} item-locations take more over another supplier or mode")
    if change.earlier:
        said.append(
            f"{number(change.earlier)} are supplied earlier, in larger lots or over a longer and cheaper way"
        )
    soon = f"so {number(change.soon_after)} wait for release, {number(change.soon_before)} without it"
    return f"Lots are chosen by cost: {'; '.join(said)}; {soon}. "


def _plan_sources(person: Person, plan: PlanVersion) -> list[Source]:
    return [
        counted(person, "Planned orders", "orders", plan=plan.pk),
        *latest_import("sourcing", data_version=plan.data_version),
    ]
