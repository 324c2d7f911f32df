"""From the body of a pack to pages: cells in words, tables cut to what fits, the drawing of the first page."""

from datetime import date
from typing import Any

from siop.web.templatetags.siop import number, percent, signed

from ..selectors.trends import shown
from ..words import day

ROWS_A_PAGE = 19
FRONT = ("demand", "options", "risks")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 392, 232, 56, 96, 10, 22
STYLES = ["plan", "budget", "year"]


def cell(value: Any, kind: str, *, label: str = "") -> str:
    """A raw value in words."""
    if value is None or value == "":
        return "" if kind == "text" else "-"
    if kind in ("units", "money"):
        return signed(value) if label.startswith("Gap") else number(value)
    if kind == "percent":
        return signed(100 * value, 1) if label.startswith("Gap") else percent(value, 1)
    if kind == "price":
        return number(value, 2)
    if kind == "date":
        return (
            day(date.fromisoformat(value)) if len(str(value)) == 10 and str(value)[4] == "-" else str(value)
        )
    return str(value)


def table(
    section: dict[str, Any], *, rows: list[list[Any]] | None = None, total: bool = True
) -> dict[str, Any]:
    """A section for the printed table; figures of the scorecard carry their unit in the last, hidden column."""
    columns = section["columns"]
    return {
        "title": section["title"],
        "columns": [
            {"label": column["label"], "num": column["kind"] not in ("text", "date")} for column in columns
        ],
        "rows": [_row(row, columns) for row in (section["rows"] if rows is None else rows)],
        "total": _total(section["total"], columns) if total and section["total"] else None,
        "empty": section["empty"],
    }


def _row(row: list[Any], columns: list[dict[str, str]]) -> list[dict[str, Any]]:
    cells = []
    for value, column in zip(row, columns, strict=False):
        figure = column["kind"] == "figure"
        text = shown_figure(value, row[-1]) if figure else cell(value, column["kind"], label=column["label"])
        cells.append({"text": text, "num": column["kind"] not in ("text", "date")})
    return cells


def _total(row: list[Any], columns: list[dict[str, str]]) -> list[dict[str, Any]]:
    """What has no sum stays blank."""
    cells = _row(row, columns)
    return [cell | {"text": ""} if value is None else cell for value, cell in zip(row, cells, strict=False)]


def shown_figure(value: float | None, unit: str) -> str:
    examples = {"percent": "wape", "money": "inventory_value", "days": "days_of_supply", "number": "turns"}
    return shown(examples[unit], value)


def front_page(body: dict[str, Any]) -> dict[str, Any]:
    """What the first page shows: demand and the decision asked at the left, risks and the drawing at the right."""
    by_key = {section["key"]: section for section in body["sections"]}
    risks = dict(by_key["risks"])
    kept = [0, 2, 5]
    risks["columns"] = [risks["columns"][at] for at in kept]
    risks["rows"] = [[row[at] for at in kept] for row in risks["rows"]]
    risks["total"] = [risks["total"][at] for at in kept] if risks["total"] else None
    return {
        "demand": table(by_key["demand"]),
        "options": table(by_key["options"], rows=by_key["options"]["rows"][:6]),
        "risks": table(risks),
        "drawing": drawing(body["trend"]),
    }


def pages(body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The other sections in their order, as many to a page as fit; long ones go on with their heads repeated."""
    done: list[list[dict[str, Any]]] = []
    room = 0
    for section in body["sections"]:
        if section["key"] in FRONT and len(section["rows"]) <= 6:
            continue
        rows = section["rows"]
        for start in range(0, max(1, len(rows)), ROWS_A_PAGE):
            part = rows[start : start + ROWS_A_PAGE]
            last = start + ROWS_A_PAGE >= len(rows)
            piece = table(section, rows=part, total=last) | {"more": start > 0}
            need = max(1, len(part)) + 3
            if not done or need > room:
                done.append([])
                room = ROWS_A_PAGE + 3
            done[-1].append(piece)
            room -= need
    return done


def drawing(trend: dict[str, Any]) -> dict[str, Any] | None:
    """Points of the line drawing: 1 unit = 1 px, labels at the line's end."""
    values = [value for series in trend["series"] for value in series["values"]]
    if len(trend["months"]) < 2 or not values:
        return None
    high = _ceiling(max([*values, 1.0]))
    step = (WIDTH - LEFT - RIGHT) / (len(trend["months"]) - 1)

    def x(at: int) -> float:
        return round(LEFT + step * at, 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / high), 1)

    lines = [
        {
            "name": series["name"],
            "style": STYLES[at % len(STYLES)],
            "points": " ".join(f"{x(place)},{y(value)}" for place, value in enumerate(series["values"])),
            "end_x": x(len(series["values"]) - 1) + 6,
            "end_y": y(series["values"][-1]) + 4,
        }
        for at, series in enumerate(trend["series"])
    ]
    _apart(lines)
    ticks = [high * part / 4 for part in range(5)]
    return {
        "title": trend["title"],
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "ticks": [
            {"y": y(tick), "label_y": y(tick) + 4, "label": f"{trend['unit']}{_short(tick)}"}
            for tick in ticks
        ],
        "months": [{"x": x(at), "label": label} for at, label in enumerate(trend["months"]) if at % 2 == 0],
        "axis": HEIGHT - 5,
        "lines": lines,
    }


def _apart(lines: list[dict[str, Any]]) -> None:
    """Labels at the end of lines do not lie on each other."""
    lowest = -100.0
    for line in sorted(lines, key=lambda one: one["end_y"]):
        line["end_y"] = max(line["end_y"], lowest + 13)
        lowest = line["end_y"]


def _ceiling(value: float) -> float:
    magnitude = 10 ** (len(str(int(value))) - 1)
    for factor in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10):
        if value <= factor * magnitude:
            return float(factor * magnitude)
    return value


def _short(value: float) -> str:
    if value >= 1_000_000:
        return f"{number(value / 1_000_000, 2).rstrip('0').rstrip('.')} M"
    return f"{number(value / 1_000)} k" if value >= 10_000 else number(value)
