"""Why the forecast error of a node is what it is: who made it, and what each step took off."""

from django.db.models import QuerySet
from django.http import Http404

from siop.accounts.models import Person
from siop.web.explanations import Explanation, Part, explains, runs
from siop.web.explanations import Sum as Further
from siop.web.templatetags.siop import month, number, percent

from .models import AccuracyLine
from .nodes import Node, parse
from .selectors import accuracy

LARGEST = 8


@explains("accuracy")
def forecast_error(person: Person, node: str, lag: str) -> Explanation:
    """WAPE of the consensus over the newest twelve closed months; its parts are shares of the units missed."""
    place = parse(node)
    lines = accuracy.newest(accuracy.scored_lines(person, place).filter(lag=_whole(lag)))
    found = accuracy.measured(lines)
    if found.wape is None:
        raise Http404("No month has closed yet that was forecast so long before.")
    shown = percent(found.wape)
    months = list(accuracy.by_month(lines))
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "From ", f"{month(months[0])} to {month(months[-1])}", ", forecast ", f"{lag} months before",
            ", the plan missed ", f"{number(found.off['consensus'])} of {number(found.sold)} units", " sold.",
        ),
        parts=_parts(lines, place, sold=found.sold),
        total=found.wape,
        total_label="Forecast error (WAPE)",
        places=1,
        as_percent=True,
        formula="Σ |consensus − sold| ÷ Σ |sold|, over series and months",
        sums=[_ladder(found)],
        note=f"Too much forecast less too little: {percent(found.bias)}. The 80 % interval held "
        f"{percent(found.coverage_80, 0)} of what came, the 95 % interval {percent(found.coverage_95, 0)}.",
        computed=f"{number(found.rows)} series and months",
    )  # fmt: skip


def _whole(lag: str) -> int:
    if not lag.isdigit():
        raise Http404(f"{lag!r} is no number of months.")
    return int(lag)


def _parts(lines: QuerySet[AccuracyLine], node: Node, *, sold: float) -> list[Part]:
    level = "location" if node.item else "item" if node.category else "category"
    groups = accuracy.by_group(lines, level)
    parts = [
        Part(label=group.label, value=group.measured.off["consensus"] / sold, note=_missed(group.measured))
        for group in groups[:LARGEST]
    ]
    rest = groups[LARGEST:]
    if rest:
        missed = sum(group.measured.off["consensus"] for group in rest)
        parts.append(Part(label=f"{len(rest)} others", value=missed / sold))
    return parts


def _missed(found: accuracy.Measured) -> str:
    return f"{number(found.off['consensus'])} of {number(found.sold)} units"


def _ladder(found: accuracy.Measured) -> Further:
    """From last year's figures down to the consensus, step by step."""
    naive = found.error("naive") or 0.0
    parts = [Part(label=accuracy.STEPS["naive"], value=naive)]
    parts += [Part(label=accuracy.STEPS[step], value=-gain) for step, gain in found.gains().items()]
    return Further(title="Step by step", parts=parts, total=found.wape or 0.0, total_label="Consensus")
