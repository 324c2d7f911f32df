"""Rows of the table component, and the addresses in them: written without a template, but as one would write them."""

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.urls import reverse

from siop.web import explanations
from siop.web.addresses import numbered
from siop.web.headlines import Headline
from siop.web.lists import query_with, query_without
from siop.web.templatetags.siop import shortened
from siop.web.templatetags.ui import headlines, note_list, options, sparkline


def rendered(*cells: dict[str, object], css: str = "") -> str:
    rows = [{"css": css, "cells": cells}]
    return Template("{% load ui %}{% table_rows rows %}").render(Context({"rows": rows}))


def test_cells_are_headers_links_explanations_or_text():
    assert rendered(
        {"text": "A-1", "header": True, "url": "/x?a=1&b=2"}, {"text": 12, "css": "n"}, css="sel"
    ) == (
        '<tr class="sel"><th scope="row" class=""><a href="/x?a=1&amp;b=2">A-1</a></th><td class="n">12</td></tr>'
    )
    assert rendered({"text": "1,000", "why": "/why/order/7"}) == (
        '<tr class=""><td class=""><button type="button" class="numq" data-why="/why/order/7" '
        'aria-haspopup="dialog">1,000</button></td></tr>'
    )
    assert (
        rendered({"text": "AX", "title": "A & X"})
        == '<tr class=""><td class="" title="A &amp; X">AX</td></tr>'
    )


def test_nothing_in_a_cell_becomes_markup():
    bad = '"><script>alert(1)</script>'
    for cell in ({"text": bad}, {"text": "x", "title": bad}, {"text": "x", "css": bad}, {"text": "x", "url": bad},
                 {"text": "x", "why": bad}, {"text": bad, "header": True}):  # fmt: skip
        written = rendered(cell)
        assert "<script>" not in written
        assert "&quot;&gt;&lt;script&gt;" in written


def test_addresses_of_rows_are_those_that_reverse_gives():
    assert numbered("supply:item_location", 12, 7) == reverse("supply:item_location", args=[12, 7])
    for keys in ((3, "A-1/UK", "2026-12-01"), ("50 % & more",), (1, 2)):
        path = "/".join(map(str, keys))
        assert explanations.url("order", *keys) == reverse("web:why", args=["order", path])


def test_query_keeps_what_is_not_named_and_starts_at_the_first_page():
    given = QueryDict("q=a+b&show=short&page=3&q=c")
    assert query_with(given, show=None, line="7") == "?q=a+b&q=c&line=7"
    assert query_with(given) == "?q=a+b&q=c&show=short"
    assert query_without(given, "page") == "q=a+b&q=c&show=short"


def test_long_texts_end_in_an_ellipsis():
    assert [shortened("Bottle", 6), shortened("Bottles", 6), shortened("Big bottle", 5)] == [
        "Bottle",
        "Bottl…",
        "Big…",
    ]


def test_tag_carries_the_shape_of_its_tone_or_its_own():
    def written(**given: str) -> str:
        return Template('{% include "components/tag.html" %}').render(Context(given)).strip()

    assert (
        written(label="Late", tone="ex")
        == '<span class="tag ex"><span aria-hidden="true">▲</span> Late</span>'
    )
    assert written(label="Firm", tone="acc", shape="◆").count("◆") == 1
    assert written(label="<b>") == '<span class="tag ">&lt;b&gt;</span>'


def test_a_list_to_choose_from_is_escaped_and_marks_what_is_chosen():
    written = options([(1, "Ada & Co"), (2, "<b>Bo</b>")], 2)
    assert written == (
        '<option value="1">Ada &amp; Co</option><option value="2" selected>&lt;b&gt;Bo&lt;/b&gt;</option>'
    )


def test_nothing_to_choose_from_is_an_empty_text():
    assert options([], None) == ""


def test_notes_are_escaped_and_leave_out_what_they_do_not_have():
    class Said:
        who, said, text, until, own = "Ada & Co", "set to <1>", "<script>", "until 3 Dec 2026", False

    class Own(Said):
        said, until, own = "", "", True

    assert note_list([Said, Own]) == (
        '<li><b>Ada &amp; Co</b> <span class="sub">set to &lt;1&gt;</span><br>&lt;script&gt; '
        '<span class="sub">until 3 Dec 2026</span></li>'
        '<li class="own"><b>Ada &amp; Co</b><br>&lt;script&gt;</li>'
    )


def test_a_headline_is_escaped_and_leaves_out_what_it_does_not_have():
    bare = Headline(label="Bias & more", value="<5>")
    full = Headline(
        label="WAPE", value="18 %", definition='"share"', delta="+1", tone="bad", base="to plan", note="a<b",
        trend=(1.0, None, 3.0), why="/web/why/kpi/1/wape?a=1&b=2",
    )  # fmt: skip
    assert headlines([bare, full]) == (
        '<dl class="kpis" id="kpis">'
        '<div class="kpi"><dt>Bias &amp; more</dt><dd>&lt;5&gt;<small>&#8203;</small></dd></div>'
        '<div class="kpi"><dt title="&quot;share&quot;">WAPE</dt><dd><button type="button" class="numq" '
        'data-why="/web/why/kpi/1/wape?a=1&amp;b=2" aria-haspopup="dialog">18 %</button><small><span>'
        '<span class="bad">+1</span> to plan</span><span title="a&lt;b">a&lt;b</span>&#8203;</small></dd>'
        f'<dd aria-hidden="true">{sparkline((1.0, 3.0))}</dd></div></dl>'
    )


def test_a_line_needs_two_values():
    assert sparkline([4.0, None]) == ""
    assert '<polyline points="3.0,22.0 81.0,4.0"/><circle cx="81.0" cy="4.0" r="2.5"/>' in sparkline(
        [1.0, 2.0]
    )


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("$6,971,776", "<dd>"),
        ("$123,456,789", "<dd>"),
        ("$1,234,567,890", '<dd class="long">'),
        ("$123,456,789,012,345", '<dd class="longer">'),
    ],
)
def test_a_long_figure_has_smaller_letters_so_that_none_is_cut(value, size):
    assert f"{size}{value}" in headlines([Headline(label="Stock", value=value)])
