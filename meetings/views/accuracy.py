"""Accuracy: how far forecasts were off, what each step was worth, and what the process has brought."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from forecasting.nodes import Node
from forecasting.selectors import accuracy, backtest, override_value
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Category, Segment
from siop.catalog.visibility import visible_items, visible_locations
from siop.web import explanations, exports
from siop.web.headlines import Headline
from siop.web.lists import choice, query_with
from siop.web.render import render_page
from siop.web.templatetags.siop import number, percent, signed

from ..selectors import benefits, cycles, kpis, measures, supply_lags, trends
from . import accuracy_charts as charts
from .common import Shown, sees_everything

LEVELS = {"category": "Category", "item": "Item", "location": "Location", "segment": "Segment"}
ROWS = 40


@requires(Permission.VIEW)
@require_GET
def accuracy_page(request: HttpRequest) -> HttpResponse:
    page = Shown(person_of(request), cycles.current_cycle())
    node, chosen = _node(request, page.person)
    lines = accuracy.scored_lines(page.person, node)
    lags = accuracy.lags_known(lines)
    supply_lag = accuracy.nearest_lag(lags, supply_lags.company_lag())
    wanted = request.GET.get("lag", "")
    lag = int(wanted) if wanted.isdigit() and int(wanted) in lags else supply_lag
    context: dict[str, Any] = {
        "page_title": "Accuracy",
        "chosen": chosen,
        "narrowed": any(chosen.values()),
        "lag": lag,
        "supply_lag": supply_lag,
        "kpis": _service_headlines(page),
        **_choices(page.person),
        **_backtest(page, node),
        **_benefits(page),
    }
    if lag is not None:
        measured = _measured(request, page.person, node, lag)
        context |= measured | {"kpis": [*measured["kpis"], *context["kpis"]]}
    return render_page(request, "meetings/accuracy.html", page.context(**context))


@requires(Permission.VIEW)
@require_GET
def accuracy_workbook(request: HttpRequest) -> HttpResponseBase:
    """The export of the kind `accuracy` as a workbook: every series and lag."""
    try:
        found = exports.extract("accuracy", person=person_of(request))
    except exports.ExportError as error:
        raise Http404(str(error)) from error
    return exports.as_file(found, format="xlsx")


def _node(request: HttpRequest, person: Person) -> tuple[Node, dict[str, str]]:
    """The node that the address names by codes, within what the person may see; Http404 for unknown codes."""
    known: dict[str, Any] = {
        "category": Category.objects.all(),
        "item": visible_items(person),
        "location": visible_locations(person),
        "segment": Segment.objects.all(),
    }
    chosen = {name: request.GET.get(name, "").strip() for name in known}
    ids: dict[str, int] = {}
    for name, code in chosen.items():
        if not code:
            continue
        found = known[name].filter(code=code).values_list("pk", flat=True).first()
        if found is None:
            raise Http404(f"There is no {name} {code}.")
        ids[name] = found
    return Node(**ids), chosen


def _choices(person: Person) -> dict[str, Any]:
    return {
        "categories": Category.objects.order_by("code").values_list("code", flat=True),
        "locations": visible_locations(person).order_by("code").values_list("code", flat=True),
        "segments": Segment.objects.order_by("code").values_list("code", flat=True),
    }


def _measured(request: HttpRequest, person: Person, node: Node, lag: int) -> dict[str, Any]:
    """Everything that rests on closed months, at one lag."""
    every = accuracy.scored_lines(person, node)
    at_lag = every.filter(lag=lag)
    lines = accuracy.newest(at_lag)
    found = accuracy.measured(lines)
    months = accuracy.by_month(at_lag)
    level = choice(request.GET, "by", list(LEVELS), "item" if node.category else "category")
    groups = accuracy.by_group(lines, level)
    return {
        "found": found,
        "kpis": _headlines(found, node, lag, [one.wape for one in months.values()]),
        "error_chart": charts.error_by_month(months, lag),
        "steps_chart": charts.error_by_step(found),
        "bias_chart": charts.bias_by_month(accuracy.by_month(lines)),
        "by_lag": [
            {"lag": one, "found": row, "url": query_with(request.GET, lag=str(one))}
            for one, row in accuracy.by_lag(accuracy.newest(every)).items()
        ],
        "at_own_lag": accuracy.measured(supply_lags.at_own_lag(accuracy.newest(every))),
        "chips": [
            {"label": label, "count": None, "url": query_with(request.GET, by=name), "on": name == level}
            for name, label in LEVELS.items()
        ],
        "level": LEVELS[level],
        "groups": [_group(request, group, level, lag) for group in groups[:ROWS]],
        "more_groups": max(len(groups) - ROWS, 0),
        "overrides": override_value.score_of_all(lines),
        "reasons": override_value.scores_by_reason(lines),
        "own": override_value.score_of(lines, person),
    }


def _group(request: HttpRequest, group: accuracy.Group, level: str, lag: int) -> dict[str, Any]:
    return {
        "label": group.label,
        "found": group.measured,
        "steps": [group.measured.error(step) for step in accuracy.STEPS],
        "url": query_with(request.GET, **{level: group.label}, by=None) if group.key else "",
        "why": explanations.url("accuracy", group.key, lag) if group.key and group.measured.sold else "",
    }


def _headlines(found: accuracy.Measured, node: Node, lag: int, trend: list[float | None]) -> list[Headline]:
    """The headline figures of closed months, with their definitions."""
    kinds = ("accuracy", "accuracy_bias", "accuracy_added", "accuracy_held")
    why = {kind: explanations.url(kind, node.key, lag) if found.sold else "" for kind in kinds}
    definition = {name: kpis.BY_NAME[name].definition for name in ("wape", "bias", "value_added")}
    return [
        Headline(
            label="Forecast error",
            value=percent(found.wape),
            why=why["accuracy"],
            definition=definition["wape"],
            note="WAPE, 12 months",
            trend=trend,
        ),
        Headline(
            label="Bias",
            value=f"{signed((found.bias or 0) * 100, 1)} %" if found.sold else "-",
            why=why["accuracy_bias"],
            definition=definition["bias"],
            note="+ is too much",
        ),
        Headline(
            label="Value added",
            value=_points(found.value_added),
            why=why["accuracy_added"],
            definition=definition["value_added"],
            note="against last year",
        ),
        Headline(
            label="80 % interval held",
            value=percent(found.coverage_80, 0),
            why=why["accuracy_held"] if found.seen else "",
            definition="Share of series and months in which what came lay within the 80 % interval.",
            note=f"95 %: {percent(found.coverage_95, 0)}",
        ),
    ]


def _points(value: float | None) -> str:
    return "-" if value is None else f"{signed(value * 100, 1)} pts"


def _service_headlines(page: Shown) -> list[Headline]:
    """Service and turns of the whole company, where the person sees all of it."""
    if page.plan is None or not sees_everything(page.person):
        return []
    return [
        replace(trends.headline(name, page.cycle, page.plan, last_cycle=page.last_plan), trend=())
        for name in ("fill_rate", "otif", "turns")
    ]


def _backtest(page: Shown, node: Node) -> dict[str, Any]:
    if page.plan is None:
        return {"methods": []}
    methods = backtest.by_method(page.plan, page.person, node)
    whole = backtest.total(methods)
    return {
        "methods": methods,
        "tested": whole,
        "backtest_title": _backtest_title(methods, whole),
        "tested_lags": backtest.by_lag(page.plan, page.person, node),
    }


def _backtest_title(methods: list[backtest.Tested], whole: backtest.Tested) -> str:
    if not whole.tested or whole.wape is None:
        return "Not yet backtested"
    title = (
        f"Tested on {whole.origins} past months, one month ahead: {percent(whole.wape)} off, "
        f"last year's figures {percent(whole.naive_wape)}"
    )
    naive = sum(one.series for one in methods if one.is_naive)
    return f"{title}; {number(naive)} series use those, being better" if naive else title


def _benefits(page: Shown) -> dict[str, Any]:
    if page.plan is None or not sees_everything(page.person):
        return {}
    service = benefits.service_by_month(page.plan)
    return {
        "measures": measures.newest(),
        "shows_benefits": True,
        "service_chart": charts.service_by_month(service) if len(service) > 1 else None,
        "stock": benefits.stock_benefit(page.plan),
        "stock_chart": charts.stock_value(benefits.stock_value(page.plan.as_of), page.sign),
        "satisfaction": benefits.satisfaction(page.plan),
    }
