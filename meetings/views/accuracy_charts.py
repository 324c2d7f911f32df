"""Charts of the Accuracy page, each titled by what it shows."""

from datetime import date
from typing import Any

from forecasting.selectors.accuracy import STEPS, Measured
from siop.web.templatetags.siop import day, month, number, percent, signed

from ..words import many, money

THIRD = 3


def error_by_month(months: dict[date, Measured], lag: int) -> dict[str, Any]:
    """Error of the consensus, the statistical forecast and last year's figures, by closed month."""
    return _chart(
        "error",
        _trend_finding([one.wape for one in months.values()], lag),
        x=[month(start) for start in months],
        series=[
            _line("Last year's figures", "dot", [one.error("naive") for one in months.values()]),
            _line("Statistical", "dash", [one.error("reconciled") for one in months.values()]),
            _line("Consensus", "blue", [one.wape for one in months.values()]) | {"points": True},
        ],
        note=f"% of sales, forecast {many(lag, 'month')} before",
        height=240,
        y_min=0,
    )


def _trend_finding(errors: list[float | None], lag: int) -> str:
    """The first months against the newest ones; a single month is only stated."""
    known = [error for error in errors if error is not None]
    ahead = f"{many(lag, 'month')} ahead"
    if not known:
        return f"Nothing was sold in the closed months, {ahead}"
    if len(known) == 1:
        return f"The forecast was {percent(known[0])} off, {ahead}"
    span = min(THIRD, len(known) // 2)
    first, last = sum(known[:span]) / span, sum(known[-span:]) / span
    if percent(first) == percent(last):
        return f"Forecast error stays at {percent(last)}, {ahead}"
    verb = "fell" if last < first else "rose"
    return f"Forecast error {verb} from {percent(first)} to {percent(last)} over {len(known)} months, {ahead}"


def error_by_step(found: Measured) -> dict[str, Any]:
    """The ladder from last year's figures to the consensus."""
    errors = [found.error(step) for step in STEPS]
    return _chart(
        "steps",
        _step_finding(found),
        x=list(STEPS.values()),
        series=[
            {"name": "Error", "kind": "bar", "style": "soft", "values": _percents(errors),
             "labels": [number(100 * error, 1) if error is not None else "" for error in errors]},
        ],
        height=200,
        x_label="Step",
        horizontal=True,
    )  # fmt: skip


def _step_finding(found: Measured) -> str:
    gains = found.gains()
    if not gains:
        return "Nothing was sold in the closed months"
    models, people = gains["statistical"] + gains["reconciled"], gains["planner"] + gains["consensus"]
    return f"Models {_took(models)} last year's figures, people {_took(people)} that"


def _took(points: float) -> str:
    size = number(abs(points) * 100, 1)
    return f"take {size} points off" if points >= 0 else f"add {size} points to"


def bias_by_month(months: dict[date, Measured]) -> dict[str, Any]:
    return _chart(
        "bias",
        _bias_finding([one.bias for one in months.values() if one.bias is not None]),
        x=[month(start) for start in months],
        series=[{"name": "Bias", "kind": "bar", "style": "soft", "values": _percents([one.bias for one in months.values()])}],
        height=200,
    )  # fmt: skip


def _bias_finding(biases: list[float]) -> str:
    if not biases:
        return "Nothing was sold in the closed months"
    over = sum(bias > 0 for bias in biases)
    mean = sum(biases) / len(biases)
    if abs(mean) < 0.005:
        return f"Too much and too little balance out over {many(len(biases), 'month')}"
    side, count = ("much", over) if mean > 0 else ("little", len(biases) - over)
    return f"Too {side} was forecast in {count} of {many(len(biases), 'month')}, {signed(100 * mean, 1)} % on average"


def service_by_month(months: dict[date, dict[str, float | None]]) -> dict[str, Any]:
    last = list(months)[-1]
    served = months[last]
    return _chart(
        "service",
        f"{month(last)}: {percent(served['otif'])} of lines on time in full, {percent(served['fill_rate'])} of units",
        x=[month(start) for start in months],
        series=[
            _line("On time in full", "ink", [one["otif"] for one in months.values()]) | {"points": True},
            _line("Fill rate", "blue", [one["fill_rate"] for one in months.values()]) | {"points": True},
        ],
        note="% by promised month",
        height=200,
    )


def stock_value(readings: dict[date, float], sign: str) -> dict[str, Any] | None:
    """None with fewer than two counts: there is nothing to draw yet."""
    if len(readings) < 2:
        return None
    days = sorted(readings)
    worth = [readings[one] for one in days]
    return _chart(
        "stock-value",
        f"Stock was worth {money(readings[days[-1]], sign)} on {day(days[-1])}",
        x=[day(one) for one in days],
        series=[{"name": "Stock at cost", "kind": "line", "style": "ink", "points": len(days) < 40, "values": worth}],
        note="at unit cost, by day of count",
        height=200,
        places=0,
        x_label="Counted",
        y_min=0,
    )  # fmt: skip


def _line(name: str, style: str, values: list[float | None]) -> dict[str, Any]:
    return {"name": name, "kind": "line", "style": style, "values": _percents(values)}


def _percents(values: list[float | None]) -> list[float | None]:
    return [None if value is None else round(100 * value, 2) for value in values]


def _chart(
    name: str,
    title: str,
    *,
    x: list[str],
    series: list[dict[str, Any]],
    height: int,
    note: str = "",
    **more: Any,
) -> dict[str, Any]:
    spec = {"x": x, "x_label": "Month", "places": 1, "series": series} | more
    return {"id": f"chart-{name}", "title": title, "note": note, "height": height, "spec": spec}
