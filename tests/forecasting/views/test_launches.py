"""The page of launches and owners: what it shows, what it takes, and what it refuses."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chain import plan_now, work_all
from django.urls import reverse

from forecasting.models import InstalledBase
from forecasting.selectors.demand_cube import forget_all
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.web.models import AuditEvent

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def company_once(kept_rows: None) -> None:
    """A cap with three months of sales, a bottle sold evenly, and a new cap and a capsule that never sold."""
    place = {"location": "NJ", "segment": "WEB", "order": "1"}
    load_tables(
        {
            "items": [{"item": item} for item in ("CAP", "CAP2", "BOTTLE", "CAPSULE")],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                *(
                    place | {"item": "CAP", "date": date(2025, 10 + m, 9), "quantity": units}
                    for m, units in enumerate((1000, 1500, 2000))
                ),
                *(
                    place | {"item": "BOTTLE", "date": date(2024 + m // 12, m % 12 + 1, 9), "quantity": 100}
                    for m in range(24)
                ),
            ],
        }
    )
    plan_now(as_of=AS_OF)


@pytest.fixture
def company(company_once: None, db: None) -> None:
    forget_all()


def launch(**changes: Any) -> dict[str, Any]:
    form = {"item": "CAP2", "like_item": "CAP", "like_item_scale": "0.8", "launch_date": "2026-03-01"}
    return form | {"end_date": "", "reason": "range review"} | changes


def owners(**changes: Any) -> dict[str, Any]:
    form = {"durable": "BOTTLE", "consumable": "CAPSULE", "location": "NJ", "segment": "WEB"}
    counted = {"active_units": "20000", "as_of": "2025-12-31", "units_per_active_month": "1.5"}
    return form | counted | {"monthly_churn_pct": "0", "reason": "warranty cards"} | changes


@pytest.mark.usefixtures("company")
def test_s30_an_item_that_never_sold_follows_its_like_item_from_its_launch_on(client: Any, dana: Any) -> None:
    client.force_login(dana)
    assert client.post(reverse("forecasting:save_launch"), launch()).status_code == 302
    work_all()
    rows = {row.item.code: row for row in client.get(reverse("forecasting:launches")).context["launches"]}
    assert rows["CAP2"].method == "Like CAP x 0.8"
    assert rows["CAP2"].units > 0.8 * (1000 + 1500 + 2000)
    page = client.get(reverse("forecasting:launches"), {"item": "CAP2"})
    assert page.context["launch_form"].initial["like_item"] == "CAP"
    assert AuditEvent.objects.filter(table="catalog_item", reason="range review").exists()


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"like_item": "NONE"}, "There is no item NONE."),
        ({"like_item": "CAP2"}, "cannot follow itself"),
        ({"like_item": ""}, "Name the item that is followed"),
        ({"end_date": "2026-02-01"}, "ends before it is launched"),
        ({"reason": ""}, "Say why"),
    ],
)
def test_a_launch_that_makes_no_sense_is_refused_where_it_was_typed(
    client: Any, dana: Any, changes: dict[str, Any], message: str
) -> None:
    client.force_login(dana)
    answer = client.post(reverse("forecasting:save_launch"), launch(**changes))
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Item.objects.filter(like_item__isnull=False).exists()


@pytest.mark.usefixtures("company")
def test_s35_owners_raise_the_consumable_and_are_removed_again(client: Any, dana: Any) -> None:
    client.force_login(dana)
    url = reverse("forecasting:save_owners")
    assert client.post(url, owners(consumable="BOTTLE")).status_code == 422
    assert client.post(url, owners()).status_code == 302
    work_all()
    (row,) = client.get(reverse("forecasting:launches")).context["owners"]
    sold = sum(1.5 * 100 * month for month in range(12))  # of each month's bottles, from the next month on
    assert row.units == pytest.approx(12 * 30_000 + sold, rel=0.001)
    client.post(url, owners(active_units="10000"))
    assert InstalledBase.objects.get().active_units == 10_000
    client.post(reverse("forecasting:remove_owners", args=[row.base.pk]))
    assert not InstalledBase.objects.exists()


@pytest.mark.usefixtures("company")
def test_readers_see_and_change_nothing(client: Any, erin: Any) -> None:
    client.force_login(erin)
    assert "Save item" not in client.get(reverse("forecasting:launches")).content.decode()
    assert client.post(reverse("forecasting:save_launch"), launch()).status_code == 403
    assert client.post(reverse("forecasting:save_owners"), owners()).status_code == 403


@pytest.mark.usefixtures("company")
def test_what_was_saved_is_taken_back_from_its_toast(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_launch"), launch())
    client.post(reverse("forecasting:save_launch"), launch(like_item_scale="1.2"))
    answer = client.post(reverse("forecasting:undo_launch"), {"token": _token(client)}, follow=True)
    assert "Taken back: CAP2 is as it was" in answer.content.decode()
    assert Item.objects.get(code="CAP2").like_item_scale == Decimal("0.8")


@pytest.mark.usefixtures("company")
def test_owners_come_and_go_and_come_back(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_owners"), owners())
    added = _token(client)
    client.post(reverse("forecasting:remove_owners", args=[InstalledBase.objects.get().pk]))
    client.post(reverse("forecasting:undo_launch"), {"token": _token(client)})
    assert InstalledBase.objects.get().active_units == 20000
    client.post(reverse("forecasting:undo_launch"), {"token": added})
    assert not InstalledBase.objects.exists()


@pytest.mark.usefixtures("company")
def test_what_somebody_changed_since_is_not_taken_back(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_launch"), launch())
    token = _token(client)
    Item.objects.filter(code="CAP2").update(like_item_scale="0.5")
    for sent, says in ((token, "Somebody changed CAP2 since"), ("forged", "can no longer be taken back")):
        answer = client.post(reverse("forecasting:undo_launch"), {"token": sent}, follow=True)
        assert says in answer.content.decode()
    assert Item.objects.get(code="CAP2").like_item_scale == Decimal("0.5")


@pytest.mark.usefixtures("company")
def test_two_people_at_one_launch_see_base_mine_and_theirs(client: Any, dana: Any) -> None:
    client.force_login(dana)
    seen = (
        client.get(reverse("forecasting:launches"), {"item": "CAP2"}).context["launch_form"].initial["seen"]
    )
    Item.objects.filter(code="CAP2").update(launch_date=date(2026, 5, 1))
    answer = client.post(reverse("forecasting:save_launch"), launch(seen=seen))
    assert answer.status_code == 409
    by_label = {row.label: (row.base, row.mine, row.theirs) for row in answer.context["launch_conflict"]}
    assert by_label["Sold from"] == ("", "2026-03-01", "2026-05-01")
    assert Item.objects.get(code="CAP2").launch_date == date(2026, 5, 1)
    again = client.post(
        reverse("forecasting:save_launch"), launch(seen=answer.context["launch_form"].data["seen"])
    )
    assert again.status_code == 302
    assert Item.objects.get(code="CAP2").launch_date == date(2026, 3, 1)


def _token(client: Any) -> str:
    """What the Undo of the newest toast would send."""
    page = client.get(reverse("forecasting:launches")).content.decode()
    return re.findall(r'name="token" value="([^"]+)"', page)[-1]


@pytest.mark.usefixtures("company")
def test_a_blank_form_does_not_wipe_what_is_known_of_an_item(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_launch"), launch())
    blank = client.get(reverse("forecasting:launches")).context["launch_form"]["seen"].value()
    ended = launch(like_item="", like_item_scale="", launch_date="", end_date="2026-12-31", seen=blank)
    answer = client.post(reverse("forecasting:save_launch"), ended)
    assert answer.status_code == 409
    assert {row.label for row in answer.context["launch_conflict"]} >= {"Follows", "Sold from"}
    assert Item.objects.get(code="CAP2").like_item.code == "CAP"


@pytest.mark.usefixtures("company")
def test_two_people_at_the_same_owners_see_base_mine_and_theirs(client: Any, dana: Any) -> None:
    client.force_login(dana)
    url = reverse("forecasting:save_owners")
    client.post(url, owners())
    base = InstalledBase.objects.get()
    form = client.get(reverse("forecasting:launches"), {"owners": base.pk}).context["owners_form"]
    assert (form["durable"].value(), form["active_units"].value()) == ("BOTTLE", 20000)
    InstalledBase.objects.update(active_units=26_000)
    answer = client.post(url, owners(active_units="23000", seen=form["seen"].value()))
    assert answer.status_code == 409
    (row,) = answer.context["owners_conflict"]
    assert (row.label, row.base, row.mine, row.theirs) == ("In use", "20000", "23000", "26000")
    again = client.post(url, owners(active_units="23000", seen=answer.context["owners_form"]["seen"].value()))
    assert again.status_code == 302
    assert InstalledBase.objects.get().active_units == 23_000


@pytest.mark.usefixtures("company")
def test_the_twelve_months_of_launches_and_owners_open_month_by_month(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_launch"), launch())
    client.post(reverse("forecasting:save_owners"), owners())
    work_all()
    shown = client.get(reverse("forecasting:launches")).context
    for row in (*(one for one in shown["launches"] if one.units), *shown["owners"]):
        panel = client.get(row.why).context["why"]
        assert panel["total"]["value"] == f"{row.units:,.0f}"
        assert len(panel["parts"]) == 12
