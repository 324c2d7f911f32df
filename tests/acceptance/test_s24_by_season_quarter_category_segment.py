"""S24: a category set to 12,000 with shares of 50, 30 and 20: 6,000, 3,600 and 2,400; sums exact after rounding."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from chain import consensus_of, demand_rows, plan_now

from forecasting.selectors.demand_cube import cube_of, forget_all
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides
from forecasting.services.override_changes import Typed
from siop.catalog.models import Category
from siop.gather.services import load_tables
from siop.web.grid import GridQuery

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("total", "split"), [(12000, (6000, 3600, 2400)), (10001, (5001, 3000, 2000)), (7, (4, 2, 1))]
)
def test_a_category_is_split_by_the_shares_of_its_items(
    dana: Any, total: int, split: tuple[int, ...]
) -> None:
    forget_all()
    shares = {"A-1": 50, "A-2": 30, "A-3": 20}
    load_tables(
        {
            "categories": [{"category": "CAPS"}],
            "items": [{"item": item, "category": "CAPS"} for item in shares],
            "locations": [{"location": "NJ"}],
            "demand": [
                row for item, share in shares.items() for row in demand_rows(item, "NJ", AS_OF, [share] * 3)
            ],
        }
    )
    plan = plan_now(as_of=AS_OF)
    shown = Shown(cube_of(plan), GridQuery(group="category"), dana)
    row = shown.named(f"c{Category.objects.get(code='CAPS').pk}")
    typed = Typed(row, int(shown.cube.version[row.leaves].sum()), {1: Decimal(total)}, {})
    overrides.save(plan=plan, cube=shown.cube, person=dana, key=uuid4(), typed=[typed], reason="new contract")

    months = consensus_of(plan)
    assert tuple(months[item][1] for item in shares) == split
    assert sum(months[item][1] for item in shares) == total
    assert [months[item][0] for item in shares] == [50, 30, 20]  # other months are untouched
