"""The guides in the product are those of the repository, and every picture and link in them is there."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from siop.web import guides

DOCS = Path(settings.BASE_DIR) / "docs"


def test_every_guide_of_the_folder_is_listed() -> None:
    assert {path.stem for path in (DOCS / "guide").glob("*.md")} == set(guides.NAMES)


@pytest.mark.parametrize("name", guides.NAMES)
def test_a_guide_opens_with_its_title_and_pictures(name: str) -> None:
    found = guides.guide(name)
    assert found.title
    assert "../pictures/" not in found.html
    assert "&lt;&lt;&lt;&lt;" not in found.html, "left over from a merge"
    for part in found.html.split('src="')[1:]:
        assert finders.find(part.split('"')[0].removeprefix("/static/")), part[:60]


def test_one_comes_to_the_guide_of_ones_role(client: Any, sam: Any) -> None:
    client.force_login(sam)
    assert client.get("/web/guide/")["Location"] == "/web/guide/supply-planner/"
    assert client.get("/web/guide/supply-planner/").status_code == 200
    assert client.get("/web/guide/none/").status_code == 404


def test_every_page_leads_to_the_guide_and_to_what_one_was_told(client: Any, sam: Any) -> None:
    client.force_login(sam)
    page = client.get("/web/notifications/").content.decode()
    assert 'href="/web/guide/"' in page
    assert 'href="/web/notifications/"' in page


def test_text_of_a_guide_is_never_markup() -> None:
    assert "<script" not in "".join(guide.html for guide in guides.guides())
