"""The pack that writes itself: sentences and tables, each figure read from the plan that it names.

Cells are raw values (numbers, codes, ISO dates); pages and spreadsheets format them by the kind of column.
"""

from typing import Any

import numpy as np

from forecasting.models import Assumption
from inventory.models import InventoryTarget
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from supply.models import CapacityLoad, PlannedOrder

from ..addresses import address
from ..models import Cycle, KpiValue
from ..words import listed, long_day, many, money, percent, short_money, symbol
from . import actions, approvals, comparisons, kpis, stock
from .cycles import previous_plan
from .gates import hard_policy_breaches
from .options import options_of
from .topics import meeting_day, open_exceptions

TOP_RISKS, ORDERS_SHOWN, LOADS_SHOWN = 5, 18, 12
TEXT, UNITS, MONEY, PERCENT, DATE, PRICE = "text", "units", "money", "percent", "date", "price"
Section = dict[str, Any]


def body(cycle: Cycle) -> dict[str, Any]:
    """Everything the pack holds: sales, operations, resources and money, and what was promised before."""
    plan = cycle.plan
    if plan is None:
        raise ValueError(f"{cycle} has no plan yet.")
    sign = symbol()
    found = comparisons.compare(plan, last_cycle=previous_plan(cycle))
    held = stock.by_family(plan)
    chair = cycle.stages.filter(kind="executive_meeting").select_related("owner").first()
    when = meeting_day(cycle)
    return {
        "cycle": cycle.name,
        "plan": f"v{plan.pk}",
        "content_hash": plan.content_hash or hashing.current(plan).content_hash,
        "meeting": long_day(when) if when else "",
        "chair": str(chair.owner) if chair and chair.owner else "",
        "currency": sign,
        "findings": findings(plan, found, sign),
        "trend": _trend(found, sign),
        "sections": [
            _actions(),
            _demand(found),
            _risks(plan),
            _decisions_asked(cycle),
            _comparisons(found),
            _finance(plan, found),
            _orders(plan),
            _inventory(held),
            _resources(plan),
            _figures(cycle),
            _assumptions(),
            _approvals(cycle),
            _decisions(cycle),
            _minutes(cycle),
        ],
    }


def findings(plan: PlanVersion, found: comparisons.Comparison, sign: str) -> list[dict[str, str]]:
    """Sentences computed from the plan; each leads to its numbers."""
    return [
        finding
        for finding in (
            _late_finding(),
            _sales_finding(found, sign),
            _shortage_finding(plan),
            _hard_finding(plan),
            _risk_finding(plan, sign),
        )
        if finding
    ]


def _late_finding() -> dict[str, str] | None:
    late = actions.overdue()
    if not late:
        return None
    worst = late[0]
    return {
        "strong": f"{many(len(late), 'action')} {'is' if len(late) == 1 else 'are'} overdue.",
        "text": f"{worst.code} of {worst.owner} is {many(actions.days_late(worst), 'day')} late: {worst.title}.",
        "url": address("meetings:actions", show="overdue"),
    }


def _sales_finding(found: comparisons.Comparison, sign: str) -> dict[str, str]:
    plan, gap, part = (
        found.total(comparisons.PLAN),
        found.gap(comparisons.BUDGET),
        found.gap_share(comparisons.BUDGET),
    )
    strong = f"Sales are planned at {short_money(plan, sign)}."
    if gap is not None and part is not None:
        side = "under" if gap < 0 else "over"
        strong = f"Sales are planned at {short_money(plan, sign)}, {money(abs(gap), sign)} ({percent(abs(part))}) {side} budget."
    last = found.total(comparisons.LAST_CYCLE)
    text = (
        f"Last cycle it was {short_money(last, sign)}."
        if last is not None
        else "There is no plan of a last cycle."
    )
    return {"strong": strong, "text": text, "url": address("meetings:reconciliation")}


def _shortage_finding(plan: PlanVersion) -> dict[str, str]:
    short = stock.shortages(plan)
    if not short:
        return {
            "strong": "No item runs short in the plan.",
            "text": "Stock and planned receipts cover the demand of the whole horizon.",
            "url": address("supply:plan"),
        }
    worst = short[0]
    return {
        "strong": f"{many(len(short), 'item-location runs', 'item-locations run')} short in the plan.",
        "text": f"The worst is {worst.item} at {worst.location}: {worst.quantity:,.0f} in {worst.month:%B %Y}.",
        "url": address("supply:exceptions"),
    }


def _hard_finding(plan: PlanVersion) -> dict[str, str] | None:
    rows = list(
        InventoryTarget.objects.filter(
            plan=plan, service_policy="never_run_out", simulated_risk__isnull=False
        ).select_related("item")
    )
    if not rows:
        return None
    broken = hard_policy_breaches(plan)
    worst = max(rows, key=lambda row: row.simulated_risk or 0)
    strong = (
        f"{many(len(broken), 'never-run-out policy does', 'never-run-out policies do')} not hold."
        if broken
        else "Never-run-out policies hold."
    )
    text = f"The highest simulated run-out is {percent(worst.simulated_risk, 2)}, of {worst.item}."
    return {"strong": strong, "text": text, "url": address("supply:inventory")}


def _risk_finding(plan: PlanVersion, sign: str) -> dict[str, str]:
    rows = [row for row in open_exceptions(plan) if row.avoidable_loss > 0]
    total = float(sum(row.avoidable_loss for row in rows))
    if not rows:
        return {
            "strong": "No exception holds avoidable loss.",
            "text": "",
            "url": address("supply:exceptions"),
        }
    part = float(rows[0].avoidable_loss) / total
    return {
        "strong": f"{many(len(rows), 'exception holds', 'exceptions hold')} {money(total, sign)} of avoidable loss.",
        "text": f"{rows[0].title} makes {percent(part, 0)} of it; the action costs {money(rows[0].action_cost, sign)}.",
        "url": address("supply:exceptions"),
    }


def _trend(found: comparisons.Comparison, sign: str) -> dict[str, Any]:
    """Money by month of the plan and what it is held against, for the drawing on the first page."""
    names = [
        name for name in (comparisons.PLAN, comparisons.BUDGET, comparisons.LAST_YEAR) if found.has(name)
    ]
    return {
        "title": "Sales by month: plan against "
        + listed([comparisons.LABELS[name].lower() for name in names[1:]]),
        "months": [f"{month:%b}" for month in found.months],
        "series": [
            {"name": comparisons.LABELS[name], "values": found.money[name].sum(axis=0).round(2).tolist()}
            for name in names
        ],
        "unit": sign,
    }


def _columns(*columns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "kind": kind} for label, kind in columns]


def _section(
    key: str, title: str, columns: list[dict[str, str]], rows: list[list[Any]], **more: Any
) -> Section:
    return {"key": key, "title": title, "columns": columns, "rows": rows, "total": None, "empty": "", **more}


def _actions() -> Section:
    rows = [
        [item.code, item.title, item.owner.name, item.due.isoformat(), actions.days_late(item), item.get_status_display(),
         item.get_kind_display(), item.evidence or None]
        for item in actions.action_items().exclude(status="done")
    ]  # fmt: skip
    late = sum(1 for row in rows if row[4])
    return _section(
        "actions", f"Open actions: {late} overdue of {len(rows)}",
        _columns(("Action", TEXT), ("What", TEXT), ("Owner", TEXT), ("Due", DATE), ("Days late", UNITS), ("State", TEXT),
                 ("Kind", TEXT), ("Evidence", TEXT)),
        rows, empty="No action is open.",
    )  # fmt: skip


def _demand(found: comparisons.Comparison) -> Section:
    rows, budgeted = [], found.has(comparisons.BUDGET)
    for family in found.families:
        units, value = found.of_family(family, comparisons.PLAN) or (0.0, 0.0)
        budget = (found.of_family(family, comparisons.BUDGET) or (0.0, 0.0))[1] if budgeted else None
        rows.append(_demand_row(family, units, value, budget))
    total = _demand_row(
        "Total",
        found.total_units(comparisons.PLAN) or 0.0,
        found.total(comparisons.PLAN) or 0.0,
        found.total(comparisons.BUDGET),
    )
    total[2] = None
    return _section(
        "demand", f"Demand plan {found.months[0]:%b %Y} to {found.months[-1]:%b %Y} against budget",
        _columns(("Family", TEXT), ("Units", UNITS), ("Price", PRICE), ("Plan", MONEY), ("Budget", MONEY), ("Gap", MONEY),
                 ("Gap, %", PERCENT)),
        rows, total=total, empty="No demand is planned.",
    )  # fmt: skip


def _demand_row(family: str, units: float, value: float, budget: float | None) -> list[Any]:
    gap = None if budget is None else value - budget
    return [
        family,
        units,
        value / units if units else None,
        value,
        budget,
        gap,
        gap / budget if gap is not None and budget else None,
    ]


def _comparisons(found: comparisons.Comparison) -> Section:
    names = [name for name in comparisons.LABELS if found.has(name)]
    rows = [
        [family, *[(found.of_family(family, name) or (0.0, 0.0))[1] for name in names]]
        for family in found.families
    ]
    return _section(
        "comparisons", "The plan beside " + listed([comparisons.LABELS[name].lower() for name in names[1:]], 4),
        _columns(("Family", TEXT), *[(comparisons.LABELS[name], MONEY) for name in names]),
        rows, total=["Total", *[found.total(name) for name in names]], empty="No demand is planned.",
    )  # fmt: skip


def _risks(plan: PlanVersion) -> Section:
    rows = [row for row in open_exceptions(plan) if row.avoidable_loss > 0]
    shown = rows[:TOP_RISKS]
    return _section(
        "risks", "Top risks by avoidable loss",
        _columns(("Risk", TEXT), ("Next best action", TEXT), ("Act by", DATE), ("Loss", MONEY), ("Action", MONEY),
                 ("Avoidable", MONEY)),
        [
            [row.title, row.suggestion, row.last_responsible_date.isoformat() if row.last_responsible_date else None,
             float(row.money_at_risk), float(row.action_cost), float(row.avoidable_loss)]
            for row in shown
        ],
        total=[f"Top {len(shown)} of {len(rows)}", "", None, float(sum(row.money_at_risk for row in shown)),
               float(sum(row.action_cost for row in shown)), float(sum(row.avoidable_loss for row in shown))] if shown else None,
        empty="No exception holds avoidable loss.",
    )  # fmt: skip


def _decisions_asked(cycle: Cycle) -> Section:
    rows = []
    for item in cycle.agenda.filter(dropped=False, done=False):
        for number, option in enumerate(options_of(item), start=1):
            proposed = item.facts.get("proposed") == number - 1
            rows.append(
                [
                    item.title if number == 1 else "",
                    f"{number} {option['title']}",
                    option.get("money"),
                    "proposed" if proposed else "",
                ]
            )
    return _section(
        "options", "Decisions asked",
        _columns(("Question", TEXT), ("Option", TEXT), ("Money", MONEY), ("Mark", TEXT)),
        rows, empty="No decision is asked: build the agenda on the meeting page.",
    )  # fmt: skip


def _finance(plan: PlanVersion, found: comparisons.Comparison) -> Section:
    """Revenue, budget, money for orders by the month they are placed, and stock at the month's end."""
    value, cash = stock.value_by_month(plan), stock.cash_out_by_month(plan)
    revenue = found.money[comparisons.PLAN].sum(axis=0)
    budget = found.money[comparisons.BUDGET].sum(axis=0) if found.has(comparisons.BUDGET) else None
    rows = [
        [
            month.isoformat(),
            float(revenue[at]),
            float(budget[at]) if budget is not None else None,
            cash[at],
            value[at],
        ]
        for at, month in enumerate(found.months)
    ]
    return _section(
        "finance", "Money by month",
        _columns(("Month", DATE), ("Revenue", MONEY), ("Budget", MONEY), ("Orders placed", MONEY), ("Stock at month end", MONEY)),
        rows,
        total=["Total", float(revenue.sum()), float(budget.sum()) if budget is not None else None, sum(cash[: len(rows)]), None],
    )  # fmt: skip


def _orders(plan: PlanVersion) -> Section:
    rows = (
        PlannedOrder.objects.filter(plan=plan)
        .select_related("item", "location")
        .order_by("order_by", "number")
    )
    count = rows.count()
    return _section(
        "orders", f"Operations: the next {min(count, ORDERS_SHOWN)} of {count} planned orders",
        _columns(("Order", TEXT), ("Item", TEXT), ("Location", TEXT), ("Source", TEXT), ("Quantity", UNITS), ("Order by", DATE),
                 ("Due", DATE), ("Value", MONEY)),
        [
            [row.number, row.item.code, row.location.code, row.source, float(row.quantity), row.order_by.isoformat(),
             row.due_date.isoformat(), float(row.quantity * row.unit_landed_cost) if row.unit_landed_cost is not None else None]
            for row in rows[:ORDERS_SHOWN]
        ],
        empty="No order is planned.",
    )  # fmt: skip


SUMMED = ("on_hand", "safety_stock", "closing", "lines", "below")


def _inventory(held: list[stock.FamilyStock]) -> Section:
    return _section(
        "inventory", "Inventory against targets, at cost",
        _columns(("Family", TEXT), ("On hand", MONEY), ("Safety stock", MONEY), ("End of horizon", MONEY), ("Item-locations", UNITS),
                 ("Below safety stock", UNITS)),
        [[row.family, row.on_hand, row.safety_stock, row.closing, row.lines, row.below] for row in held],
        total=["Total", *[sum(getattr(row, name) for row in held) for name in SUMMED]] if held else None,
        empty="No inventory targets are computed.",
    )  # fmt: skip


def _resources(plan: PlanVersion) -> Section:
    months = planned_months(plan)
    rows: list[list[Any]] = []
    for load in CapacityLoad.objects.filter(plan=plan):
        required, available = np.array(load.required), np.array(load.available)
        used = np.divide(required, available, out=np.zeros_like(required), where=available > 0)
        if used.size:
            peak = int(used.argmax())
            rows.append([load.get_kind_display(), load.code, float(used[peak]), months[peak].isoformat(),
                         float(required[peak]), float(available[peak]), int((used > 1 + 1e-9).sum())])  # fmt: skip
    rows.sort(key=lambda row: row[2], reverse=True)
    return _section(
        "resources", "Resources: highest loads",
        _columns(("Kind", TEXT), ("Name", TEXT), ("Peak", PERCENT), ("In", DATE), ("Required", UNITS), ("Available", UNITS),
                 ("Periods over", UNITS)),
        rows[:LOADS_SHOWN], empty="No capacity is imported.",
    )  # fmt: skip


def _figures(cycle: Cycle) -> Section:
    kept = {row.kpi: row for row in KpiValue.objects.filter(cycle=cycle)}
    rows = [
        [
            kpi.label,
            kept[kpi.name].value,
            kept[kpi.name].target,
            kept[kpi.name].get_colour_display(),
            kpi.definition,
            kpi.unit,
        ]
        for kpi in kpis.KPIS
        if kpi.name in kept
    ]
    return _section(
        "kpis", "Key figures",
        _columns(("Figure", TEXT), ("Value", "figure"), ("Target", "figure"), ("State", TEXT), ("Definition", TEXT)),
        rows, empty="No key figure has been measured yet.",
    )  # fmt: skip


def _assumptions() -> Section:
    rows = (
        Assumption.objects.filter(closed__isnull=True)
        .select_related("person", "category")
        .order_by("kind", "id")
    )
    return _section(
        "assumptions", "Assumptions, risks and opportunities",
        _columns(("Kind", TEXT), ("What", TEXT), ("About", TEXT), ("Value", MONEY), ("Said by", TEXT)),
        [
            [row.kind.capitalize(), row.text, row.category.code if row.category else "",
             float(row.value) if row.value is not None else None, row.person.name]
            for row in rows
        ],
        empty="None is recorded.",
    )  # fmt: skip


def _approvals(cycle: Cycle) -> Section:
    return _section(
        "approvals", "Approvals",
        _columns(("Department", TEXT), ("State", TEXT), ("By", TEXT), ("Content", TEXT), ("Note", TEXT)),
        [
            [row.department.name, row.state.capitalize(), row.approval.person.name if row.approval else "",
             row.approval.content_hash[:8] if row.approval else "", row.note]
            for row in approvals.signatures(cycle)
        ],
        empty="No department signs; add them in Settings.",
    )  # fmt: skip


def _decisions(cycle: Cycle) -> Section:
    rows = []
    for row in cycle.decisions.select_related("approver"):
        chosen = row.options[row.chosen]["title"] if row.chosen is not None and row.options else ""
        dissent = f"{row.dissenter}: {row.dissent}" if row.dissent else ""
        rows.append(
            [
                row.question,
                chosen,
                row.text,
                str(row.approver or ""),
                dissent,
                row.review_date.isoformat() if row.review_date else None,
            ]
        )
    return _section(
        "decisions", "Decisions",
        _columns(("Question", TEXT), ("Chosen", TEXT), ("Decision", TEXT), ("By", TEXT), ("Dissent", TEXT), ("Outcome checked", DATE)),
        rows, empty="None is recorded yet.",
    )  # fmt: skip


def _minutes(cycle: Cycle) -> Section:
    return _section(
        "minutes", "Minutes",
        _columns(("At", TEXT), ("Who", TEXT), ("What", TEXT)),
        [[f"{row.at:%d %b, %H:%M}", row.person.name, row.text] for row in cycle.minutes.select_related("person")],
        empty="None is written yet.",
    )  # fmt: skip
