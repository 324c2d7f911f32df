"""Key figures over cycles: trend, change to the last cycle, and what stays red."""

from dataclasses import replace

from siop.plans.models import PlanVersion
from siop.reading import once
from siop.web import explanations
from siop.web.headlines import Headline
from siop.web.kept import kept
from siop.web.templatetags.siop import MINUS, number, signed

from ..enums import Colour
from ..models import Cycle, KpiValue
from ..words import percent, short_money, signed_money, symbol
from . import cycles, kpis

CYCLES_RUNNING = 3
TREND_CYCLES = 7
FIGURE_BYTES = 200


def cycles_back(cycle: Cycle, count: int) -> list[Cycle]:
    """The cycle and those before it, oldest first."""
    found: list[Cycle] = []
    at: Cycle | None = cycle
    while at is not None and len(found) < count:
        found.insert(0, at)
        at = cycles.before(at)
    return found


def red_running(cycle: Cycle) -> list[kpis.Kpi]:
    """Key figures that are red in this cycle and the two before it."""
    recent = cycles_back(cycle, CYCLES_RUNNING)
    if len(recent) < CYCLES_RUNNING:
        return []
    red = [
        set(KpiValue.objects.filter(cycle=one, colour=Colour.RED).values_list("kpi", flat=True))
        for one in recent
    ]
    names = set.intersection(*red)
    return [kpi for kpi in kpis.KPIS if kpi.name in names]


def shown(name: str, value: float | None) -> str:
    """A value in the words of its unit."""
    unit = kpis.BY_NAME[name].unit
    if value is None:
        return "-"
    if unit == kpis.MONEY:
        return short_money(value, symbol())
    if unit == kpis.PERCENT:
        return percent(value)
    return f"{number(value, 1)} days" if unit == kpis.DAYS else number(value, 1)


def changed(name: str, value: float, before: float) -> tuple[str, str]:
    """Signed change to the last cycle, and whether it is good or bad; one too small to be seen is neither."""
    kpi, change = kpis.BY_NAME[name], value - before
    better = abs(value) < abs(before) if kpi.better == kpis.ZERO else (change > 0) == (kpi.better == kpis.UP)
    text = _change(kpi, change)
    return text, ("good" if better else "bad") if text.startswith(("+", MINUS)) else ""


def _change(kpi: kpis.Kpi, change: float) -> str:
    """With its sign, and without one where it rounds to nothing."""
    if kpi.unit == kpis.MONEY:
        return signed_money(change, symbol())
    return f"{signed(100 * change, 1)} pts" if kpi.unit == kpis.PERCENT else signed(change, 1)


def history(cycle: Cycle | None, name: str) -> list[float | None]:
    """Kept values of the last cycles, oldest first."""
    if cycle is None:
        return []
    recent = cycles_back(cycle, TREND_CYCLES)
    key = ("past figures", *(one.pk for one in recent))
    found = once(key, lambda: kept(key, lambda: _past(recent), size=lambda rows: FIGURE_BYTES * len(rows)))
    return [found.get((one.pk, name)) for one in recent]


def _past(recent: list[Cycle]) -> dict[tuple[int, str], float | None]:
    rows = KpiValue.objects.filter(cycle__in=recent).values_list("cycle_id", "kpi", "value")
    return {(cycle, name): value for cycle, name, value in rows}


def headline(
    name: str,
    cycle: Cycle | None,
    plan: PlanVersion,
    *,
    last_cycle: PlanVersion | None = None,
    label: str = "",
) -> Headline:
    """A key figure for the strip: what it is now, its change to the last cycle and its trend."""
    kpi = kpis.BY_NAME[name]
    value = kpis.measure(name, kpis.moment(plan, last_cycle=last_cycle))
    past = history(cycle, name)
    before = past[-2] if len(past) > 1 else None
    found = Headline(
        label=label or kpi.label,
        value=shown(name, value),
        definition=kpi.definition,
        trend=[one for one in [*past[:-1], value] if one is not None],
    )
    if value is None:
        return replace(found, note="no data yet")
    if name in kpis.EXPLAINED:
        found = replace(found, why=explanations.url(kpis.EXPLAINED[name], plan.pk, name))
    if before is None or cycle is None or cycle.previous is None:
        return found
    delta, tone = changed(name, value, before)
    return replace(found, delta=delta, tone=tone, base=f"to {cycle.previous.period:%B}")
