"""Why a forecast or a consensus is what it is: of one series by its components, of a node by what is beneath."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Sum
from django.http import Http404

from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.models import Category, Item, Location, Segment
from siop.catalog.units import places_of, unit_of
from siop.plans.models import PlanVersion
from siop.web import rows
from siop.web.explanations import (
    Change,
    Explanation,
    Part,
    Source,
    explains,
    read_period,
    rounded_to_sum,
    runs,
    url,
)
from siop.web.explanations import Sum as Beneath
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import counted, latest_import
from siop.web.templatetags.siop import day, number, percent, signed
from siop.web.templatetags.siop import month as month_label

from .. import cause_words
from ..models import ConsensusLine, DemandSeries, ExternalDemand, ForecastLine, Override
from ..nodes import Node, parse

LARGEST = 8


@explains("forecast")
def forecast_cell(person: Person, plan: str, node: str, month: str) -> Explanation:
    """Statistical forecast of a node in one period: components of a series, children of anything above."""
    version, place, period = readable_plan(plan), parse(node), read_period(month)
    series = _only(place.visible_series(person))
    if series is not None:
        return _forecast_of_series(person, version, series, period)
    return _forecast_of_node(person, version, place, period)


@explains("consensus")
def consensus_cell(person: Person, plan: str, node: str, month: str) -> Explanation:
    """Consensus demand of a node in one period: the statistical forecast and what people changed."""
    version, place, period = readable_plan(plan), parse(node), read_period(month)
    series = _only(place.visible_series(person))
    if series is not None:
        return _consensus_of_series(person, version, series, period)
    return _consensus_of_node(person, version, place, period)


def _forecast_of_series(person: Person, plan: PlanVersion, series: DemandSeries, period: date) -> Explanation:
    h = horizon_index(plan, period)
    line = forecast_lines(plan).filter(series=series).select_related("run").first()
    if line is None:
        raise Http404(f"{plan} has no forecast of this series.")
    unit, places = unit_of(series.item), places_of(series.item)
    shown = number(line.statistical[h], places)
    parts = [
        Part(label="Level", value=line.level[h]),
        Part(label="Trend", value=line.trend[h]),
        Part(label="Season", value=line.season[h]),
        *cause_words.parts(line, h, places=places),
    ]
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "The forecast of ", f"{shown} {unit}", f" of {series.item} for {_where(series)} in ",
            month_label(period), " comes from ", line.method,
            "; " + cause_words.sentence(line, h, places=places) + _backtest(line),
        ),
        parts=parts,
        total=line.statistical[h],
        total_label=f"Forecast, {unit}",
        places=places,
        formula="level + trend + season + drivers + events",
        note=cause_words.span(line, h, places=places) + f"80 % of the time it should lie between {number(line.low_80[h], places)} and "
        f"{number(line.high_80[h], places)}, 95 % between {number(line.low_95[h], places)} and "
        f"{number(line.high_95[h], places)}. {_season_note(line)} {line.note}".strip(),
        sources=_forecast_sources(person, plan, series, period),
        changes=_forecast_changes(line, h),
        computed=f"Forecast run {line.run_id} of {day(line.run.created)} · {plan_label(plan)}",
    )  # fmt: skip


def _forecast_of_node(person: Person, plan: PlanVersion, node: Node, period: date) -> Explanation:
    h = horizon_index(plan, period)
    lines = forecast_lines(plan).filter(series__in=node.visible_series(person))
    total, parts = _children(lines, node, field=f"statistical__{h}", link=_link("forecast", plan, period))
    label, places = _label(node), _places(node)
    shown = number(total, places)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "The forecast of ", f"{shown} units", f" for {label} in ", month_label(period),
            " is the sum of what lies beneath it.",
        ),
        parts=parts,
        total=total,
        total_label="Forecast",
        places=places,
        sources=_node_sources(person, plan, node, period),
        computed=plan_label(plan),
    )  # fmt: skip


def _consensus_of_series(
    person: Person, plan: PlanVersion, series: DemandSeries, period: date
) -> Explanation:
    h = horizon_index(plan, period)
    line = ConsensusLine.objects.filter(plan=plan, series=series).first()
    if line is None:
        raise Http404(f"{plan} has no consensus of this series.")
    forecast = forecast_lines(plan).filter(series=series).first()
    statistical = forecast.statistical[h] if forecast else 0.0
    places, unit = places_of(series.item), unit_of(series.item)
    made = list(overrides_of(series, period))
    parts = [
        Part(
            label="Statistical forecast",
            value=statistical,
            note=forecast.method if forecast else "none yet",
            url=url("forecast", plan.pk, f"s{series.pk}", period) if forecast else "",
        )
    ]
    change = line.quantity[h] - statistical
    if change or h in line.overridden:
        parts.append(_change_part(plan, series, period, change=change, made=made))
    shown = number(line.quantity[h], places)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "The plan counts on ", f"{shown} {unit}", f" of {series.item} for {_where(series)} in ",
            month_label(period), ": " + _who_changed(change, made, places),
        ),
        parts=parts,
        total=line.quantity[h],
        total_label=f"Consensus demand, {unit}",
        places=places,
        sources=[*_override_sources(made, series, period), *_forecast_sources(person, plan, series, period)],
        changes=[Change(label="Back to the statistical forecast", delta=-change, value=statistical)] if change else [],
        computed=f"{plan_label(plan)} · row version {line.version}",
    )  # fmt: skip


def _consensus_of_node(person: Person, plan: PlanVersion, node: Node, period: date) -> Explanation:
    h = horizon_index(plan, period)
    series = node.visible_series(person)
    lines = ConsensusLine.objects.filter(plan=plan, series__in=series)
    total, beneath = _children(lines, node, field=f"quantity__{h}", link=_link("consensus", plan, period))
    statistical = _sum(forecast_lines(plan).filter(series__in=series), f"statistical__{h}")
    places, label = _places(node), _label(node)
    shown = number(total, places)
    of_forecast, of_people = rounded_to_sum([statistical, total - statistical], total, places=places)
    statistical_url = url("forecast", plan.pk, node.key, period)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "The plan counts on ", f"{shown} units", f" for {label} in ", month_label(period),
            f": {number(of_forecast, places)} forecast and {signed(of_people, places)} by people.",
        ),
        parts=[
            Part(label="Statistical forecast", value=statistical, url=statistical_url),
            Part(label="Changed by people", value=total - statistical, url=rows.url("overrides", month=period)),
        ],
        total=total,
        total_label="Consensus demand",
        places=places,
        sums=[Beneath(title="What lies beneath", parts=beneath, total=total, total_label="Consensus demand")],
        sources=_node_sources(person, plan, node, period),
        computed=plan_label(plan),
    )  # fmt: skip


def _change_part(
    plan: PlanVersion, series: DemandSeries, period: date, *, change: float, made: list[Override]
) -> Part:
    """One part for all that moved the leaf away from its forecast, named after who or what did."""
    active = [override for override in made if override.revoked is None]
    if len(active) == 1:
        one = active[0]
        note = f"{one.person}, {day(one.created)}" + (f": {one.reason}" if one.reason else "")
        return Part(label="Override", value=change, note=note, url=_overrides_url(one))
    if active:
        people = ", ".join(sorted({str(override.person) for override in active}))
        return Part(
            label=f"{len(active)} overrides", value=change, note=people, url=_overrides_url(active[-1])
        )
    known = calendar.load()
    given = ExternalDemand.objects.filter(
        item=series.item, location=series.location, date__range=(period, known.end_of(period))
    )
    if given.exists():
        return Part(label="Demand made elsewhere", value=change, note="imported instead of the forecast")
    if made:
        return Part(
            label="Override, revoked since",
            value=change,
            note=f"by {made[-1].person}",
            url=_overrides_url(made[-1]),
        )
    return Part(label="Rounding to the step", value=change, note=f"step {series.item.step.normalize()}")


def _overrides_url(override: Override) -> str:
    return rows.url("overrides", item=override.item_id, category=override.category_id, month=override.month)


def _override_sources(made: Iterable[Override], series: DemandSeries, period: date) -> list[Source]:
    seen: dict[str, Source] = {}
    for override in made:
        address = _overrides_url(override)
        label = f"Override of {override.item or override.category or 'everything'}"
        seen.setdefault(
            address, Source(label=label, url=address, meta=f"{override.person}, {day(override.created)}")
        )
    return list(seen.values())


def overrides_of(series: DemandSeries, period: date) -> QuerySet[Override]:
    """Overrides typed at this series or any node above it, revoked ones too, in the order of replay."""
    above = _categories_above(series.item.category_id)
    return (
        Override.objects.filter(month=period)
        .filter(Q(item=series.item_id) | Q(category__in=above) | Q(item=None, category=None))
        .filter(Q(location=None) | Q(location=series.location_id))
        .filter(Q(segment=None) | Q(segment=series.segment_id))
        .select_related("person", "item", "category")
        .order_by("sequence")
    )


def forecast_lines(plan: PlanVersion) -> QuerySet[ForecastLine]:
    """Forecast lines that the consensus of a plan was made from."""
    return ForecastLine.objects.filter(
        series__consensus_lines__plan=plan, run=F("series__consensus_lines__run")
    )


def horizon_index(plan: PlanVersion, period: date) -> int:
    """Position of a period in the horizon of a plan; Http404 outside it."""
    index = calendar.load().between(plan.as_of, period)
    if not 0 <= index < plan.horizon:
        raise Http404(f"{period} lies outside the horizon of {plan}.")
    return index


def _forecast_sources(person: Person, plan: PlanVersion, series: DemandSeries, period: date) -> list[Source]:
    place = {"item": series.item_id, "location": series.location_id, "segment": series.segment_id}
    before = _last_known_year(plan, period)
    return [
        counted(person, f"Sales in {month_label(before)}", "sales", **place, month=before),
        counted(person, "All its sales", "sales", **place),
        counted(person, "Cleansed months", "marks", **place),
        *latest_import("sales", data_version=plan.data_version),
    ]


def _node_sources(person: Person, plan: PlanVersion, node: Node, period: date) -> list[Source]:
    place = {"category": node.category, "item": node.item, "location": node.location, "segment": node.segment}
    before = _last_known_year(plan, period)
    return [
        counted(person, f"Sales in {month_label(before)}", "sales", **place, month=before),
        *latest_import("sales", data_version=plan.data_version),
    ]


def _last_known_year(plan: PlanVersion, period: date) -> date:
    """The same period of the newest year that is history."""
    known = calendar.load()
    season = 52 if plan.bucket == "week" else 12
    while period >= plan.as_of:
        period = known.shift(period, -season)
    return period


def _forecast_changes(line: ForecastLine, h: int) -> list[Change]:
    changes = []
    season = line.run.season
    if len(line.history) >= season:
        sold = line.history[len(line.history) - season + h % season]
        changes.append(Change(label="As sold a year before", delta=sold - line.statistical[h], value=sold))
    return changes + cause_words.changes(line, h)


def _backtest(line: ForecastLine) -> str:
    if line.backtest_wape is None and not line.run.parameters.get("knew_backtest"):
        return "it is not yet backtested."
    if line.backtest_wape is None:
        return "there is not enough history to test it against the past."
    tested = f"tested on {line.backtest_origins} past months it missed by {percent(line.backtest_wape)}"
    if line.naive_wape is None:
        return f"{tested}."
    return f"{tested}, {_held_against(line)} by {percent(line.naive_wape)}."


def _held_against(line: ForecastLine) -> str:
    """What the backtest compared the method with: each tested month had its own month of last year only where the
    item had sold for a year before the first of them; before that it was the newest month.
    """
    sold = next((place for place, quantity in enumerate(line.history) if quantity), len(line.history))
    lived, season = len(line.history) - sold, line.run.season
    if lived >= season + line.backtest_origins:
        return "last year's figures"
    if lived <= season:
        return "its newest figure, repeated,"
    return "last year's figures, or the newest where there was no year before,"


def _season_note(line: ForecastLine) -> str:
    if line.seasonal_weight >= 1:
        return "The season is its own."
    if line.seasonal_weight <= 0:
        return "The season is that of its category."
    return f"The season is {percent(line.seasonal_weight, 0)} its own, the rest its category's."


def _who_changed(change: float, made: list[Override], places: int) -> str:
    active = [override for override in made if override.revoked is None]
    if not change:
        return "the statistical forecast, unchanged."
    if active:
        return f"{active[-1].person} moved the forecast by {signed(change, places)}."
    return f"the forecast, moved by {signed(change, places)}."


def _children(
    lines: QuerySet[Any], node: Node, *, field: str, link: Callable[[Node], str]
) -> tuple[float, list[Part]]:
    """Total at a node and its largest children; what is small is one part."""
    level = _child_level(node)
    sums = {
        pk: value or 0.0
        for pk, value in lines.values_list(f"series__{level}").annotate(
            value=Sum(F(field), output_field=FloatField())
        )
    }
    if not sums:
        raise Http404("Nothing beneath this node has a forecast that you may see.")
    grouped = _by_child_category(node, sums) if level == "item__category" else dict(sums)
    named = sorted(grouped.items(), key=lambda pair: -abs(pair[1]))
    labels = _labels(level, [pk for pk, _ in named[:LARGEST] if pk not in (None, node.category)])
    parts = [
        Part(
            label=labels.get(pk, "Itself"),
            value=value,
            url=link(_child(node, level, pk)) if pk in labels else "",
        )
        for pk, value in named[:LARGEST]
    ]
    if len(named) > LARGEST:
        rest = sum(value for _, value in named[LARGEST:])
        parts.append(Part(label=f"{len(named) - LARGEST} others", value=rest))
    return sum(grouped.values()), parts


def _child_level(node: Node) -> str:
    """What a node is taken apart into: categories, then items, locations, segments."""
    if node.item is not None:
        return "segment" if node.location is not None else "location"
    if node.category is None or Category.objects.filter(parent=node.category).exists():
        return "item__category"
    return "item"


def _by_child_category(node: Node, sums: dict[Any, float]) -> dict[Any, float]:
    """Sums by category, brought up to the categories directly below the node."""
    parents = dict(Category.objects.values_list("id", "parent_id"))
    out: dict[Any, float] = {}
    for pk, value in sums.items():
        at = pk
        while at not in (None, node.category) and parents.get(at) not in (None, node.category):
            at = parents[at]
        out[at] = out.get(at, 0.0) + value
    return out


def _child(node: Node, level: str, pk: int) -> Node:
    name = {"item__category": "category"}.get(level, level)
    return replace(node, **({"category": None} if name == "item" else {}), **{name: pk})


def _labels(level: str, ids: list[int]) -> dict[int, str]:
    model = {"item__category": Category, "item": Item, "location": Location, "segment": Segment}[level]
    return {one.pk: str(one) for one in model._default_manager.filter(pk__in=ids)}


def _link(kind: str, plan: PlanVersion, period: date) -> Callable[[Node], str]:
    return lambda node: url(kind, plan.pk, node.key, period)


def _sum(lines: QuerySet[Any], field: str) -> float:
    return lines.aggregate(value=Sum(F(field), output_field=FloatField()))["value"] or 0.0


def _only(series: QuerySet[DemandSeries]) -> DemandSeries | None:
    """The one series beneath a node, None where there are several; Http404 where there is none."""
    found = list(series.select_related("item", "location", "segment")[:2])
    if not found:
        raise Http404("Nothing beneath this node lies within what you may see.")
    return found[0] if len(found) == 1 else None


def _categories_above(pk: int | None) -> list[int]:
    parents = dict(Category.objects.values_list("id", "parent_id"))
    out: list[int] = []
    while pk is not None and pk not in out:
        out.append(pk)
        pk = parents.get(pk)
    return out


def _where(series: DemandSeries) -> str:
    return f"{series.segment} at {series.location}"


def _label(node: Node) -> str:
    named = (
        (Category, node.category), (Item, node.item), (Location, node.location), (Segment, node.segment),
    )  # fmt: skip
    words = [rows.named(model, pk) for model, pk in named if pk is not None]
    return ", ".join(words) or "everything"


def _places(node: Node) -> int:
    item = Item.objects.filter(pk=node.item).first() if node.item is not None else None
    return places_of(item) if item else 0
