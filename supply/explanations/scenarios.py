"""Why a scenario's figure is what it is: the plan's figure and what each changed item-location adds to it."""

from collections.abc import Mapping

from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.explanations import Explanation, Part, Source, Sum, explains, runs
from siop.web.exports import scope_of
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month, number, percent, signed
from supply.engine.basics import Array

from ..selectors import scenarios as selectors
from ..selectors.pages.scenarios import added_by_place, named_places
from ..selectors.scenarios import Comparison, Measure

LARGEST = 8


@explains("scenario")
def scenario_figure(person: Person, scenario: str, measure: str, periods: str) -> Explanation:
    """A measure of a scenario over the first `periods`: base plus what its changed item-locations add."""
    found, row = _beside_base(person, scenario, measure, periods)
    version, value, before = (
        found.columns[0].scenario,
        found.columns[0].values[row.name],
        found.base[row.name],
    )
    parts = _ratio_parts(found, before, value) if row.over == selectors.RATIO else _parts(found, row, person)
    return Explanation(
        title=f"Why {_text(row, value)}?",
        sentence=runs(
            f"{row.label} comes to ", _text(row, value), f" in “{version.name}”: the plan has ", _text(row, before),
            f", the scenario {_changes(row, value - before)}.",
        ),
        parts=parts,
        total=value,
        total_label=row.label,
        places=_places(row),
        as_percent=row.unit == selectors.PERCENT,
        formula=row.definition,
        sums=_margin_sum(found) if row.name == "margin" else (),
        sources=[Source(label="The scenario", url=_address(version), meta=version.name)],
        computed=f"{plan_label(found.plan)}, {_window(found)}",
    )  # fmt: skip


@explains("scenario_delta")
def scenario_difference(person: Person, scenario: str, measure: str, periods: str) -> Explanation:
    """What a scenario adds to a measure of the plan, by the item-locations it changes."""
    found, row = _beside_base(person, scenario, measure, periods)
    version, value, before = (
        found.columns[0].scenario,
        found.columns[0].values[row.name],
        found.base[row.name],
    )
    parts = (
        _ratio_change(found)
        if row.over == selectors.RATIO
        else _moved_peak(found, row) + _added(found, row, person)
    )
    return Explanation(
        title=f"Why {_change_text(row, value - before)}?",
        sentence=runs(
            f"{row.label} is ", _text(row, value), f" in “{version.name}” and ", _text(row, before),
            f" in the plan: the scenario {_changes(row, value - before)}.",
        ),
        parts=parts or [Part(label="No item-location changes it", value=value - before)],
        total=value - before,
        total_label=f"{row.label}, difference",
        places=_places(row),
        as_percent=row.unit == selectors.PERCENT,
        formula=row.definition,
        sums=_margin_change(found) if row.name == "margin" else (),
        sources=[Source(label="The scenario", url=_address(version), meta=version.name)],
        computed=f"{plan_label(found.plan)}, {_window(found)}",
    )  # fmt: skip


def _beside_base(person: Person, scenario: str, measure: str, periods: str) -> tuple[Comparison, Measure]:
    version = _scenario(scenario)
    base = version.base
    assert base is not None  # noqa: S101 - _scenario saw to it
    found = selectors.compare(base, [version], scope=scope_of(person), periods=_periods(version, periods))
    return found, _measure(found, measure)


@explains("price_of_limits")
def price_of_limits(person: Person, within: str, best: str, periods: str) -> Explanation:
    """The best margin of all scenarios less the best of those that keep the limits."""
    pair = [_scenario(one) for one in (best, within)]
    base = pair[0].base
    assert base is not None  # noqa: S101 - _scenario saw to it
    found = selectors.compare(base, pair, scope=scope_of(person), periods=_periods(pair[0], periods))
    row = _measure(found, "margin")
    any_, kept = (column.values["margin"] for column in found.columns)
    shown = number(any_ - kept)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"“{pair[0].name}” has the best margin of all, “{pair[1].name}” of those that break no limit: the limits cost ",
            shown, ".",
        ),
        parts=[
            Part(label=f"Margin of “{pair[0].name}”", value=any_, url=_address(pair[0])),
            Part(label=f"Margin of “{pair[1].name}”", value=-kept, url=_address(pair[1])),
        ],
        total=any_ - kept,
        total_label="Price of keeping the limits",
        formula=row.definition,
        computed=f"{plan_label(base)}, {_window(found)}",
    )  # fmt: skip


@explains("scenario_base")
def base_figure(person: Person, plan: str, measure: str, periods: str) -> Explanation:
    """A measure of the plan itself over the first `periods`, by period."""
    version = readable_plan(plan)
    found = selectors.compare(version, [], scope=scope_of(person), periods=_periods(version, periods))
    row = _measure(found, measure)
    value = found.base[row.name]
    return Explanation(
        title=f"Why {_text(row, value)}?",
        sentence=runs(f"{row.label} of the plan comes to ", _text(row, value), f", {_window(found)}."),
        parts=_by_period(found, row),
        total=value,
        total_label=row.label,
        places=_places(row),
        as_percent=row.unit == selectors.PERCENT,
        formula=row.definition,
        sources=[
            Source(label="The plan's item-locations", url=reverse("supply:inventory"), meta="inventory")
        ],
        computed=plan_label(version),
    )


def _scenario(text: str) -> PlanVersion:
    version = selectors.scenarios().filter(pk=text).first() if text.isdecimal() else None
    if version is None or version.base is None:
        raise Http404(f"There is no scenario {text}.")
    return version


def _periods(version: PlanVersion, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= version.horizon:
        raise Http404(f"The plan has 1 to {version.horizon} periods.")
    return int(text)


def _measure(found: Comparison, name: str) -> Measure:
    row = next((one for one in found.measures if one.name == name), None)
    if row is None:
        raise Http404(f"There is no measure {name!r}.")
    return row


def _parts(found: Comparison, row: Measure, person: Person) -> list[Part]:
    """The base at the periods that count for the scenario, then the largest additions by name."""
    weights = _weights(found, row)
    return [
        Part(label="The plan", value=_base_at(found, row, weights), note=_peak(found, row, weights)),
        *_added(found, row, person),
    ]


def _weights(found: Comparison, row: Measure) -> Array:
    """How much each period (T,) counts for the scenario."""
    return row.spread(row.series(found.columns[0].sums.of(row)))


def _base_at(found: Comparison, row: Measure, weights: Array) -> float:
    return float(row.series(found.base_sums.of(row)) @ weights)


def _moved_peak(found: Comparison, row: Measure) -> list[Part]:
    """Where the highest month of the scenario is another one: the plan in that month against its own highest."""
    weights = _weights(found, row)
    moved = _base_at(found, row, weights) - found.base[row.name]
    note = f"{_peak(found, row, weights)} instead of its highest month"
    return [Part(label="The plan in that month", value=moved, note=note)] if moved else []


def _added(found: Comparison, row: Measure, person: Person) -> list[Part]:
    """The largest additions by name."""
    column, weights = found.columns[0], _weights(found, row)
    added = added_by_place(column.scenario, row, weights, scope_of(person))
    ranked = sorted(added, key=lambda one: -abs(one[2]))
    names = dict(named_places([(item, place) for item, place, _ in ranked[:LARGEST]]))
    parts = [
        Part(
            label=names[f"{item}-{place}"],
            value=value,
            url=reverse("supply:item_location", args=[item, place]),
        )
        for item, place, value in ranked[:LARGEST]
    ]
    rest = ranked[LARGEST:]
    if rest:
        parts.append(Part(label=f"{len(rest)} more item-locations", value=sum(one[2] for one in rest)))
    return parts


def _peak(found: Comparison, row: Measure, weights: Array) -> str:
    """Which month a highest or last figure is of."""
    if row.over not in (selectors.PEAK, selectors.LAST):
        return ""
    at = max(range(len(found.months)), key=lambda k: weights[k])
    return f"in {month(found.months[at])}"


def _ratio_parts(found: Comparison, before: float, value: float) -> list[Part]:
    units = (found.base["late"], found.columns[0].values["late"])
    return [
        Part(label="The plan", value=before, note=f"{number(units[0])} units late"),
        Part(label="The scenario adds", value=value - before, note=f"{number(units[1])} units late"),
    ]


def _ratio_change(found: Comparison) -> list[Part]:
    """What is late as a share of demand, before and then."""
    beside = found.columns[0].values
    shares = [_late_share(found.base), _late_share(beside)]
    return [
        Part(
            label="Late in the plan, no longer", value=shares[0], note=f"{number(found.base['late'])} units"
        ),
        Part(label="Late in the scenario", value=-shares[1], note=f"{number(beside['late'])} units"),
    ]


def _late_share(values: Mapping[str, float]) -> float:
    return 1 - values["fill_rate"]


def _by_period(found: Comparison, row: Measure) -> list[Part]:
    if row.over == selectors.RATIO:
        late = found.base["late"]
        return [
            Part(label="All that is asked for", value=1.0),
            Part(label="Late", value=found.base[row.name] - 1.0, note=f"{number(late)} units"),
        ]
    series = row.series(found.base_sums.of(row))
    weights = row.spread(series)
    rows = zip(found.months, series * weights, weights, strict=True)
    return [Part(label=month(day), value=float(value)) for day, value, weight in rows if weight]


def _margin_sum(found: Comparison) -> list[Sum]:
    """What the margin is made of, beside where it differs."""
    values = found.columns[0].values
    named = {row.name: row for row in found.measures}
    parts = [Part(label=named[name].label, value=values[name]) for name in selectors.MARGIN_PARTS]
    return [Sum(title="What it is made of", parts=parts, total=values["margin"], total_label="Margin")]


def _margin_change(found: Comparison) -> list[Sum]:
    """Which parts of the margin differ."""
    named = {row.name: row for row in found.measures}
    changes = {
        name: found.columns[0].values[name] - found.base[name] for name in (*selectors.MARGIN_PARTS, "margin")
    }
    parts = [Part(label=named[name].label, value=changes[name]) for name in selectors.MARGIN_PARTS]
    return [Sum(title="Where it differs", parts=parts, total=changes["margin"], total_label="Difference")]


def _text(row: Measure, value: float) -> str:
    return percent(value) if row.unit == selectors.PERCENT else number(value, _places(row))


def _places(row: Measure) -> int:
    return 1 if row.unit in (selectors.PERCENT, selectors.SPACE) else 0


def _change_text(row: Measure, change: float) -> str:
    return signed(change * 100 if row.unit == selectors.PERCENT else change, _places(row))


def _changes(row: Measure, change: float) -> str:
    text = _change_text(row, change)
    if text.strip("+−") in ("0", "0.0"):
        return "leaves it as it is"
    return f"adds {text}" + (" points" if row.unit == selectors.PERCENT else "")


def _window(found: Comparison) -> str:
    return f"{month(found.months[0])} to {month(found.months[-1])}"


def _address(scenario: PlanVersion) -> str:
    return f"{reverse('supply:scenarios')}?show={scenario.pk}&chosen={scenario.pk}"
