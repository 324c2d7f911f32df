"""S27: 10,000 to 14,000 with who, when and why; undo restores; the statistical forecast is unchanged."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from chain import consensus_of, exported, plan_now

from forecasting.models import Override
from forecasting.selectors.demand_cube import cube_of, forget_all
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides
from forecasting.services.override_changes import Typed
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.web.grid import GridQuery


@pytest.mark.django_db
def test_an_override_is_kept_with_its_reason_through_recomputation_and_undone(dana: Any) -> None:
    forget_all()
    load_tables(
        {
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": date(2023 + m // 12, m % 12 + 1, 15), "item": "CAP", "location": "NJ", "segment": "WEB",
                 "order": "1", "quantity": 10000}
                for m in range(37)
            ],
        }
    )  # fmt: skip
    plan = plan_now()
    before = consensus_of(plan)["CAP"]
    assert before[2] == pytest.approx(10000)

    shown = Shown(cube_of(plan), GridQuery(), dana)
    row = shown.named(f"i{Item.objects.get().pk}")
    typed = Typed(row, int(shown.cube.version[row.leaves].sum()), {2: Decimal(14000)}, {2: Decimal(10000)})
    saved = overrides.save(
        plan=plan, cube=shown.cube, person=dana, key=uuid4(), typed=[typed], reason="spring promotion"
    )
    assert isinstance(saved, overrides.Saved)
    override = Override.objects.get()
    assert (override.person, override.reason, override.value) == (dana, "spring promotion", 14000)
    assert override.created is not None
    assert consensus_of(plan)["CAP"][2] == 14000

    again = plan_now(as_of=date(2026, 1, 1))
    march = next(row for row in exported("forecast") if row["month"] == "2026-03-01")
    assert (march["consensus"], march["override"]) == (14000, 14000)
    assert march["statistical"] == pytest.approx(10000)

    overrides.undo(plan=again, person=dana, key=uuid4(), batch_id=saved.batch)
    assert consensus_of(again)["CAP"] == pytest.approx(before)
