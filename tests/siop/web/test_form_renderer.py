"""Lists to choose from, written in one go instead of by three templates an option."""

from html.parser import HTMLParser

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from siop.web.form_renderer import FormRenderer

PLAIN = [("", "Choose"), ("a", "A & B"), ("b", '<b>"B"</b>')]
GROUPED = [("North", [("1", "One"), ("2", "Two")]), ("3", "Three")]


class Elements(HTMLParser):
    """Tags with their attributes in any order, and texts without the space around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(attrs, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())


@pytest.mark.parametrize("choices", [PLAIN, GROUPED, []], ids=["plain", "grouped", "empty"])
@pytest.mark.parametrize(
    ("widget", "value"),
    [(forms.Select(attrs={"class": "field"}), "a"), (forms.SelectMultiple(), ["a", "3"]),
     (forms.Select(attrs={"disabled": True, "data-more": False}), None)],
    ids=["one", "several", "none"],
)  # fmt: skip
def test_a_list_to_choose_from_is_what_django_makes_of_it(
    widget: forms.Select, value: object, choices: list[tuple[str, object]]
) -> None:
    widget.choices = choices
    ours, theirs = (
        widget.render("who", value, {"id": "id_who"}, renderer())
        for renderer in (FormRenderer, DjangoTemplates)
    )
    assert Elements(ours).found == Elements(theirs).found
