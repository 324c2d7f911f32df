"""Stock and policies, as lists that explanations open."""

from django.db.models import QuerySet, Sum

from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.catalog.visibility import visible
from siop.web.rows import Column, Filters, RowList, register, within
from siop.web.templatetags.siop import day, number

from .models import Policy, StockOnHand


def stock(person: Person, filters: Filters) -> QuerySet[StockOnHand]:
    rows = visible(StockOnHand.objects.select_related("item", "location"), person)
    return within(rows, filters, day="date", item="item", location="location").order_by(
        "-date", "expiry_date"
    )


def policies(person: Person, filters: Filters) -> QuerySet[Policy]:
    rows = visible(Policy.objects.select_related("item", "location", "person"), person)
    return within(rows, filters, item="item", location="location").order_by("item__code", "location__code")


def _in_all(rows: QuerySet[StockOnHand]) -> str:
    newest = rows.order_by("-date").values_list("date", flat=True).first()
    if newest is None:
        return ""
    total = rows.filter(date=newest).aggregate(total=Sum("quantity"))["total"]
    return f"{number(total)} units on {day(newest)}"


def policy_value(policy: Policy) -> str:
    if policy.service_target is None:
        return "-"
    if policy.service_policy in ("fixed_quantity", "days_of_supply"):
        return number(policy.service_target)
    return f"{number(float(policy.service_target) * 100, 2)} %"


register(
    RowList(
        kind="on_hand",
        label="Stock on hand",
        rows=stock,
        total=_in_all,
        columns=[
            Column(label="Counted on", value=lambda row: day(row.date)),
            Column(label="Item", value=lambda row: f"{row.item.code} {row.item.description}"),
            Column(label="Location", value=lambda row: row.location.code),
            Column(
                label="Quantity", value=lambda row: number(row.quantity, places_of(row.item)), number=True
            ),
            Column(label="Expires", value=lambda row: day(row.expiry_date)),
        ],
    ),
    RowList(
        kind="policies",
        label="Policies",
        rows=policies,
        columns=[
            Column(label="Item", value=lambda row: row.item.code),
            Column(label="Location", value=lambda row: row.location.code),
            Column(label="Policy", value=lambda row: row.get_service_policy_display() or "as its class"),
            Column(label="Target", value=policy_value, number=True),
            Column(label="Review, days", value=lambda row: number(row.review_days), number=True),
            Column(label="Lot sizing", value=lambda row: row.get_lot_sizing_display() or "lot for lot"),
            Column(label="Minimum", value=lambda row: number(row.min_qty), number=True),
            Column(label="Maximum", value=lambda row: number(row.max_qty), number=True),
            Column(label="Reserve", value=lambda row: number(row.reserve_ashore), number=True),
            Column(label="Version", value=lambda row: str(row.version), number=True),
            Column(label="Who", value=lambda row: str(row.person or "imported")),
            Column(label="Reason", value=lambda row: row.reason),
        ],
    ),
)
