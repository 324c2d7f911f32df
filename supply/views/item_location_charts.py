"""Charts of one item-location, each titled by what it shows."""

from datetime import date
from typing import Any

import numpy as np

from forecasting.selectors.driver_pages import marked_months
from siop.catalog.units import places_of, unit_of
from siop.web.templatetags.siop import day, month, number, signed
from supply.engine.basics import Array

from ..selectors.pages.item_location import ItemLocation

YEAR = 12
LAST_TICK = 94.0  # percent of the width from which the words of a month stand before its line


def demand_chart(found: ItemLocation) -> dict[str, Any]:
    """History, statistical forecast with its 80 % interval, and the plan."""
    if not found.series:
        return _needed_chart(found)
    begun = first_sold(found.history)
    history, since = found.history[begun:], found.history_months[begun:]
    past, ahead = len(since), len(found.months)
    blank_past, blank_ahead = [None] * max(past - 1, 0), [None] * ahead
    joint = [history[-1]] if past else []
    low, high = found.interval(80)
    plan = found.agreed if found.consensus else found.demand
    moved = [plan[h] if h in found.overridden else None for h in range(ahead)]
    series: list[dict[str, Any]] = [
        {"name": "80 % interval", "kind": "band", "lower": [*blank_past, *joint, *low], "upper": [*blank_past, *joint, *high]},
        {"name": "History", "kind": "line", "style": "ink", "values": [*history, *blank_ahead]},
        {"name": "Statistical", "kind": "line", "style": "dash", "values": [*blank_past, *joint, *found.statistical]},
        {"name": "Plan", "kind": "line", "style": "blue", "values": [*blank_past, *joint, *plan]},
    ]  # fmt: skip
    used = _used_instead(found)[begun:]
    if any(value is not None for value in used):
        series.append(
            {"name": "Used instead", "kind": "points", "style": "amber", "values": [*used, *blank_ahead]}
        )
    if found.overridden:
        series.append(
            {"name": "Override", "kind": "points", "style": "blue", "values": [None] * past + moved}
        )
    return _chart(
        "demand",
        _demand_finding(found, plan),
        x=[month(start) for start in (*since, *found.months)],
        series=series,
        places=places_of(found.item),
        today=month(found.months[0]),
        today_label="plan",
        note=f"{unit_of(found.item)} a month",
        height=200,
    )


def first_sold(history: Array) -> int:
    """Where a history (T,) begins: at the first month with sales, as before its launch an item has none."""
    sold = np.flatnonzero(history)
    return int(sold[0]) if len(sold) else 0


def _used_instead(found: ItemLocation) -> list[float | None]:
    """What stands in for the months of history that are not demand, such as those without stock."""
    marks = marked_months(one.pk for one in found.series)
    return [
        sold - marks[start][0] + marks[start][1] if start in marks else None
        for start, sold in zip(found.history_months, found.history, strict=True)
    ]


def _needed_chart(found: ItemLocation) -> dict[str, Any]:
    """Of an item that is not sold here: what other items need of it."""
    needed, places = found.line.dependent_demand, places_of(found.item)
    year, ahead = sum(needed[:YEAR]), f"in the next {len(needed[:YEAR])} months"
    return _chart(
        "demand",
        f"Not sold here; other items need {number(year, places)} {ahead}"
        if year
        else f"Not sold here, and no other item needs it {ahead}",
        x=[month(start) for start in found.months],
        series=[{"name": "Needed by others", "kind": "bar", "style": "soft", "values": needed}],
        places=places,
        note=f"{unit_of(found.item)} a month",
        height=160,
    )


def _demand_finding(found: ItemLocation, plan: Array) -> str:
    places = places_of(found.item)
    year = number(plan[:YEAR].sum(), places)
    span = f"the next {len(plan[:YEAR])} months come to {year}"
    added = round(float((plan - found.statistical).sum()), places)
    moved = sorted(found.overridden)
    if moved and added:
        months = month(found.months[moved[0]])
        if len(moved) > 1:
            months += f" to {month(found.months[moved[-1]])}"
        return f"Overrides change {months} by {signed(added, places)}; {span}"
    last = found.history[-YEAR:].sum()
    if len(found.history) >= YEAR and last > 0:
        change = (plan[:YEAR].sum() / last - 1) * 100
        return f"{span[0].upper()}{span[1:]}, {signed(change, 1)} % on the last {YEAR}"
    return span[0].upper() + span[1:]


def stock_chart(found: ItemLocation) -> dict[str, Any]:
    """Projected stock with target and safety stock, what arrives, and what would be without planned orders."""
    line = found.line
    without = np.maximum(found.without_planned, 0.0)
    series: list[dict[str, Any]] = [
        {"name": "Open orders", "kind": "bar", "style": "grey", "stack": "in", "values": _some(line.scheduled_receipts)},
        {"name": "Planned orders", "kind": "bar", "ghost": True, "stack": "in", "values": _some(line.planned_receipts)},
        {"name": "Projected stock, month end", "kind": "line", "style": "ink", "points": True, "values": line.closing},
    ]  # fmt: skip
    series = [one for one in series if one["kind"] == "line" or any(one["values"])]
    apart = np.flatnonzero(without != np.array(line.closing))
    if len(apart):
        start = max(int(apart[0]) - 1, 0)
        values = [None] * start + without[start:].tolist()
        series.append({"name": "Without planned orders", "kind": "line", "style": "red", "values": values})
    if any(line.shortage):
        short = [amount or None for amount in line.shortage]
        series.append({"name": "Short", "kind": "points", "style": "ex", "values": short})
    limits, more = _levels(found)
    return _chart(
        "stock",
        stock_finding(found),
        x=[month(start) for start in found.months],
        series=series + more,
        limits=limits,
        places=places_of(found.item),
        note=unit_of(found.item),
        height=240,
    )


def _levels(found: ItemLocation) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Target and safety stock: lines where they stay the same, steps where they move by month."""
    places = places_of(found.item)
    levels = [
        ("Target", found.target_by_period, "ink"),
        ("Safety stock", np.array(found.line.safety_stock), "red"),
    ]
    if np.array_equal(levels[0][1], levels[1][1]):
        levels = levels[1:]
    limits, steps = [], []
    for name, values, style in levels:
        if len(set(values.tolist())) <= 1:
            value = float(values[0]) if len(values) else 0.0
            limits.append({"value": value, "label": f"{name} {number(value, places)}", "style": style})
        else:
            look = {"ink": "dash", "red": "dot"}[style]
            steps.append({"name": name, "kind": "step", "style": look, "values": values.tolist()})
    return limits, steps


def stock_finding(found: ItemLocation) -> str:
    """What matters most about the coming stock: a shortage, the order that prevents one, or that it holds."""
    line, places, unit = found.line, places_of(found.item), unit_of(found.item)
    short = np.flatnonzero(np.array(line.shortage) > 0)
    if len(short):
        h = int(short[0])
        return f"{month(found.months[h])} is {number(line.shortage[h], places)} {unit} short"
    target = found.target_by_period
    missed = np.flatnonzero(found.without_planned < target)
    order = found.next_order
    if len(missed) and order is not None:
        h = int(missed[0])
        end = found.without_planned[h]
        if end < 0:
            return (
                f"Without the orders from {day(order.order_by)} on, {month(found.months[h])} is "
                f"{number(-end, places)} {unit} short"
            )
        return (
            f"Without the orders from {day(order.order_by)} on, stock ends {month(found.months[h])} at "
            f"{number(end, places)}, under the target of {number(target[h], places)}"
        )
    below = np.flatnonzero(np.array(line.closing) < np.array(line.safety_stock))
    if len(below):
        h = int(below[0])
        return (
            f"Stock ends {month(found.months[h])} at {number(line.closing[h], places)}, under the safety stock "
            f"of {number(line.safety_stock[h], places)}"
        )
    end_of_plan = month(found.months[-1])
    if not any(line.closing):
        return f"There is no stock through {end_of_plan}, and none is needed"
    return f"Stock stays above its safety stock through {end_of_plan}"


def _chart(
    name: str,
    title: str,
    *,
    x: list[str],
    series: list[dict[str, Any]],
    places: int,
    note: str,
    height: int,
    **more: Any,
) -> dict[str, Any]:
    spec = {"x": x, "x_label": "Month", "series": [_plain(one) for one in series], "places": places} | more
    return {"id": f"chart-{name}", "title": title, "note": note, "height": height, "spec": spec}


def _some(values: list[float]) -> list[float | None]:
    """Without the zeros, so that nothing is drawn where nothing comes."""
    return [value or None for value in values]


def _plain(series: dict[str, Any]) -> dict[str, Any]:
    """Numbers as JSON has them."""
    lists = {
        key: [None if value is None else float(value) for value in values]
        for key, values in series.items()
        if key in ("values", "lower", "upper")
    }
    return series | lists


def timeline(found: ItemLocation, *, today: date, limit: int = 8) -> dict[str, Any] | None:
    """Orders from the day they leave to the day they arrive, in percent of the width of the drawing."""
    bars: list[dict[str, Any]] = [
        {
            "label": f"{one.order}, {number(one.quantity, places_of(found.item))}",
            "note": f"arrives {day(one.due_date)}",
            "start": one.order_date or one.ship_date or today,
            "end": one.due_date,
            "firm": True,
        }
        for one in found.receipts
        if one.due_date
    ] + [
        {
            "label": f"{one.get_status_display()}, {number(one.quantity, places_of(found.item))}: by {day(one.order_by)}",
            "note": f"arrives {day(one.due_date)}",
            "start": one.order_by,
            "end": one.due_date,
            "firm": False,
        }
        for one in found.orders
    ]
    bars = sorted(bars, key=lambda bar: (bar["start"], bar["end"]))[:limit]
    if not bars:
        return None
    first: date = min(today, *(bar["start"] for bar in bars)).replace(day=1)
    last = max(today, *(bar["end"] for bar in bars))
    days: float = max((last - first).days, 30) * 1.02

    def place(at: date) -> float:
        return round((at - first).days / days * 100, 3)

    rows = [_bar(bar, position, place) for position, bar in enumerate(bars)]
    ticks = [
        {"x": place(start), "label": month(start), "last": place(start) > LAST_TICK}
        for start in _month_starts(first, last)
    ]
    height = len(rows) * 24 + 6
    return {
        "rows": rows,
        "ticks": ticks,
        "today": place(today),
        "height": height + 20,
        "axis": height,
        "words": height + 15,
    }


def _bar(bar: dict[str, Any], position: int, place: Any) -> dict[str, Any]:
    x, width = place(bar["start"]), max(place(bar["end"]) - place(bar["start"]), 0.4)
    top = 4 + position * 24
    return bar | {
        "x": x,
        "width": width,
        "y": top,
        "text_y": top + 14,
        "after": x + width,
        "late": x + width > 62,
    }


def _month_starts(first: date, last: date) -> list[date]:
    """At most eight of them, evenly apart."""
    starts, at = [], first
    while at <= last:
        starts.append(at)
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return starts[:: max(1, len(starts) // 8 + (len(starts) % 8 > 0))]
