"""Tables of stock and policies that come in: columns and row checks."""

from __future__ import annotations

from inventory.enums import LotSizing
from siop.catalog.enums import ServicePolicy
from siop.gather.checks import fraction_policies, not_in_the_future
from siop.gather.columns import choice, code, date, number, percentage, quantity
from siop.gather.rows import Rows
from siop.gather.tables import Table, register


def bounds_in_order(rows: Rows) -> None:
    rows.reject(
        rows.floats("min_qty") > rows.floats("max_qty"),
        column="max_qty",
        reason="max_qty is smaller than min_qty",
    )


register(
    Table(
        name="on_hand",
        label="Stock on hand",
        model="inventory.StockOnHand",
        key=(
            date("date", required=True),
            code("item", references="items"),
            code("location", references="locations"),
            date("expiry_date"),
        ),
        columns=(quantity("quantity", required=True),),
        adds_up=("quantity",),
        measured=("quantity",),
        checks=(not_in_the_future("date"),),
        fresh_days=7,
    )
)
register(
    Table(
        name="policies",
        label="Inventory policies",
        model="inventory.Policy",
        key=(code("item", references="items"), code("location", references="locations")),
        columns=(
            choice("service_policy", choices=ServicePolicy.values),
            number("service_target", places=6, percent="fraction", minimum=0),
            number("review_days", places=0, digits=4, minimum=0),
            choice("lot_sizing", choices=LotSizing.values),
            quantity("lot_parameter"),
            quantity("min_qty"),
            quantity("max_qty"),
            quantity("reserve_ashore"),
            percentage("max_per_shipment_pct", places=2, digits=6),
        ),
        checks=(fraction_policies, bounds_in_order),
    )
)
