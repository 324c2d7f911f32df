"""Sections that are read from the cycle: what was promised, asked, said, decided and signed."""

from django.utils.timezone import localtime

from forecasting.models import Assumption

from ...models import Cycle, KpiValue
from .. import actions, approvals, kpis
from ..options import options_of
from .layout import DATE, MONEY, TEXT, UNITS, Section, columns, section


def open_actions() -> Section:
    rows = [
        [item.code, item.title, item.owner.name, item.due.isoformat(), actions.days_late(item), item.get_status_display(),
         item.get_kind_display(), item.evidence or None]
        for item in actions.open_items()
    ]  # fmt: skip
    late = sum(1 for row in rows if row[4])
    return section(
        "actions", f"Open actions: {late} overdue of {len(rows)}",
        columns(("Action", TEXT), ("What", TEXT), ("Owner", TEXT), ("Due", DATE), ("Days late", UNITS), ("State", TEXT),
                 ("Kind", TEXT), ("Evidence", TEXT)),
        rows, empty="No action is open.",
    )  # fmt: skip


def decisions_asked(cycle: Cycle) -> Section:
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
    return section(
        "options", "Decisions asked",
        columns(("Question", TEXT), ("Option", TEXT), ("Money", MONEY), ("Mark", TEXT)),
        rows, empty="No decision is asked: build the agenda on the meeting page.",
    )  # fmt: skip


def figures(cycle: Cycle) -> Section:
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
    return section(
        "kpis", "Key figures",
        columns(("Figure", TEXT), ("Value", "figure"), ("Target", "figure"), ("State", TEXT), ("Definition", TEXT)),
        rows, empty="No key figure has been measured yet.",
    )  # fmt: skip


def assumptions() -> Section:
    rows = (
        Assumption.objects.filter(closed__isnull=True)
        .select_related("person", "category")
        .order_by("kind", "id")
    )
    return section(
        "assumptions", "Assumptions, risks and opportunities",
        columns(("Kind", TEXT), ("What", TEXT), ("About", TEXT), ("Value", MONEY), ("Said by", TEXT)),
        [
            [row.kind.capitalize(), row.text, row.category.code if row.category else "",
             float(row.value) if row.value is not None else None, row.person.name]
            for row in rows
        ],
        empty="None is recorded.",
    )  # fmt: skip


def signatures(cycle: Cycle) -> Section:
    return section(
        "approvals", "Approvals",
        columns(("Department", TEXT), ("State", TEXT), ("By", TEXT), ("Content", TEXT),
                 ("Reservation", TEXT), ("Note", TEXT)),
        [
            [row.department.name, row.state.capitalize(), row.approval.person.name if row.approval else "",
             row.approval.content_hash[:8] if row.approval else "", row.reservation, row.note]
            for row in approvals.signatures(cycle)
        ],
        empty="No department signs; add them in Settings.",
    )  # fmt: skip


def decisions(cycle: Cycle) -> Section:
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
    return section(
        "decisions", "Decisions",
        columns(("Question", TEXT), ("Chosen", TEXT), ("Decision", TEXT), ("By", TEXT), ("Dissent", TEXT), ("Outcome checked", DATE)),
        rows, empty="None is recorded yet.",
    )  # fmt: skip


def minutes(cycle: Cycle) -> Section:
    return section(
        "minutes", "Minutes",
        columns(("At", TEXT), ("Who", TEXT), ("What", TEXT)),
        [[f"{localtime(row.at):%d %b, %H:%M}", row.person.name, row.text] for row in cycle.minutes.select_related("person")],
        empty="None is written yet.",
    )  # fmt: skip
