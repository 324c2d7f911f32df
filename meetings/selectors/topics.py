"""What the executive meeting has to talk about, computed from the plan: each topic with chart and options."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from forecasting.models import Assumption
from siop.catalog import parameters
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan, planned_months
from siop.web.templatetags.siop import first_clause, number
from supply.enums import ExceptionKind, ExceptionStatus
from supply.models import PlanException, PlanLine

from ..addresses import address
from ..enums import Colour, StageKind
from ..models import Cycle, KpiValue
from ..words import day, listed, many, money, percent, share, signed_money, symbol
from . import actions, comparisons, gates
from .cycles import APPROVE, previous_plan
from .trends import cycles_back, red_running, shown

TOP = 3
OVERDUE, ALERTS, BUDGET, FIGURES = "overdue", "alerts", "budget", "figures"
DATED_COSTS = (ExceptionKind.TARIFF,)
SHIFTS = (ExceptionKind.FORECAST_SHIFT,)


@dataclass(frozen=True)
class Topic:
    key: str
    title: str
    detail: str
    minutes: int
    facts: dict[str, Any] = field(default_factory=dict)


def topics(cycle: Cycle) -> list[Topic]:
    """Overdue actions first, then shifts of demand, losses that need a decision, hard policies, dated costs,
    the gap to budget, figures red three cycles running, and the approval of the plan."""
    plan = cycle.plan
    if plan is None:
        return []
    sign = symbol()
    found = [
        *_overdue(sign),
        *_alerts(sign),
        *_losses(plan, sign),
        *_hard_policies(plan),
        *_dated_costs(plan, sign),
        *_budget_gap(cycle, plan, sign),
        *_red_figures(cycle),
        _approval(plan),
    ]
    return found


def _overdue(sign: str) -> list[Topic]:
    late = actions.overdue()
    if not late:
        return []
    rows = [
        [item.code, item.title, item.owner.name, day(item.due)]
        for item in late  # how late changes by the day
    ]
    title = f"{many(len(late), 'overdue action')}"
    return [
        Topic(OVERDUE, title, listed([item.code for item in late]), 5, {
            "table": {"columns": ["Action", "What", "Owner", "Due"], "rows": rows},
            "link": address("meetings:actions", show="overdue"),
        })
    ]  # fmt: skip


def open_exceptions(plan: PlanVersion) -> list[PlanException]:
    """Open ones by avoidable loss, greatest first."""
    return list(
        PlanException.objects.filter(plan=plan, status=ExceptionStatus.OPEN)
        .select_related("item", "location")
        .order_by("-avoidable_loss", "rank")
    )


def _alerts(sign: str) -> list[Topic]:
    """Shifts of demand since the freeze stand in the live plan (S49)."""
    live = current_live_plan()
    if live is None:
        return []
    shifts = [row for row in open_exceptions(live) if row.kind in SHIFTS][:TOP]
    return [_threat(row, sign, key=f"{ALERTS}:{row.key}") for row in shifts]


def _losses(plan: PlanVersion, sign: str) -> list[Topic]:
    """The greatest of what can be avoided, and of shortages that stay whatever is done: who goes without them."""
    rows = [
        row for row in open_exceptions(plan) if _stake(row) > 0 and row.kind not in (*DATED_COSTS, *SHIFTS)
    ]
    rows.sort(key=_stake, reverse=True)
    count = int(parameters.number("agenda_exceptions", TOP))
    return [_threat(row, sign, key=f"exception:{row.key}", minutes=10) for row in rows[:count]]


def _stake(row: PlanException) -> Decimal:
    """What a decision is about: the avoidable loss, else all of a shortage against which the plan does what it can."""
    stays = row.kind == ExceptionKind.SHORTAGE and row.action == "order_now"
    return row.avoidable_loss or (row.money_at_risk if stays else Decimal(0))


def _dated_costs(plan: PlanVersion, sign: str) -> list[Topic]:
    rows = [row for row in open_exceptions(plan) if row.kind in DATED_COSTS and row.avoidable_loss > 0]
    return [_threat(row, sign, key=f"exception:{row.key}") for row in rows[:TOP]]


def _threat(row: PlanException, sign: str, *, key: str, minutes: int = 5) -> Topic:
    return Topic(
        key,
        row.title,
        f"{_at_stake(row, sign)}, act by {day(row.last_responsible_date)}",
        minutes,
        {
            "chart": stock_chart(row),
            "place": [row.item_id, row.location_id],
            "options": threat_options(row, sign),
            "proposed": 1,
            "why": address("web:why", "exception", str(row.pk)),
            "why_label": f"Why {money(row.money_at_risk, sign)}?",
            "link": address("supply:exceptions", exception=row.pk),
            "effect": {"kpi": "avoidable_loss", "change": -float(row.avoidable_loss), "node": _node(row)},
        },
    )


def _at_stake(row: PlanException, sign: str) -> str:
    if row.avoidable_loss > 0:
        return f"{money(row.avoidable_loss, sign)} avoidable"
    return f"{money(row.money_at_risk, sign)} lost even so"


def _node(row: PlanException) -> dict[str, str]:
    node = {"item": row.item.code} if row.item else {}
    return node | ({"location": row.location.code} if row.location else {})


def threat_options(row: PlanException, sign: str) -> list[dict[str, Any]]:
    """Accept it, or do what is suggested: money first, then the same rows for both."""
    expected = float(row.money_at_risk) * row.probability
    left = max(0.0, expected - float(row.avoidable_loss) - float(row.action_cost))
    act = first_clause(row.suggestion) or "Act on it"

    def figures(loss: float, cost: float) -> list[list[str]]:
        return [
            ["Money at risk", money(row.money_at_risk, sign), ""],
            ["Probability", percent(row.probability, 0), ""],
            ["Expected loss", money(loss, sign), "bad" if loss >= 0.5 else ""],
            ["Cost of action", money(cost, sign), ""],
            ["Loss and cost", money(loss + cost, sign), ""],
            ["Quantity", f"{row.quantity:,.0f}", ""],
            ["Act by", day(row.last_responsible_date), ""],
        ]

    return [
        {
            "title": "Accept it",
            "money": 0.0,
            "label": "against accepting it",
            "figures": figures(expected, 0.0),
        },
        {
            "title": act,
            "money": float(row.avoidable_loss),
            "label": "against accepting it" if row.avoidable_loss else "the plan counts on it already",
            "figures": figures(left, float(row.action_cost)),
        },
    ]


def stock_chart(row: PlanException) -> dict[str, Any] | None:
    """Stock at the end of each period beside its target, where the threat is about one item-location."""
    if row.item_id is None or row.location_id is None:
        return None
    line = PlanLine.objects.filter(plan_id=row.plan_id, item=row.item_id, location=row.location_id).first()
    if line is None:
        return None
    months = [f"{month:%b %y}" for month in planned_months(row.plan)]
    series = [
        {
            "name": "Stock at period end",
            "kind": "line",
            "style": "blue",
            "values": line.closing,
            "points": True,
        },
        {"name": "Safety stock", "kind": "line", "style": "dash", "values": line.safety_stock},
    ]
    if any(line.shortage):
        series.append({"name": "Short", "kind": "bar", "style": "ex", "values": line.shortage})
    return {
        "title": f"{row.item} at {row.location} {_within_a_period(row, line) or _stock_finding(row, line, months)}",
        "spec": {"x": months[: len(line.closing)], "series": series},
    }


def _within_a_period(row: PlanException, line: PlanLine) -> str:
    """A shortage that no period end shows: late by days, served before the period is over."""
    if row.kind != ExceptionKind.SHORTAGE or row.month is None or any(line.shortage):
        return ""
    return f"runs short within {row.month:%b %y} and has caught up by its end"


def _stock_finding(row: PlanException, line: PlanLine, months: list[str]) -> str:
    """The worst period end: the most that is short, else how far stock falls below its safety stock."""
    short = max(line.shortage, default=0.0)
    if short > 0:
        return f"is {number(short)} short at the end of {months[line.shortage.index(short)]}{_late_beside(row, short)}"
    below = [safety - closing for safety, closing in zip(line.safety_stock, line.closing, strict=True)]
    worst = max(below, default=0.0)
    if worst > 0:
        return f"ends {months[below.index(worst)]} {number(worst)} under its safety stock"
    return "ends each period at its safety stock or above"


def _late_beside(row: PlanException, short: float) -> str:
    """Why the exception names another quantity than the worst period end: it counts all that comes late."""
    if row.kind != ExceptionKind.SHORTAGE or number(row.quantity) == number(short):
        return ""
    others = "other items and " if len(row.parts) > 1 else ""
    return f"; the {number(row.quantity)} that come late count {others}what is late within a period, too"


def _hard_policies(plan: PlanVersion) -> list[Topic]:
    broken = gates.hard_policy_breaches(plan)
    if not broken:
        return []
    rows = [
        [str(row.item), str(row.location), percent(row.simulated_risk, 2), number(row.safety_stock)]
        for row in broken
    ]
    return [
        Topic(gates.HARD_POLICY, f"Never run out: {many(len(broken), 'target does', 'targets do')} not hold",
              listed([str(row.item) for row in broken]), 10, {
            "table": {"columns": ["Item", "Location", "Simulated risk", "Safety stock"], "rows": rows},
            "options": [
                {"title": "Bring stock forward", "money": None, "label": "supply review reopens", "figures": [],
                 "reopens": StageKind.SUPPLY_REVIEW},
                {"title": "Accept the exception", "money": None, "label": "named in the minutes",
                 "figures": [[gates.place_of(row), percent(row.simulated_risk, 2), "bad"] for row in broken]},
            ],
            "proposed": 0,
        })
    ]  # fmt: skip


def _budget_gap(cycle: Cycle, plan: PlanVersion, sign: str) -> list[Topic]:
    found = comparisons.compare(plan, last_cycle=previous_plan(cycle))
    gap, part = found.gap(comparisons.BUDGET), found.gap_share(comparisons.BUDGET)
    if gap is None or part is None or abs(part) <= gates.gap_limit():
        return []
    return [
        Topic(
            BUDGET,
            f"Demand plan {'under' if gap < 0 else 'over'} budget by {money(abs(gap), sign)}",
            f"{signed_money(gap, sign)}, {share(part)}",
            10,
            {
                "chart": budget_chart(found, sign),
                "options": gap_options(gap, sign),
                "proposed": 0,
                "link": address("meetings:reconciliation"),
                "effect": {"kpi": "demand_plan", "expected": found.total(comparisons.PLAN), "node": {}},
            },
        )
    ]


def budget_chart(found: comparisons.Comparison, sign: str) -> dict[str, Any]:
    """Gap by family, as bars."""
    found = found.beside(comparisons.BUDGET)
    plan, budget = found.money[comparisons.PLAN].sum(axis=1), found.money[comparisons.BUDGET].sum(axis=1)
    gaps = (plan - budget).round(2)
    largest = int(abs(gaps).argmax())
    return {
        "title": f"Largest gap to budget: {found.families[largest]}, {signed_money(float(gaps[largest]), sign)}",
        "spec": {
            "x": found.families,
            "series": [{"name": "Plan less budget", "kind": "bar", "style": "blue", "values": gaps.tolist()}],
        },
    }


def gap_options(gap: float, sign: str) -> list[dict[str, Any]]:
    """Accept the gap, or take up what people noted as risks and opportunities with a value."""
    options = [
        {"title": "Accept the gap", "money": 0.0, "label": "against the plan as it is",
         "figures": [["Gap to budget", signed_money(gap, sign), "bad" if gap < 0 else ""]]},
    ]  # fmt: skip
    for row in Assumption.objects.filter(closed__isnull=True, value__isnull=False).order_by("-value")[:2]:
        value = float(row.value or 0)
        options.append(
            {"title": row.text[:80], "money": value, "label": f"{row.kind}, against the plan as it is",
             "figures": [["Gap to budget", signed_money(gap + value, sign), "bad" if gap + value < 0 else ""]]}
        )  # fmt: skip
    return options


def _red_figures(cycle: Cycle) -> list[Topic]:
    running = red_running(cycle)
    if not running:
        return []
    rows = [[kpi.label, *[_value(one, kpi.name) for one in cycles_back(cycle, 3)]] for kpi in running]
    return [
        Topic(FIGURES, f"{many(len(running), 'figure')} red three cycles running",
              listed([kpi.label for kpi in running]), 5, {
            "table": {"columns": ["Figure", *[one.name for one in cycles_back(cycle, 3)]], "rows": rows},
            "link": address("meetings:actions", show="systemic"),
        })
    ]  # fmt: skip


def _value(cycle: Cycle, name: str) -> str:
    row = KpiValue.objects.filter(cycle=cycle, kpi=name).exclude(colour=Colour.NONE).first()
    return shown(name, row.value if row else None)


def _approval(plan: PlanVersion) -> Topic:
    return Topic(APPROVE, f"Approve plan v{plan.pk}", "", 5, {"approve": True})
