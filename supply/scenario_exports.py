"""Scenarios as a file: every measure of every scenario of a plan beside its base, over the whole horizon."""

from collections.abc import Iterator

from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register

from .selectors import scenarios as selectors
from .services.scenarios.words import words

COLUMNS = (
    "scenario", "name", "owner", "changes", "periods", "measure", "unit", "base", "value", "difference", "limit",
    "limit_broken",
)  # fmt: skip


def scenario_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    for scenario in selectors.scenarios(plan):
        found = selectors.compare(plan, [scenario], scope=scope, periods=plan.horizon)
        changes = "; ".join(words(change) for change in scenario.changes.all())
        head = (scenario.pk, scenario.name, str(scenario.owner or ""), changes, plan.horizon)
        for row in found.measures:
            before, value = found.base[row.name], found.columns[0].values[row.name]
            yield (*head, row.name, row.unit, before, value, value - before, row.limit, row.breaks(value))


register(Export(kind="scenarios", label="Scenarios", columns=COLUMNS, rows=scenario_rows))
