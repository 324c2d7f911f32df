"""Why a month of history counts as it does: what was sold, what is no demand of it, who or what said so."""

from django.http import Http404

from siop.accounts.models import Person
from siop.web.explanations import Explanation, Part, explains, runs, url
from siop.web.sources import counted
from siop.web.templatetags.siop import month as month_label
from siop.web.templatetags.siop import number

from ..engine.cleansing import OUTLIER_SPREADS, UNTAUGHT_SPREADS
from ..enums import MarkKind
from ..models import CleansingMark
from ..selectors import driver_pages

FOUND = {
    MarkKind.STOCKOUT: "it was out of stock and sold less than it would have",
    MarkKind.OUTLIER: (
        f"it lies more than {OUTLIER_SPREADS:.0f} usual spreads ({UNTAUGHT_SPREADS:.0f} in the first three years) "
        "from the months around it, season taken out"
    ),
    MarkKind.EVENT: "a known event made it other than usual",
    MarkKind.UNSHIPPED: "the rest was ordered for that month and has not been shipped",
}
FORMULAS = {
    MarkKind.STOCKOUT: "used instead = median of the months around it × its season",
    MarkKind.OUTLIER: "used instead = median of the months around it × its season",
    MarkKind.EVENT: "used instead = what was asked for ÷ (1 + effect of the event)",
    MarkKind.UNSHIPPED: "used instead = sold + ordered for the month and not shipped",
}


def mark_url(mark: CleansingMark) -> str:
    return url("cleansed_month", mark.pk)


@explains("cleansed_month")
def of_mark(person: Person, pk: str) -> Explanation:
    """What the forecast learns from in a marked month of one series: the sale, or what stands in for it."""
    mark = driver_pages.marks(person).filter(pk=int(pk) if pk.isdigit() else 0).first()
    if mark is None:
        raise Http404("This month is no longer marked, or lies outside what you may see.")
    series, used = mark.series, mark.raw if mark.undone else mark.imputed
    place = {"item": series.item_id, "location": series.location_id, "segment": series.segment_id}
    return Explanation(
        title=f"Why {number(used)}?",
        sentence=runs(
            f"In {month_label(mark.month)} {number(mark.raw)} of {series.item.code} were sold at {series.location.code}, "
            f"{series.segment.code}. The forecast learns from ", number(used), f": {_because(mark)}.",
        ),
        parts=_parts(mark),
        total=used,
        total_label="Learned from, units",
        formula="" if mark.person else FORMULAS.get(MarkKind(mark.kind), ""),
        note=mark.reason,
        sources=[
            counted(person, f"Sales in {month_label(mark.month)}", "sales", **place, month=mark.month),
            counted(person, "All its cleansed months", "marks", **place),
        ],
    )  # fmt: skip


def _because(mark: CleansingMark) -> str:
    if mark.undone:
        return (
            f"{mark.person or 'somebody'} brought the sale back, {number(mark.imputed)} was proposed instead"
        )
    return f"{mark.person} said so" if mark.person else FOUND[MarkKind(mark.kind)]


def _parts(mark: CleansingMark) -> list[Part]:
    sold = Part(label="Sold", value=mark.raw)
    if mark.undone:
        return [sold]
    kind = mark.get_kind_display()
    label = kind if mark.kind == MarkKind.UNSHIPPED else f"No demand: {kind.lower()}"
    return [sold, Part(label=label, value=mark.imputed - mark.raw)]
