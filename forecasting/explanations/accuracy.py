"""Why error, bias, value added and held intervals of a node are what they are: who made them, and which step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from siop.accounts.models import Person
from siop.web.explanations import Explanation, Part, explains, runs
from siop.web.explanations import Sum as Further
from siop.web.templatetags.siop import month, number, percent, signed

from ..models import AccuracyLine
from ..nodes import Node, parse
from ..selectors import accuracy

LARGEST = 8


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The newest twelve closed months of a node, as they were forecast `lag` months before."""

    place: Node
    lines: QuerySet[AccuracyLine]
    found: accuracy.Measured
    span: str
    before: str

    def explained(
        self,
        *,
        value: float,
        words: list[tuple[str, bool]],
        parts: list[Part],
        label: str,
        places: int = 1,
        **more: Any,
    ) -> Explanation:
        """`words` follow on who looked at which months; `value` is a share of sales, or of months."""
        return Explanation(
            title=f"Why {percent(value, places)}?",
            sentence=[*runs("From ", self.span, ", forecast ", self.before, ", "), *words],
            parts=parts,
            total=value,
            total_label=label,
            places=places,
            as_percent=True,
            computed=f"{number(self.found.rows)} series and months",
            **more,
        )

    def by_group(self, share: Callable[[accuracy.Measured], tuple[float, str]]) -> list[Part]:
        """The groups that made most of a figure, each with its share of it and its note; the others as one."""
        level = "location" if self.place.item else "item" if self.place.category else "category"
        groups = accuracy.by_group(self.lines, level)
        shares = [(group.label, *share(group.measured)) for group in groups]
        parts = [Part(label=label, value=value, note=note) for label, value, note in shares[:LARGEST]]
        rest = [value for _, value, _ in shares[LARGEST:]]
        return [*parts, Part(label=f"{len(rest)} others", value=sum(rest))] if rest else parts


def _closed(person: Person, node: str, lag: str) -> Closed:
    place = parse(node)
    lines = accuracy.newest(accuracy.scored_lines(person, place).filter(lag=_whole(lag)))
    found = accuracy.measured(lines)
    if found.wape is None:
        raise Http404("No month has closed yet that was forecast so long before.")
    months = list(accuracy.by_month(lines))
    return Closed(
        place=place,
        lines=lines,
        found=found,
        span=f"{month(months[0])} to {month(months[-1])}",
        before=f"{lag} month{'' if lag == '1' else 's'} before",
    )


@explains("accuracy")
def forecast_error(person: Person, node: str, lag: str) -> Explanation:
    """WAPE of the consensus over the newest twelve closed months; its parts are shares of the units missed."""
    closed = _closed(person, node, lag)
    found = closed.found
    return closed.explained(
        value=found.off["consensus"] / found.sold,
        words=runs("the plan missed ", f"{number(found.off['consensus'])} of {number(found.sold)} units", " sold."),
        parts=closed.by_group(lambda one: (one.off["consensus"] / found.sold, _missed(one))),
        label="Forecast error (WAPE)",
        formula="Σ |consensus − sold| ÷ Σ |sold|, over series and months",
        sums=[_ladder(found)],
        note=f"Too much forecast less too little: {percent(found.bias)}. The 80 % interval held "
        f"{percent(found.coverage_80, 0)} of what came, the 95 % interval {percent(found.coverage_95, 0)}.",
    )  # fmt: skip


@explains("accuracy_bias")
def forecast_bias(person: Person, node: str, lag: str) -> Explanation:
    """Too much forecast less too little, as a share of sales."""
    closed = _closed(person, node, lag)
    found = closed.found
    word = "more" if found.over > 0 else "less"
    return closed.explained(
        value=found.over / found.sold,
        words=runs(
            "the plan counted on ", f"{number(abs(found.over))} units {word}", f" than the {number(found.sold)} sold."
        ),
        parts=closed.by_group(lambda one: (one.over / found.sold, f"{signed(one.over)} units")),
        label="Bias",
        formula="Σ (consensus − sold) ÷ Σ |sold|, over series and months",
    )  # fmt: skip


@explains("accuracy_added")
def value_added(person: Person, node: str, lag: str) -> Explanation:
    """Points of error that the plan saves against last year's figures, step by step."""
    closed = _closed(person, node, lag)
    found = closed.found
    naive, own = found.off["naive"] / found.sold, found.off["consensus"] / found.sold
    return closed.explained(
        value=naive - own,
        words=runs(
            "last year's figures missed ", percent(naive), " of what was sold, the plan ", percent(own), "."
        ),
        parts=[Part(label=accuracy.STEPS[step], value=gain) for step, gain in found.gains().items()],
        label="Value added, points",
        formula="error of last year's figures − error of the consensus",
        note="An item that did not sell a year before is held against its newest figure instead.",
    )  # fmt: skip


@explains("accuracy_held")
def interval_held(person: Person, node: str, lag: str) -> Explanation:
    """Share of series and months in which what came lay within the 80 % interval."""
    closed = _closed(person, node, lag)
    found = closed.found
    if not found.seen:
        raise Http404("No range was forecast for these months.")
    return closed.explained(
        value=found.inside_80 / found.seen,
        words=runs("the 80 % interval held ", f"{number(found.inside_80)} of {number(found.seen)}", " single months."),
        parts=closed.by_group(
            lambda one: (one.inside_80 / found.seen, f"{number(one.inside_80)} of {number(one.seen)}")
        ),
        label="Held by the 80 % interval",
        places=0,
        note=f"The 95 % interval held {percent(found.coverage_95, 0)}.",
    )  # fmt: skip


def _whole(lag: str) -> int:
    if not lag.isdigit():
        raise Http404(f"{lag!r} is no number of months.")
    return int(lag)


def _missed(found: accuracy.Measured) -> str:
    return f"{number(found.off['consensus'])} of {number(found.sold)} units"


def _ladder(found: accuracy.Measured) -> Further:
    """From last year's figures down to the consensus, step by step."""
    naive = found.error("naive") or 0.0
    parts = [Part(label=accuracy.STEPS["naive"], value=naive)]
    parts += [Part(label=accuracy.STEPS[step], value=-gain) for step, gain in found.gains().items()]
    return Further(title="Step by step", parts=parts, total=found.wape or 0.0, total_label="Consensus")
