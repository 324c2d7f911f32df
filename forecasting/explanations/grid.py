"""Why the figures of the demand plan's page are what they are, over just the rows that a person looks at.

A row that a filter has narrowed is no node of the hierarchy any more; neither are its twelve months, nor the strip on
top. Their parts come from the arrays that the grid shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from django.db.models import Count
from django.http import Http404

from forecasting.engine import Array, IntArray
from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, rounded_to_sum, runs, url
from siop.web.explanations import Sum as Beneath
from siop.web.templatetags.siop import in_money, many, number, signed
from siop.web.templatetags.siop import month as month_label

from ..grid import LEAF, Row, exceptions
from ..models import Override
from ..selectors.demand_plan import YEAR, Shown, budget_lines, budgeted_months, places_of, typed_within

LARGEST = 8
WORDS = {
    "last_cycle": "the last published cycle",
    "statistical": "the statistical forecast",
    "last_year": "sales a year before",
    "budget": "the budget",
}


def cell(shown: Shown, row: Row, column: int) -> Explanation:
    """One month of a row of which a filter shows only part."""
    values = shown.cube.quantity[column, row.leaves]
    when = f" in {month_label(shown.cube.months[column])}"
    return _consensus(shown, row, values, shown.cube.statistical[column, row.leaves], when=when)


def year(shown: Shown, row: Row) -> Explanation:
    """The column "12 months" of a row: month by month, and what people changed."""
    cube = shown.cube
    values, forecast = cube.quantity[:YEAR, row.leaves], cube.statistical[:YEAR, row.leaves]
    found = _consensus(shown, row, values.sum(axis=0), forecast.sum(axis=0), when=" in twelve months")
    months = [
        Part(label=month_label(month), value=float(value), url=_cell_url(shown, row, month))
        for month, value in zip(cube.months[:YEAR], values.sum(axis=1), strict=True)
    ]
    by_month = Beneath(title="Month by month", parts=months, total=found.total, total_label=found.total_label)
    return replace(found, sums=[by_month, *found.sums])


def _consensus(shown: Shown, row: Row, values: Array, forecast: Array, *, when: str) -> Explanation:
    """`values` and `forecast` (leaves of the row,) in units."""
    total, statistical = float(values.sum()), float(forecast.sum())
    places = places_of(shown.cube, row)
    of_forecast, of_people = rounded_to_sum([statistical, total - statistical], total, places=places)
    text, label = number(total, places), "Consensus demand"
    beneath = _by_group(shown, row.leaves, values)
    return Explanation(
        title=f"Why {text}?",
        sentence=runs(
            "The plan counts on ", f"{text} units", f" for {shown.full_label(row)}{when}{_narrowed(shown, row)}: "
            f"{number(of_forecast, places)} forecast and {signed(of_people, places)} by people.",
        ),
        parts=[
            Part(label="Statistical forecast", value=statistical),
            Part(label="Changed by people", value=total - statistical),
        ],
        total=total,
        total_label=label,
        places=places,
        sums=[Beneath(title="What lies beneath", parts=beneath, total=total, total_label=label)]
        if len(beneath) > 1
        else [],
        sources=_sources(),
        computed=f"Plan v{shown.cube.plan_id}",
    )  # fmt: skip


def _cell_url(shown: Shown, row: Row, month: date) -> str:
    """Of the explanation of one month; a row that a filter has narrowed has none outside this page."""
    if row.node is None:
        return ""
    return url("consensus", shown.cube.plan_id, node_key(row), month)


def node_key(row: Row) -> str:
    """The node of a row as it is written in addresses."""
    if row.node is None or row.kind == LEAF:
        return row.id
    tail = f"-l{row.node.location}" if row.node.location else ""
    return row.id + tail + (f"-g{row.node.segment}" if row.node.segment else "")


def _sources() -> list[Source]:
    return [
        Source(label="Overrides", url=rows.url("overrides")),
        Source(label="Sales", url=rows.url("sales")),
    ]


def _narrowed(shown: Shown, row: Row) -> str:
    if row.node is not None:
        return ""
    return f", over the {many(len(row.leaves), 'row')} that are shown"


def figure(shown: Shown, name: str) -> Explanation:
    """A figure of the strip: the plan, one of its four comparisons, or what was typed."""
    if name == "plan":
        return _plan(shown)
    if name == "overrides":
        return _overrides(shown)
    if name == "budget":
        return _to_budget(shown)
    if name in WORDS:
        return _compared(shown, name)
    raise Http404("There is no such figure on this page.")


def _plan(shown: Shown) -> Explanation:
    cube, leaves = shown.cube, shown.selection.leaves
    units = cube.quantity[:YEAR, leaves].sum(axis=0)
    value = units * cube.items.price[cube.item[leaves]]
    currency = sign_of(parameters.load().currency)
    return Explanation(
        title=f"Why {number(units.sum())}?",
        sentence=runs(
            "Consensus demand of the next twelve periods comes to ", f"{number(units.sum())} units",
            f" over what is shown, {in_money(number(value.sum()), currency)} at list price.",
        ),
        parts=_by_group(shown, leaves, units),
        total=float(units.sum()),
        total_label="Next 12 months, units",
        sums=[
            Beneath(
                title=f"At list price, {currency}",
                parts=_by_group(shown, leaves, value),
                total=float(value.sum()),
                total_label="Plan at list price",
            )
        ],
        sources=_sources(),
        computed=f"Plan v{cube.plan_id}",
    )  # fmt: skip


def _compared(shown: Shown, name: str) -> Explanation:
    cube, leaves = shown.cube, shown.selection.leaves
    all_of = {
        "last_cycle": cube.last_cycle,
        "statistical": cube.statistical,
        "last_year": cube.last_year,
    }[name]
    other = np.zeros((0, 0)) if all_of is None else all_of[:YEAR, leaves]
    known = ~np.isnan(other.sum(axis=1))
    if not known.any():
        raise Http404("There is nothing to compare the plan with.")
    plan, other = cube.quantity[:YEAR, leaves][known].sum(axis=0), other[known].sum(axis=0)
    return _difference(
        name,
        plan=float(plan.sum()),
        other=float(other.sum()),
        over=f"over the {int(known.sum())} periods that both know, in units",
        differ=_by_group(shown, leaves, plan - other),
        computed=f"Plan v{cube.plan_id}",
    )


def _to_budget(shown: Shown) -> Explanation:
    """In money where the budget has revenue, else in units, as the strip has it."""
    cube, leaves, currency = shown.cube, shown.selection.leaves, sign_of(parameters.load().currency)
    lines = budget_lines(cube, shown.query)
    if not lines:
        raise Http404("There is no budget for what is shown.")
    given, known = [line[1:] for line in lines], budgeted_months(cube, lines)
    in_money = any(revenue for _, _, revenue in given)
    units = cube.quantity[:YEAR, leaves][known].sum(axis=0)
    plan = units * cube.items.price[cube.item[leaves]] if in_money else units
    by_family = {name: float(value) for name, value in _summed(_families(shown, leaves), plan)}
    for category, of_units, revenue in given:
        family = _family_of(shown, category)
        by_family[family] = by_family.get(family, 0.0) - float((revenue if in_money else of_units) or 0)
    base = float(sum((revenue if in_money else of_units) or 0 for _, of_units, revenue in given))
    return _difference(
        "budget",
        plan=float(plan.sum()),
        other=base,
        over=(f"at list price, in {currency}" if in_money else "in units")
        + ("" if known.all() else f", over the {many(int(known.sum()), 'month')} budgeted"),
        differ=_largest(list(by_family.items())),
        computed=f"Plan v{cube.plan_id}",
    )


def _difference(
    name: str, *, plan: float, other: float, over: str, differ: Sequence[Part], computed: str
) -> Explanation:
    """The plan less what it is compared with."""
    total, label = plan - other, "Difference"
    share = f": {signed(100 * total / other, 1)} % of it" if other else ""
    return Explanation(
        title=f"Why {signed(total)}?",
        sentence=runs(
            f"The plan of what is shown less {WORDS[name]} is ", signed(total), f", {over}{share}.",
        ),
        parts=[Part(label="Plan", value=plan), Part(label=WORDS[name].capitalize(), value=-other)],
        total=total,
        total_label=label,
        sums=[Beneath(title="Where they differ", parts=differ, total=total, total_label=label)],
        sources=_sources(),
        computed=computed,
    )  # fmt: skip


def _overrides(shown: Shown) -> Explanation:
    """Who typed the overrides that stand, and where they leave the range of the forecast."""
    cube, leaves = shown.cube, shown.selection.leaves
    typed = [entry.id for entry in typed_within(shown)]
    people = Override.objects.filter(pk__in=typed).values_list("person__name").annotate(count=Count("pk"))
    outside = exceptions(cube, leaves).sum(axis=0).astype(np.float64)
    return Explanation(
        title=f"Why {number(len(typed))} · {number(outside.sum())}?",
        sentence=runs(
            "People have typed ", f"{number(len(typed))} overrides", " that stand within what is shown; ",
            f"{number(outside.sum())} cells", " of single rows lie outside the 80 % range of their forecast.",
        ),
        parts=_largest([(name, float(count)) for name, count in people]),
        total=float(len(typed)),
        total_label="Overrides",
        sums=[
            Beneath(
                title="Outside the 80 % range, cells", parts=_by_group(shown, leaves, outside),
                total=float(outside.sum()), total_label="Exceptions",
            )
        ],
        sources=_sources(),
        computed=f"Plan v{cube.plan_id}",
    )  # fmt: skip


def _by_group(shown: Shown, leaves: IntArray, values: Array) -> list[Part]:
    """Values of leaves (N,) by family; by item within one family, by place within one item."""
    cube = shown.cube
    for names in (_families(shown, leaves), [cube.items.codes[at] for at in cube.item[leaves]]):
        if len(set(names)) > 1:
            return _largest(_summed(names, values))
    return _largest(_summed([cube.places[leaf] for leaf in leaves], values))


def _families(shown: Shown, leaves: IntArray) -> list[str]:
    """The top category of each leaf."""
    tree = shown.cube.tree
    tops = tree.tops
    at = np.searchsorted([tree.start[top] for top in tops], leaves, side="right") - 1
    return [tree.codes[tops[one]] for one in at]


def _family_of(shown: Shown, category: int) -> str:
    tree = shown.cube.tree
    at = shown.cube.category_position.get(category, -1)
    while at >= 0 and tree.parent[at] >= 0:
        at = int(tree.parent[at])
    return tree.codes[at] if at >= 0 else "Other families"


def _summed(names: Sequence[str], values: Array) -> list[tuple[str, float]]:
    found, where = np.unique(np.asarray(names, dtype=object), return_inverse=True)
    return list(zip(found.tolist(), np.bincount(where, weights=values).tolist(), strict=True))


def _largest(named: list[tuple[str, float]]) -> list[Part]:
    """The largest parts by name, what is small as one; what is nothing is left out."""
    ordered = sorted(((name, value) for name, value in named if value), key=lambda pair: -abs(pair[1]))
    parts = [Part(label=name, value=value) for name, value in ordered[:LARGEST]]
    rest = ordered[LARGEST:]
    return (
        [*parts, Part(label=f"{len(rest)} others", value=sum(value for _, value in rest))] if rest else parts
    )
