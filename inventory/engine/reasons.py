"""A target's reason in words, from its numbers alone."""

from collections.abc import Callable

import numpy as np

from inventory.engine.codes import Distribution, Policy
from inventory.engine.targets import Targets

Row = dict[str, float]

_RAISED = {
    "largest_demand": "to hold the largest demand seen",
    "simulated_demand": "to what simulated paths ask for",
    "time_to_recover": "to last until the supplier recovers",
    "reserve": "to keep the reserve ashore",
    "minimum": "to the minimum",
}
_LOWERED = {
    "maximum": "to the maximum",
    "shelf_life": "to what is sold before it expires",
    "storage": "to fit the storage",
}
_NOTICEABLE = 1e-6


def reasons(answer: Targets) -> list[str]:
    """One sentence per item-location, in the order of the flattened arrays.

    >>> from inventory.engine.targets import TargetInputs, targets
    >>> reasons(targets(TargetInputs(
    ...     policy=Policy.CYCLE_SERVICE, service_target=0.95, demand_per_day=100, error_sd=30,
    ...     lead_time_days=60, lead_time_sd_days=10)))
    ['60 days lead time +- 10, error 30/day, 95 %: 1,689']
    """
    columns = {name: values.ravel().tolist() for name, values in answer.inputs.items()}
    columns["protection_days"] = answer.protection_days.ravel().tolist()
    columns["safety_stock"] = answer.safety_stock.ravel().tolist()
    columns |= {name: answer.part(name).ravel().tolist() for name in (*_RAISED, *_LOWERED)}
    columns["before_rules"] = _before_rules(answer).ravel().tolist()
    names = list(columns)
    return [_sentence(dict(zip(names, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _before_rules(answer: Targets) -> np.ndarray:
    """The safety stock that the policy alone asks for."""
    changed = sum(answer.part(name) for name in (*_RAISED, *_LOWERED))
    return answer.safety_stock - answer.part("rounding") - changed


def _sentence(row: Row) -> str:
    change = _binding_rule(row)
    policy = _BY_POLICY[Policy(int(row["policy"]))](row)
    if change is None:
        return f"{policy}: {quantity(row['safety_stock'])}"
    return f"{policy}: {quantity(_shown_before(row))}, {change} {quantity(row['safety_stock'])}"


def _shown_before(row: Row) -> float:
    return round(row["before_rules"]) if row["step"] >= 1 else row["before_rules"]


def _binding_rule(row: Row) -> str | None:
    """What last moved the target away from the policy's own number, as `raised to ... by`."""
    for name in reversed((*_RAISED, *_LOWERED)):
        if abs(row[name]) > _NOTICEABLE:
            verb, rules = ("raised", _RAISED) if name in _RAISED else ("lowered", _LOWERED)
            return f"{verb} {rules[name]}:"
    return None


def _cycle_service(row: Row) -> str:
    return f"{_uncertainty(row)}, {percent(row['service_target'])}{_together(row)}"


def _fill_rate(row: Row) -> str:
    lot = max(row["moq"], row["order_quantity"])
    in_lots = f" in lots of {quantity(lot)}" if lot > 0 else ""
    return f"{_uncertainty(row)}, {percent(row['service_target'])} filled{in_lots}{_together(row)}"


def _never_run_out(row: Row) -> str:
    return f"{_uncertainty(row)}, never run out {percent(row['service_target'])}{_together(row)}"


def _together(row: Row) -> str:
    """`, one of 60 that an assembly needs together, all there 97 %`."""
    if not row["together_count"]:
        return ""
    return f", one of {quantity(row['together_count'])} that an assembly needs together, all there {percent(row['together_target'])}"


def _fixed_quantity(row: Row) -> str:
    return "fixed quantity" if row["service_target"] > 0 else _nothing_to_guard(row)


def _nothing_to_guard(row: Row) -> str:
    """Why none is held, as far as the numbers tell; else it was set so."""
    if row["demand_per_day"] <= 0:
        return "nothing asks for it"
    if row["lead_time_days"] + row["review_days"] <= 0:
        return "no time passes before it can be had again, or no source is known"
    if row["error_sd"] <= 0:
        return "no forecast error is known yet"
    return "fixed quantity"


def _days_of_supply(row: Row) -> str:
    return f"{days(row['service_target'])} of supply at {quantity(row['demand_per_day'])}/day"


_BY_POLICY: dict[Policy, Callable[[Row], str]] = {
    Policy.CYCLE_SERVICE: _cycle_service,
    Policy.FILL_RATE: _fill_rate,
    Policy.NEVER_RUN_OUT: _never_run_out,
    Policy.FIXED_QUANTITY: _fixed_quantity,
    Policy.DAYS_OF_SUPPLY: _days_of_supply,
}


def _uncertainty(row: Row) -> str:
    text = f"{days(row['lead_time_days'])} lead time"
    if row["lead_time_sd_days"] > 0:
        text += f" +- {quantity(row['lead_time_sd_days'])}"
        if row["lead_time_receipts"] > 0:
            text += f" with {quantity(row['lead_time_receipts'])} receipts"
    if row["review_days"] > 0:
        text += f", {days(row['review_days'])} review"
    text += f", {'spread of demand' if row['error_by_demand'] else 'error'} {_error(row)}"
    if row["error_scale"] != 1:
        text += f" x {quantity(row['error_scale'])} from replay"
    if row["published_plans"]:
        text += f" ({_published(row)})"
    if row["demand_ends_days"] < row["protection_days"]:
        text += f", demand ends in {days(row['demand_ends_days'])}"
    return text + _SHAPES[Distribution(int(row["distribution"]))]


_SHAPES = {
    Distribution.NORMAL: "",
    Distribution.GAMMA: ", skewed",
    Distribution.NEGATIVE_BINOMIAL: ", intermittent",
}


def _error(row: Row) -> str:
    if np.isnan(row["error_rmse"]):
        return f"{quantity(row['error_sd'])}/{bucket_name(row['error_bucket_days'])}"
    return f"{quantity(row['error_rmse'])} over {days(row['protection_days'])}"


def _published(row: Row) -> str:
    """`backtest 7.1 %, 5 published plans 10.8 %`: shares of the demand that the error is one of."""
    mean = row["demand_per_day"] * row["protection_days"]
    if mean <= 0:
        return f"{quantity(row['published_plans'])} published plans in it"
    share = {
        name: f"{100 * row[name] / mean:.1f} %"
        for name in ("error_rmse", "error_expected", "error_published")
    }
    plans = f"{quantity(row['published_plans'])} published plan{'' if row['published_plans'] == 1 else 's'}"
    return f"{share['error_rmse']}: backtest {share['error_expected']}, {plans} {share['error_published']}"


def bucket_name(bucket_days: float) -> str:
    """`day`, `week`, `month`, `quarter`, or the number of days."""
    for name, shortest, longest in (("day", 1, 1), ("week", 7, 7), ("month", 28, 31), ("quarter", 84, 92)):
        if shortest <= bucket_days <= longest:
            return name
    return days(bucket_days)


def days(number: float) -> str:
    """`1 day`, `60 days`."""
    return f"{quantity(number)} day{'' if number == 1 else 's'}"


def percent(fraction: float) -> str:
    """`95 %`, `99.95 %`."""
    return f"{round(100 * fraction, 6):.10g} %"


def quantity(number: float) -> str:
    """Thousands separated, at most two decimals and none that are zero; small numbers to three digits."""
    if number and abs(number) < 1:
        return f"{number:.3g}"
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
