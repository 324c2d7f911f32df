"""Figures of a whole plan, for lists and comparisons."""

from siop import bulk
from siop.plans.models import PlanVersion
from supply.models import PlanException
from supply.selectors.pages import exceptions

TOTALS = """
WITH line AS (
    SELECT l.*, COALESCE(i.unit_cost, 0)::float8 AS cost FROM supply_planline l JOIN catalog_item i ON i.id = l.item_id
    WHERE l.plan_id = %(plan)s
)
SELECT count(*), COALESCE(sum((SELECT sum(x) FROM unnest(demand) x)), 0),
       COALESCE(sum(on_hand), 0), COALESCE(sum(on_hand * cost), 0), COALESCE(sum(closing[1] * cost), 0),
       COALESCE(sum(closing[cardinality(closing)] * cost), 0), COALESCE(sum(safety_stock[1] * cost), 0),
       COALESCE(sum((SELECT max(x) FROM unnest(shortage) x)), 0), count(*) FILTER (WHERE 0 < ANY (shortage))
FROM line
"""
NAMES = (
    "item_locations", "demand", "on_hand", "stock_value", "first_closing_value", "last_closing_value",
    "safety_stock_value", "peak_shortage", "short_item_locations",
)  # fmt: skip


def store(*, plan: PlanVersion) -> None:
    """Write the totals of demand, stock, shortage, orders and exceptions on the plan."""
    values = [column[0] for column in bulk.lists_out(TOTALS, {"plan": plan.pk})]
    totals = {name: float(value) for name, value in zip(NAMES, values, strict=True)}
    orders = bulk.lists_out(
        "SELECT count(*), COALESCE(sum(quantity * COALESCE(unit_landed_cost, 0)), 0)::float8, "
        "COALESCE(sum(overhang_value), 0)::float8 FROM supply_plannedorder WHERE plan_id = %s",
        [plan.pk],
    )
    names = ("orders", "order_value", "overhang_value")
    totals |= dict(zip(names, (float(column[0]) for column in orders), strict=True))
    found = exceptions.totals(PlanException.objects.filter(exceptions.OPEN, plan=plan))
    totals |= {"exceptions": float(found.count), "avoidable_loss": float(found.avoidable_loss)}
    plan.totals = plan.totals | totals
    plan.save(update_fields=["totals"])
