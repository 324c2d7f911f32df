"""A figure means the same wherever it stands: pointing at it shows one definition."""

import re
from collections import defaultdict
from html import unescape
from typing import Any

import pytest
from planning import planned

from meetings.selectors import kpis

PAGES = (
    "/",
    "/accuracy/",
    "/cycle/",
    "/actions/",
    "/supply/",
    "/supply/inventory/",
    "/supply/exceptions/",
    "/supply/capacity/",
    "/supply/suppliers/",
)
FIGURE = re.compile(r'<dt title="([^"]*)"\s*>([^<]+)</dt>')


@pytest.fixture
def definitions(client: Any, person: Any, dana: Any) -> dict[str, set[str]]:
    """What each label of a key figure is said to mean, over all pages."""
    planned(dana, items=2)
    client.force_login(person("ellen", "executive"))
    found = defaultdict(set)
    for path in PAGES:
        for meaning, label in FIGURE.findall(client.get(path).content.decode()):
            found[unescape(label).removesuffix(", $")].add(unescape(meaning))
    return found


def test_no_label_means_two_things(definitions: dict[str, set[str]]) -> None:
    assert {label: meanings for label, meanings in definitions.items() if len(meanings) > 1} == {}


def test_key_figures_on_pages_mean_what_the_list_of_them_says(definitions: dict[str, set[str]]) -> None:
    shown = {kpi.label: kpi.definition for kpi in kpis.KPIS if kpi.label in definitions}
    assert {label: definitions[label] for label in shown} == {label: {said} for label, said in shown.items()}
    assert len(shown) >= 3
