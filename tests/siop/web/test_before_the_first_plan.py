"""What pages say while there is nothing to show."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

PAGES = [
    f"/supply/{page}"
    for page in ("", "?view=calendar", "inventory/", "exceptions/", "capacity/", "suppliers/")
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_supply_plan_says_what_to_do(client: Any, sam: Any, path: str) -> None:
    client.force_login(sam)
    answer = client.get(path)
    assert answer.status_code == 200
    assert "No plan has been computed yet" in answer.content.decode()


def test_an_empty_page_leads_to_data_only_whom_that_page_lets_in(client: Any, dana: Any, person: Any) -> None:
    """Guests read; what they cannot bring is no next step of theirs."""
    gwen = person("gwen", "guest", expires=date(2099, 1, 1))
    for path in ("/demand/", "/supply/", "/reconciliation/", "/web/exports/"):
        client.force_login(dana)
        assert 'href="/data/">Import' in client.get(path).content.decode(), path
        client.force_login(gwen)
        assert 'href="/data/"' not in client.get(path).content.decode(), path


@pytest.mark.parametrize("page", ["drivers", "events", "cleansing"])
def test_a_page_of_what_moves_demand_says_what_is_missing(client: Any, dana: Any, page: str) -> None:
    client.force_login(dana)
    answer = client.get(reverse(f"forecasting:{page}"))
    assert answer.status_code == 200
    assert 'class="empty' in answer.content.decode()


def test_the_page_of_launches_says_what_it_is_for(client: Any, dana: Any) -> None:
    client.force_login(dana)
    page = client.get(reverse("forecasting:launches")).content.decode()
    assert "No launches yet" in page
    assert "No owners yet" in page


@pytest.mark.parametrize(
    "page", ["my_work", "cycle", "reconciliation", "meeting", "decisions", "actions", "accuracy", "packs"]
)
def test_a_page_of_the_cycle_says_why_and_what_next(client: Any, ada: Any, page: str) -> None:
    """Home leads from nothing to the first plan: test_first_steps."""
    client.force_login(ada)
    answer = client.get(reverse(f"meetings:{page}"))
    assert answer.status_code == 200
    assert 'class="empty' in answer.content.decode()
