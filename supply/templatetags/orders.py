"""Rows of the supply list, each written in one go: as forty nodes of a template they are a third of the page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from siop.web.templatetags.siop import number, short_day, shortened, signed, unbroken
from siop.web.templatetags.ui import escaped, tag

register = template.Library()
Row = Mapping[str, Any]
CODE, DESCRIPTION = 24, 26  # characters of them that a row has room for


@register.simple_tag
def order_row(row: Row, may_release: bool, shown: Sequence[str]) -> SafeString:
    """An order or a message, as `supply.views.plan` describes it, in the columns named; only who may release orders
    can choose it.
    """
    box = f'<td class="box-cell">{_box(row) if row.get("checkbox") else ""}</td>' if may_release else ""
    cells = "".join(CELLS[key](row) for key in shown)
    return SafeString(f'<tr class="{"sel" if row.get("sel") else ""}" data-row>{box}{cells}</tr>')


def _box(row: Row) -> str:
    name = escaped(f"Choose {row['reference']}")
    return f'<input type="checkbox" name="order" value="{row["pk"]}" data-pick aria-label="{name}">'


def _act_by(row: Row) -> str:
    when = short_day(row["act_by"])
    if not row["late"]:
        return f'<td class="m">{when}</td>'
    return f'<td class="b bad"><span aria-hidden="true">▲ </span>{when}<span class="sr"> overdue</span></td>'


def _reference(row: Row) -> str:
    """An order opens in the dock beneath the list, a message on its own page."""
    text, url = escaped(row["reference"]), escaped(row["url"])
    if not url:
        return text
    into = (
        f'hx-get="{url}" hx-target=".dock-cols" hx-select=".dock-cols" hx-swap="outerHTML" hx-push-url="true"'
    )
    return f'<a href="{url}" data-open {into if row.get("pk") else ""}>{text}</a>'


def _talked_of(row: Row) -> str:
    return '<span class="sr"> commented</span>' if row.get("talked_of") else ""


def _item(row: Row) -> str:
    item = row["item"]
    short = escaped(shortened(item.description, DESCRIPTION))
    return (
        f'<a class="plain" href="{escaped(row["place"])}" title="{escaped(f"{item.code} {item.description}")}">'
        f'<span class="m">{escaped(shortened(item.code, CODE))}</span> <span class="sub roomy">{short}</span></a>'
        f' <span class="mut">{escaped(row["location"].code) if row["location"] else ""}</span>'
    )


def _units(row: Row) -> str:
    delta = row.get("firm_delta")
    if not delta:
        return f'<td class="n m ">{row["units"]}</td>'
    return f'<td class="n m ov" title="{signed(delta)} on what the run proposed">{row["units"]}</td>'


def _why(row: Row) -> str:
    reason = escaped(row["reason"])
    return (
        f'<td class="why-cell"><button type="button" class="btn link" data-why="{escaped(row["why"])}" '
        f'aria-haspopup="dialog" title="{reason}"><span>{unbroken(row["reason"])}</span></button></td>'
    )


CELLS: dict[str, Callable[[Row], str]] = {
    "by": _act_by,
    "message": lambda row: f"<td>{tag(*row['tag'])}</td>",
    "order": lambda row: (
        f'<td class="sub{" co" if row.get("talked_of") else ""}">{_reference(row)}{_talked_of(row)}</td>'
    ),
    "item": lambda row: f"<td>{_item(row) if row['item'] else ''}</td>",
    "units": _units,
    "source": lambda row: (
        f'<td class="sub">{escaped(", ".join(filter(None, (row["source"], row["mode"]))))}</td>'
    ),
    "arrives": lambda row: f"<td>{short_day(row['arrives'])}</td>",
    "landed": lambda row: f'<td class="n sub roomy">{number(row["landed"], 2)}</td>',
    "value": lambda row: f'<td class="n">{number(row["value"])}</td>',
    "why": _why,
}
