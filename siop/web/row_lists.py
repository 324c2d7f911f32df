"""Items and imports, as lists that explanations open: every number rests on them."""

from django.db.models import QuerySet

from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible_items
from siop.gather.models import ImportBatch

from .rows import Column, Filters, RowList, register, within
from .templatetags.siop import day, number


def imports(person: Person, filters: Filters) -> QuerySet[ImportBatch]:
    return within(ImportBatch.objects.select_related("person").order_by("-id"), filters, batch="pk")


def items(person: Person, filters: Filters) -> QuerySet[Item]:
    rows = visible_items(person).select_related("category", "like_item")
    return within(rows, filters, item="pk", category="category").order_by("code")


register(
    RowList(
        kind="items",
        label="Items",
        rows=items,
        columns=[
            Column(label="Item", value=lambda row: row.code),
            Column(label="Description", value=lambda row: row.description),
            Column(label="Category", value=lambda row: str(row.category or "-")),
            Column(label="Unit", value=lambda row: row.unit),
            Column(label="Step", value=lambda row: str(row.step.normalize()), number=True),
            Column(label="Cost a unit", value=lambda row: number(row.unit_cost, 2), number=True),
            Column(label="Price a unit", value=lambda row: number(row.unit_price, 2), number=True),
            Column(label="Policy", value=lambda row: row.get_service_policy_display() or "by class"),
            Column(label="Target", value=lambda row: number(row.service_target, 4), number=True),
            Column(label="Like", value=lambda row: str(row.like_item or "-")),
        ],
    ),
    RowList(
        kind="imports",
        label="Imports",
        rows=imports,
        columns=[
            Column(label="Import", value=lambda row: str(row.pk)),
            Column(label="Table", value=lambda row: row.table),
            Column(label="File", value=lambda row: row.file_name),
            Column(label="State", value=lambda row: row.get_state_display()),
            Column(label="Read", value=lambda row: number(row.read_rows), number=True),
            Column(label="Loaded", value=lambda row: number(row.applied_rows), number=True),
            Column(label="Unchanged", value=lambda row: number(row.unchanged_rows), number=True),
            Column(label="Rejected", value=lambda row: number(row.rejected_rows), number=True),
            Column(label="Who", value=lambda row: str(row.person or "a script")),
            Column(label="When", value=lambda row: day(row.applied)),
        ],
    ),
)
