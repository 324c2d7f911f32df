"""Small drawings made on the server; numbers and dates have their filters in `siop`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..headlines import Headline

register = template.Library()
Row = Mapping[str, Any]


# letters of a headline from which a tile needs smaller ones, and the smallest
ROOMY, LONG = 13, 17
MOST_TEXTS = 512  # that one part of a template is kept in, for as many values
SHAPES = {"ex": "▲", "ok": "✓", "warn": "▼", "acc": "→"}


@register.simple_tag
def tag(label: str, tone: str | None = "", shape: str | None = "") -> SafeString:
    """What components/tag.html shows, for lists in which each row has one."""
    sign = shape or SHAPES.get(tone or "", "")
    mark = format_html('<span aria-hidden="true">{}</span> ', sign) if sign else ""
    return format_html('<span class="tag {}">{}{}</span>', tone or "", mark, label)


@register.simple_tag
def explained(text: str, why: str) -> SafeString:
    """A number that opens its explanation; "-" for what is missing opens none."""
    if not why or text == "-":
        return format_html("{}", text)
    return SafeString(_explaining(text, why))


@register.simple_tag
def options(choices: Iterable[tuple[Any, str]], chosen: Any) -> SafeString:
    """What a select offers, as (value, label); a company has hundreds of people to choose an owner from."""
    return SafeString("".join(_option(value, label, value == chosen) for value, label in choices))


def _option(value: Any, label: str, selected: bool) -> str:
    return f'<option value="{escaped(value)}"{" selected" if selected else ""}>{escaped(label)}</option>'


@register.simple_tag
def note_list(notes: Iterable[Any]) -> SafeString:
    """What people noted, one entry each: `who`, `said` beside it, `text` beneath, `until`; `own` words set apart."""
    return SafeString("".join(map(_note, notes)))


def _note(note: Any) -> str:
    said = f' <span class="sub">{escaped(note.said)}</span>' if note.said else ""
    text = f"<br>{escaped(note.text)}" if note.text else ""
    until = f' <span class="sub">{escaped(note.until)}</span>' if note.until else ""
    head = '<li class="own">' if note.own else "<li>"
    return f"{head}<b>{escaped(note.who)}</b>{said}{text}{until}</li>"


@register.tag
def same_for(parser: Parser, token: Token) -> SameFor:
    """`{% same_for nav %}...{% endsame_for %}`: what stands inside sees nothing but the values of these names.

    So it is written once for the same values, which are of text, numbers and frozen dataclasses of such.
    """
    names = token.split_contents()[1:]
    nodes = parser.parse(("endsame_for",))
    parser.delete_first_token()
    return SameFor({name: parser.compile_filter(name) for name in names}, nodes)


class SameFor(template.Node):
    child_nodelists = ()  # no block of a page stands inside

    def __init__(self, values: Mapping[str, FilterExpression], nodes: NodeList) -> None:
        self.values, self.nodes = values, nodes
        self.texts: dict[tuple[Any, ...], str] = {}

    def render(self, context: Context) -> str:
        values = tuple(value.resolve(context, ignore_failures=True) for value in self.values.values())
        text = self.texts.get(values)
        if text is None:
            if len(self.texts) >= MOST_TEXTS:
                self.texts.clear()
            given = context.new(dict(zip(self.values, values, strict=True)))
            text = self.texts[values] = self.nodes.render(given)
        return text


@register.tag
def table_rows(parser: Parser, token: Token) -> TableRows:
    """`{% table_rows table.rows %}`: the rows of components/table.html."""
    _, rows = token.split_contents()
    return TableRows(parser.compile_filter(rows))


class TableRows(template.Node):
    """Fifty rows are hundreds of cells, each a dozen nodes of a template; written here they cost a tenth."""

    def __init__(self, rows: FilterExpression) -> None:
        self.rows = rows

    def render(self, context: Context) -> str:
        return "".join(map(_row, self.rows.resolve(context)))


def _row(row: Row) -> str:
    return f'<tr class="{escaped(row.get("css", ""))}">{"".join(map(_cell, row["cells"]))}</tr>'


def _cell(cell: Row) -> str:
    css, text = escaped(cell.get("css", "")), _text(cell)
    if cell.get("header"):
        return f'<th scope="row" class="{css}">{text}</th>'
    title = f' title="{escaped(cell["title"])}"' if cell.get("title") else ""
    return f'<td class="{css}"{title}>{text}</td>'


def _text(cell: Row) -> str:
    text = escaped(cell["text"])
    if cell.get("why"):
        return _explaining(cell["text"], cell["why"])
    return f'<a href="{escaped(cell["url"])}">{text}</a>' if cell.get("url") else text


def _explaining(text: Any, why: str) -> str:
    address = escaped(why)
    return f'<button type="button" class="numq" data-why="{address}" aria-haspopup="dialog">{escaped(text)}</button>'


@register.simple_tag
def foot_cells(cells: Iterable[Row]) -> SafeString:
    """The sums under a list, as siop.web.list_pages.foot gives them: one a line, each explains itself."""
    return SafeString("".join(map(_foot_cell, cells)))


def _foot_cell(cell: Row) -> str:
    lines = [_explaining(one["text"], one["why"]) for one in cell["sums"]] or [escaped(cell.get("text", ""))]
    if cell["more"]:
        lines.append(f"and {cell['more']} more units")
    return f'<td class="{escaped(cell["css"])}">{"<br>".join(lines)}</td>'


def escaped(text: Any) -> str:
    """What Django's templates make of a value, for HTML that is written here in one go."""
    return str(text) if hasattr(text, "__html__") else html.escape(str(text))


@register.simple_tag
def headlines(strip: Iterable[Headline]) -> SafeString:
    """The strip of figures under a page's title; the grid draws it again after each edit."""
    return SafeString(f'<dl class="kpis" id="kpis">{"".join(map(_headline, strip))}</dl>')


def _headline(one: Headline) -> str:
    title = f' title="{escaped(one.definition)}"' if one.definition else ""
    value = _explaining(one.value, one.why) if one.why else escaped(one.value)
    base = f" {escaped(one.base)}" if one.base else ""
    delta = f'<span><span class="{escaped(one.tone)}">{escaped(one.delta)}</span>{base}</span>'
    note = f'<span title="{escaped(one.note)}">{escaped(one.note)}</span>' if one.note else ""
    trend = f'<dd aria-hidden="true">{sparkline(one.trend)}</dd>' if one.trend else ""
    return (
        f'<div class="kpi"><dt{title}>{escaped(one.label)}</dt>'
        f"<dd{_size(one.value)}>{value}<small>{delta if one.delta else ''}{note}&#8203;</small></dd>{trend}</div>"
    )


def _size(value: str) -> str:
    """Smaller letters for a value that its tile of a narrow window would cut: a cut number is a wrong one."""
    if len(value) < ROOMY:
        return ""
    return ' class="long"' if len(value) < LONG else ' class="longer"'


@register.simple_tag
def sparkline(
    values: Sequence[float | Decimal | None], label: str = "Trend", width: int = 84, height: int = 26
) -> SafeString:
    """A line of the values in one small drawing; fewer than two values draw nothing."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    step = (width - 6) / (len(known) - 1)
    points = [
        (f"{3 + step * index:.1f}", f"{height - 4 - (value - low) / reach * (height - 8):.1f}")
        for index, value in enumerate(known)
    ]
    x, y = points[-1]
    return SafeString(
        f'<svg class="spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escaped(label)}"><polyline points="{" ".join(map(",".join, points))}"/>'
        f'<circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    )
