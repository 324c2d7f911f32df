"""One supplier of two items that are planned apart: 22 and 30 days of stock, 35 until it delivers again."""

from datetime import date

import pytest
from chain import days_in, demand_rows, plan_now

from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from supply.models import SupplierRisk
from supply.services import planning

AS_OF = date(2026, 1, 1)
A_DAY = 100
DAYS_OF_STOCK = {"CUP": 22, "LID": 30}


def planned() -> PlanVersion:
    place = {"location": "NJ"}
    load_tables(
        {
            "items": [{"item": item, "unit_price": 5, "unit_cost": 2} for item in DAYS_OF_STOCK],
            "locations": [place],
            "suppliers": [{"supplier": "MOULD", "time_to_recover_days": 35}],
            "sourcing": [
                {
                    "item": item,
                    **place,
                    "source": "MOULD",
                    "kind": "buy",
                    "lead_time_days": 10,
                    "unit_cost": 2,
                }
                for item in DAYS_OF_STOCK
            ],
            "on_hand": [
                {"date": AS_OF, "item": item, **place, "quantity": days * A_DAY}
                for item, days in DAYS_OF_STOCK.items()
            ],
            "demand": [
                row
                for item in DAYS_OF_STOCK
                for row in demand_rows(item, "NJ", AS_OF, [A_DAY * days for days in days_in(AS_OF, 12)])
            ],
        }
    )
    return plan_now(as_of=AS_OF)


@pytest.mark.django_db
def test_the_first_to_run_out_counts_and_losses_add_up_in_whichever_order_chunks_come() -> None:
    plan = planned()
    ids = dict(Item.objects.values_list("code", "pk"))
    for chunks in (["CUP", "LID"], ["LID", "CUP"]):
        SupplierRisk.objects.filter(plan=plan).delete()
        for item in chunks:
            planning.stress_suppliers(plan=plan, item_ids=[ids[item]])
        risk = SupplierRisk.objects.get(plan=plan)
        assert (risk.survive_days, risk.recover_days, risk.gap_days) == (22, 35, 13)
        assert risk.first_short_item_id == ids["CUP"]
        assert risk.stock_needed == pytest.approx(13 * A_DAY, rel=0.01)
        assert float(risk.exposure) == pytest.approx((13 + 5) * A_DAY * 3, rel=0.01)
