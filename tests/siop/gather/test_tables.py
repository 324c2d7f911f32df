"""The registry holds the public contract, word by word."""

import re

from django.apps import apps
from django.db.models import DecimalField

from siop.gather import tables
from siop.gather.columns import Kind

CONTRACT = {
    "items": (
        "item | description, category, unit, step, priority, unit_cost, unit_price, volume_m3, "
        "units_per_carton, holding_cost_pct, shelf_life_days, launch_date, end_date, like_item, "
        "like_item_scale, service_policy, service_target, certificate_date"
    ),
    "categories": "category | parent, family, reviewer",
    "units": "item, unit | factor",
    "periods": "start | end, quarter, year",
    "closures": "calendar, date | note",
    "parameters": "name | value",
    "locations": "location | description, kind, country, storage_m3",
    "segments": "segment | description",
    "sales": "date, item, location, segment, order | quantity, unit_price",
    "on_hand": "date, item, location, expiry_date | quantity",
    "scheduled_receipts": (
        "order, line | item, location, supplier, mode, quantity, order_date, requested_date, ship_date, "
        "due_date, received_date, received_quantity, shipment, status"
    ),
    "policies": (
        "item, location | service_policy, service_target, review_days, lot_sizing, lot_parameter, "
        "min_qty, max_qty, reserve_ashore, max_per_shipment_pct"
    ),
    "suppliers": "supplier | description, country, time_to_recover_days, capacity_per_month",
    "sourcing": (
        "item, location, source, mode, valid_from | kind, lead_time_days, lead_time_sd_days, "
        "transit_days, moq, order_multiple, order_group, unit_cost, order_cost, freight_cost, "
        "capacity_per_month, priority, valid_to"
    ),
    "modes": "mode | load_m3, load_cost",
    "price_breaks": "item, location, source, mode, valid_from, min_quantity | unit_cost",
    "tariffs": "category, origin, destination, valid_from | rate_pct",
    "bom": "parent, component, valid_from | quantity_per, scrap_pct, valid_to",
    "resources": "resource, location | capacity_per_month, unit",
    "routings": "item, resource | usage_per_unit",
    "returns": "item, returns_as, location | rate, lag_days",
    "installed_base": (
        "durable, consumable, location, segment | active_units, as_of, units_per_active_month, "
        "monthly_churn_pct"
    ),
    "bundles": "bundle, item | quantity",
    "drivers": "driver, month, item, category, segment | value",
    "driver_effects": "driver, category, item | elasticity, sd",
    "events": "event | kind, item, category, segment, start, end, uplift_pct, note",
    "budget": "month, category, segment | units, revenue",
    "demand": "item, location, date | quantity, error_sd",
    "deliveries": (
        "order, line | item, location, segment, promised_date, shipped_date, ordered_quantity, "
        "shipped_quantity"
    ),
    "measures": "measure, month | value, target, source",
}  # fmt: skip


def test_every_table_and_column_of_the_contract():
    found = {
        table.name: " | ".join(
            ", ".join(column.name for column in columns) for columns in (table.key, table.columns)
        )
        for table in tables.all_tables()
    }
    assert found == CONTRACT


def test_each_table_comes_after_those_it_refers_to():
    order = tables.names()
    for table in tables.all_tables():
        for column in table.all_columns:
            if column.references and column.references != table.name:
                assert order.index(column.references) < order.index(table.name)


def test_the_database_keeps_every_column_with_the_places_that_are_read():
    for table in tables.all_tables():
        fields = {field.name: field for field in apps.get_model(table.model)._meta.concrete_fields}
        for column in table.stored:
            field = fields[column.field]
            if column.kind is Kind.NUMBER and isinstance(field, DecimalField):
                assert column.rule.places == field.decimal_places, (table.name, column.name)
                assert column.rule.digits <= field.max_digits, (table.name, column.name)
            if column.kind in (Kind.CODE, Kind.TEXT) and field.max_length and not column.references:
                assert column.max_length <= field.max_length, (table.name, column.name)


def test_the_key_is_what_the_database_holds_unique():
    for table in tables.all_tables():
        model = apps.get_model(table.model)
        names = {column.field for column in table.unique}
        unique = [
            set(constraint.fields) for constraint in model._meta.constraints if hasattr(constraint, "fields")
        ]
        unique += [{field.name} for field in model._meta.concrete_fields if field.unique]
        assert names in unique, table.name


def test_labels_read_as_words():
    for table in tables.all_tables():
        assert re.fullmatch(r"[A-Z][a-z ]+", table.label)
