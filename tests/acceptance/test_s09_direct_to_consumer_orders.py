"""S09: 2 singles + one two-pack - 1 refunded single = demand of 3; refunds count when booked; bundles have no series."""

from pathlib import Path

import pytest
from chain import exported, work_all
from django.core.management import call_command

from forecasting.models import DemandSeries, SalesHistory
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    load_tables(
        {
            "items": [{"item": "CPS"}, {"item": "KIT-2PK"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "bundles": [{"bundle": "KIT-2PK", "item": "CPS", "quantity": 2}],
        }
    )
    path = tmp_path / "sales_november.csv"
    path.write_text(
        "date,item,location,segment,order,quantity,unit_price\n"
        "2026-08-03,CPS,NJ,WEB,W-1,2,15\n"
        "2026-08-04,KIT-2PK,NJ,WEB,W-2,1,28.50\n"
        "2026-08-20,CPS,NJ,WEB,W-1,-1,15\n"
        "2026-09-02,CPS,NJ,WEB,W-3,5,15\n"
        "2026-09-30,CPS,NJ,WEB,W-1,-1,15\n"
        "2026-09-30,KIT-2PK,NJ,WEB,W-2,-1,28.50\n"
        "2026-10-01,CPS,NJ,WEB,W-4,1,15\n"
    )
    return path


def test_singles_bundles_and_refunds_make_three(shop: Path) -> None:
    call_command("import_data", str(shop))
    work_all()
    history = SalesHistory.objects.get(series__item__code="CPS")
    months = [quantity for quantity in history.quantity if quantity]
    assert months[:2] == [3, 2]  # August: 2 + 2 - 1; September: 5 less 1 and a two-pack of August, booked now
    assert not DemandSeries.objects.filter(item__code="KIT-2PK").exists()
    assert {row["item"] for row in exported("forecast")} == {"CPS"}
