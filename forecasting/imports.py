"""Tables of demand that come in: columns and row checks."""

from __future__ import annotations

import numpy as np

from forecasting.enums import EventKind
from siop.gather.checks import different, not_in_the_future, one_of_two, ordered
from siop.gather.columns import choice, code, date, money, month, number, quantity, text
from siop.gather.rows import Rows
from siop.gather.tables import Table, register


def some_budget(rows: Rows) -> None:
    rows.reject(
        ~(rows.present("units") | rows.present("revenue")),
        column="units",
        reason="The budget line has neither units nor revenue",
    )


def shipped_whole(rows: Rows) -> None:
    """What was shipped has a date."""
    shipped = rows.floats("shipped_quantity") > 0
    rows.reject(
        shipped & np.isnat(rows.dates("shipped_date")),
        column="shipped_date",
        reason="A quantity was shipped, but the shipped date is missing",
    )


register(
    Table(
        name="sales",
        label="Sales",
        model="forecasting.SalesLine",
        key=(
            date("date", required=True),
            code("item", references="items"),
            code("location", references="locations"),
            code("segment", references="segments"),
            code("order", required=False),
        ),
        columns=(quantity("quantity", required=True, minimum=None), money("unit_price")),
        adds_up=("quantity",),
        priced_by={"unit_price": "quantity"},
        measured=("quantity",),
        checks=(not_in_the_future("date"),),
        fresh_days=35,
    )
)
register(
    Table(
        name="deliveries",
        label="Deliveries",
        model="forecasting.Delivery",
        key=(code("order"), code("line")),
        columns=(
            code("item", references="items"),
            code("location", references="locations"),
            code("segment", references="segments", required=False),
            date("promised_date", required=True),
            date("shipped_date"),
            quantity("ordered_quantity", required=True),
            quantity("shipped_quantity", default="0"),
        ),
        measured=("ordered_quantity", "shipped_quantity"),
        checks=(not_in_the_future("shipped_date"), shipped_whole),
        fresh_days=35,
    )
)
register(
    Table(
        name="bundles",
        label="Bundles",
        model="forecasting.Bundle",
        key=(code("bundle", references="items"), code("item", references="items")),
        columns=(number("quantity", required=True, positive=True),),
        measured=("quantity",),
        checks=(different("bundle", "item"),),
    )
)
register(
    Table(
        name="demand",
        label="Demand made elsewhere",
        model="forecasting.ExternalDemand",
        key=(
            code("item", references="items"),
            code("location", references="locations"),
            date("date", required=True),
        ),
        columns=(quantity("quantity", required=True), number("error_sd", places=None, minimum=0)),
        adds_up=("quantity",),
        measured=("quantity",),
        fresh_days=35,
    )
)
register(
    Table(
        name="drivers",
        label="Drivers",
        model="forecasting.DriverValue",
        key=(
            code("driver"),
            month("month"),
            code("item", references="items", required=False),
            code("category", references="categories", required=False),
            code("segment", references="segments", required=False),
        ),
        columns=(number("value", required=True, places=None),),
        checks=(one_of_two("item", "category"),),
        fresh_days=35,
    )
)
register(
    Table(
        name="driver_effects",
        label="Driver effects",
        model="forecasting.DriverEffect",
        key=(
            code("driver"),
            code("category", references="categories", required=False),
            code("item", references="items", required=False),
        ),
        columns=(
            number("elasticity", required=True, places=None),
            number("sd", required=True, places=None, minimum=0),
        ),
        checks=(one_of_two("item", "category"),),
    )
)
register(
    Table(
        name="events",
        label="Events",
        model="forecasting.Event",
        key=(code("event", field="code"),),
        columns=(
            choice("kind", choices=EventKind.values, required=True),
            code("item", references="items", required=False),
            code("category", references="categories", required=False),
            code("segment", references="segments", required=False),
            date("start", required=True),
            date("end", required=True),
            number("uplift_pct", places=None, percent="points", minimum=-100),
            text("note", length=2000),
        ),
        checks=(ordered("start", "end"), one_of_two("item", "category")),
    )
)
register(
    Table(
        name="installed_base",
        label="Installed base",
        model="forecasting.InstalledBase",
        key=(
            code("durable", references="items"),
            code("consumable", references="items"),
            code("location", references="locations"),
            code("segment", references="segments"),
        ),
        columns=(
            quantity("active_units", required=True),
            date("as_of", required=True),
            number("units_per_active_month", required=True, places=None, minimum=0),
            number("monthly_churn_pct", places=None, percent="points", minimum=0, maximum=100, default="0"),
        ),
        checks=(different("durable", "consumable"),),
        fresh_days=35,
    )
)
register(
    Table(
        name="budget",
        label="Budget",
        model="forecasting.BudgetLine",
        key=(
            month("month"),
            code("category", references="categories"),
            code("segment", references="segments", required=False),
        ),
        columns=(quantity("units"), money("revenue")),
        checks=(some_budget,),
    )
)
