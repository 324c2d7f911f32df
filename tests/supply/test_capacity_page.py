"""Capacity: what the map says of limits that are far exceeded, outgrown, or priced in space."""

from typing import Any

import pytest
from planning import Planned, planned

from supply.enums import LoadKind
from supply.models import CapacityLoad


@pytest.fixture
def made(dana: Any) -> Planned:
    return planned(dana, items=1)


@pytest.fixture
def sams(client: Any, sam: Any) -> Any:
    client.force_login(sam)
    return client


def _load(
    made: Planned, kind: LoadKind, code: str, required: float, available: float = 100.0
) -> CapacityLoad:
    months = made.plan.horizon
    return CapacityLoad.objects.create(
        plan=made.plan, kind=kind, code=code, unit="m3", required=[required] * months, available=[available] * months
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "says"), [(12.5, "12.50</b>"), (0.0, "more space would change none of them")]
)
def test_space_has_a_price_where_targets_were_cut_to_fit(
    sams: Any, made: Planned, price: float, says: str
) -> None:
    place = made.locations[0]
    load = made.plan.loads.get(kind=LoadKind.STORAGE, code=place.code)
    made.plan.inputs |= {"prices_of_space": {str(place.pk): price} if price else {}}
    made.plan.save()
    page = sams.get(f"/supply/capacity/?load={load.pk}&h=0").content.decode()
    assert says in page.split("What more space is worth")[1]


@pytest.mark.parametrize(("required", "shown"), [(87.4, "87"), (998.0, "998"), (1250.0, "999+")])
def test_a_percent_of_four_digits_does_not_burst_its_column(
    sams: Any, made: Planned, required: float, shown: str
) -> None:
    load = _load(made, LoadKind.RESOURCE, "OVEN", required)
    groups = sams.get("/supply/capacity/?kind=resource").context["groups"]
    (row,) = (row for row in groups[0]["rows"] if row["name"].startswith(load.code))
    assert {cell["text"] for cell in row["cells"]} == {shown}
    assert all(f"{required:,.0f} of 100" in cell["title"] for cell in row["cells"])
