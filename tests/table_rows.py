"""A row of every table that comes in, each accepted as it stands on top of a small catalog."""

CATALOG = {
    "categories": [{"category": "bottles"}],
    "items": [{"item": "BTL"}, {"item": "CAP"}],
    "locations": [{"location": "NJ"}, {"location": "MY"}],
    "segments": [{"segment": "WEB"}],
    "suppliers": [{"supplier": "ACME"}],
    "modes": [{"mode": "sea"}],
    "resources": [{"resource": "line", "location": "NJ", "capacity_per_month": 100}],
    "sourcing": [{"item": "BTL", "location": "NJ", "source": "ACME", "mode": "sea", "lead_time_days": 30}],
}
# One row of each table that is accepted as it stands.
ROWS = {
    "items": "item=NEW description=new",
    "categories": "category=caps family=drinks",
    "units": "item=BTL unit=carton factor=12",
    "periods": "start=2026-01-01 year=2026",
    "closures": "calendar=NJ date=2026-12-25",
    "parameters": "name=currency value=EUR",
    "locations": "location=UK description=London",
    "segments": "segment=SHOP description=Shops",
    "sales": "date=2026-01-05 item=BTL location=NJ segment=WEB quantity=3",
    "on_hand": "date=2026-01-05 item=BTL location=NJ quantity=3",
    "scheduled_receipts": "order=P1 line=1 item=BTL location=NJ quantity=5 due_date=2026-02-05",
    "policies": "item=BTL location=NJ",
    "suppliers": "supplier=OTHER country=DE",
    "sourcing": "item=BTL location=MY source=ACME lead_time_days=30",
    "modes": "mode=air load_m3=5",
    "price_breaks": "item=BTL location=NJ source=ACME mode=sea min_quantity=100 unit_cost=3",
    "tariffs": "category=bottles origin=MY destination=US valid_from=2026-01-01 rate_pct=10",
    "bom": "parent=BTL component=CAP quantity_per=1",
    "resources": "resource=mixer location=NJ capacity_per_month=10",
    "routings": "item=BTL resource=line usage_per_unit=1",
    "returns": "item=BTL returns_as=CAP location=NJ rate=0.5 lag_days=30",
    "installed_base": "durable=BTL consumable=CAP location=NJ segment=WEB active_units=5 as_of=2026-01-01 units_per_active_month=1",
    "bundles": "bundle=BTL item=CAP quantity=2",
    "drivers": "driver=ads month=2026-01 item=BTL value=5",
    "driver_effects": "driver=ads item=BTL elasticity=0.2 sd=0.1",
    "events": "event=E kind=promotion item=BTL start=2026-01-01 end=2026-01-31 uplift_pct=10",
    "budget": "month=2026-01 category=bottles units=5 revenue=50",
    "demand": "item=BTL location=NJ date=2026-01-05 quantity=3",
    "deliveries": (
        "order=O line=1 item=BTL location=NJ promised_date=2026-01-05 shipped_date=2026-01-05 "
        "ordered_quantity=5 shipped_quantity=5"
    ),
    "measures": "measure=picks month=2026-01 value=4200",
}  # fmt: skip


def cells(row: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in row.split())
