"""What goes out of this room: targets with their reason."""

from collections.abc import Iterator

from siop import bulk
from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register

SAFETY_STOCK = (
    "item", "location", "policy", "target", "protection_days", "error_sd", "safety_stock", "reorder_point",
    "order_up_to", "reason",
)  # fmt: skip


def safety_stock_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """`error_sd` is that of demand over the protection interval."""
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, t.service_policy, t.service_target, t.protection_days, t.protection_sd, t.safety_stock,
               t.reorder_point, t.order_up_to, t.reason
        FROM inventory_inventorytarget t
        JOIN catalog_item i ON i.id = t.item_id JOIN catalog_location l ON l.id = t.location_id
        WHERE t.plan_id = %(plan)s AND {scope.where(item="t.item_id", location="t.location_id")}
        ORDER BY i.code, l.code
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    return zip(*columns, strict=True)


register(Export(kind="safety_stock", label="Safety stock", columns=SAFETY_STOCK, rows=safety_stock_rows))
