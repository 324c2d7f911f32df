"""What a minimum costs: one unit less of it, and none of it, each found by planning again."""

from siop.accounts.models import Person
from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.catalog.units import places_of, unit_of
from siop.web.explanations import CannotExplain, Explanation, Part, Sum, explains, runs
from siop.web.plan_choice import plan_label
from siop.web.sources import counted
from siop.web.templatetags.siop import number

from ..errors import SupplyError
from ..services.minimums import Money, value_of_minimum
from .plan import visible_order

LABELS = {
    "served": "Margin of what is served in time",
    "ordering": "Freight, duty and order costs",
    "carrying": "Stock carried",
    "expiring": "Lots that expire unsold",
}


@explains("minimum")
def minimum(person: Person, pk: str) -> Explanation:
    """What one unit less of the minimum behind an order is worth, in money over the horizon."""
    order = visible_order(person, pk)
    try:
        found = value_of_minimum(order)
    except SupplyError as error:
        raise CannotExplain(str(error)) from error
    item, places = order.item, places_of(order.item)
    a_unit = found.of_a_step.total / found.step
    lower, saved = number(found.minimum - found.step, places), found.of_a_step.total
    currency = sign_of(order.plan.parameters.get("currency") or parameters.load().currency)
    return Explanation(
        title=f"Why {number(a_unit, 2)} a unit?",
        sentence=runs(
            f"{order.source} asks for at least {number(found.minimum, places)} {unit_of(item)} of {item} for "
            f"{order.location}. With {lower} the plan costs ", f"{number(abs(saved), 2)} {'less' if saved >= 0 else 'more'}",
            " over its horizon; it was made again to find that.",
        ),
        parts=[Part(label=one.label, value=float(one.value) / found.step) for one in _parts(found.of_a_step)],
        total=a_unit,
        total_label=f"Saved by one unit less, {currency}",
        places=2,
        formula="what the plan earns with a smaller minimum − what it earns now, as the data stand",
        note=_note(found.of_all.total),
        sums=[
            Sum(
                title="Without any minimum",
                parts=_parts(found.of_all),
                total=found.of_all.total,
                total_label=f"Saved over the horizon, {currency}",
            )
        ],
        sources=[counted(person, "How it is sourced", "lanes", item=order.item_id, location=order.location_id)],
        computed=f"Order {order.number} · {plan_label(order.plan)}",
    )  # fmt: skip


def _note(saved: float) -> str:
    how = "Everything linked to it is planned again; safety stocks stay as they are."
    return how if saved > 0 else f"The minimum does no harm: larger lots save more than they cost. {how}"


def _parts(money: Money) -> list[Part]:
    parts = [Part(label=label, value=getattr(money, name)) for name, label in LABELS.items()]
    return [part for part in parts if part.value] or parts[:1]
