"""What a list finds: its sums, its spreadsheet and its columns, for the same address as the page."""

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from planning import Planned

from siop.catalog.models import Item
from siop.web import list_pages
from supply.models import PlannedOrder, Supplier, SupplierRisk

ITEMS = 2
FILTERED = {
    "supply-plan": ("/supply/", "show=release&sort=-value"),
    "inventory": ("/supply/inventory/", "q=CAP&sort=item"),
    "exceptions": ("/supply/exceptions/", "kind=shortage"),
    "suppliers": ("/supply/suppliers/", "sort=code"),
}


def sheet(client: Any, name: str, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/web/lists/{name}.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def foot(client: Any, path: str) -> list[str]:
    """Texts of the cells under a list."""
    found = re.search(r"<tfoot>(.*?)</tfoot>", client.get(path).content.decode(), re.DOTALL)
    assert found
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", cell).strip() for cell in cells]


def of_unit(made: Planned, unit: str, **named: Any) -> None:
    Item.objects.filter(pk__in=[item.pk for item in made.items], **named).update(unit=unit)


def test_a_spreadsheet_has_the_rows_of_the_page_in_its_order(sams: Any, made: Planned) -> None:
    rows = sheet(sams, "supply-plan", "show=release&sort=-value")
    shown = sams.get("/supply/?show=release&sort=-value").context["rows"]
    assert len(rows) > 1
    assert [row["Order"] for row in rows] == [row["reference"] for row in shown]
    assert [row["Item"] for row in rows] == [row["item"].code for row in shown]
    every = sheet(sams, "supply-plan")
    assert len(every) > len(rows)


@pytest.mark.parametrize("name", FILTERED)
def test_a_page_says_how_many_rows_its_spreadsheet_has(sams: Any, made: Planned, name: str) -> None:
    path, query = FILTERED[name]
    text = sams.get(f"{path}?{query}&page=1").content.decode()
    link = re.search(rf'(\d+) rows? as <a href="(/web/lists/{name}\.csv\?[^"]+)"', text)
    assert link
    address = link[2].replace("&amp;", "&")
    assert "page=" not in address
    rows = sheet(sams, name, address.partition("?")[2])
    assert len(rows) == int(link[1]) > 0


def test_a_page_of_many_pages_gives_all_their_rows(
    sams: Any, made: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    from supply.selectors.pages import orders

    whole = [row["Order"] for row in sheet(sams, "supply-plan", "sort=value")]
    monkeypatch.setattr(orders, "ROWS_AT_ONCE", 3)
    assert [row["Order"] for row in sheet(sams, "supply-plan", "sort=value&page=2")] == whole
    assert len(whole) == sams.get("/supply/?sort=value").context["page"].paginator.count > 6


def test_capacity_is_taken_out_as_it_is_filtered(sams: Any, made: Planned) -> None:
    kinds = {row["Kind"] for row in sheet(sams, "capacity", "kind=storage")}
    assert len(kinds) == 1
    assert len({row["Kind"] for row in sheet(sams, "capacity")}) > 1


def test_the_same_file_comes_as_a_workbook(sams: Any, made: Planned) -> None:
    answer = sams.get("/web/lists/inventory.xlsx?q=CAP")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:3] == ("Item", "Description", "Location")
    assert {row[0][:3] for row in rows[1:]} == {"CAP"}
    assert f'filename="inventory-v{made.plan.pk}.xlsx"' in answer["Content-Disposition"]


def test_what_a_spreadsheet_would_run_is_escaped(sams: Any, made: Planned) -> None:
    Item.objects.filter(pk=made.items[0].pk).update(description="=2+3")
    assert {row["Description"] for row in sheet(sams, "inventory", "q=CAP-101")} == {"'=2+3"}


def test_a_list_or_format_that_there_is_not_is_not_found(sams: Any, made: Planned) -> None:
    for name in ("nonsense.csv", "inventory.json", "inventory.exe"):
        assert sams.get(f"/web/lists/{name}").status_code == 404


def test_nobody_takes_out_what_the_page_hides(client: Any, person: Callable[..., Any], made: Planned) -> None:
    client.force_login(person("cara", "supply_planner", category=made.categories["Drinks"]))
    for name in ("supply-plan", "inventory"):
        assert {row["Item"][:3] for row in sheet(client, name)} == {"CAP"}
    total = foot(client, "/supply/inventory/")
    assert total[0] == f"{len(sheet(client, 'inventory'))} item-locations"


@pytest.mark.parametrize("name", FILTERED)
def test_sums_agree_with_the_rows_to_the_cent_and_explain_themselves(
    sams: Any, sam: Any, made: Planned, name: str
) -> None:
    from siop.web.explanations import explain

    path, query = FILTERED[name]
    asked = re.findall(r'/web/why/(list_total/[^"]+)', sams.get(f"{path}?{query}").content.decode())
    rows, page = sheet(sams, name, query), list_pages.get(name)
    assert asked
    for address in asked:
        assert sams.get(f"/web/why/{address}").status_code == 200, address
        _, _, plan, key, unit, kept = address.replace("&amp;", "&").split("/")
        found = explain(sam, "list_total", name, plan, key, unit, kept)
        column = next(one for one in page.columns if one.key == key)
        header = column.headers[0].replace("{currency}", list_pages.currency_of(made.plan))
        amounts = [
            Decimal(row[header] or 0) * (Decimal(row["Chance"]) if key == "loss" else 1) for row in rows
        ]
        assert float(found.total) == pytest.approx(float(sum(amounts)), abs=0.005), address


def test_bottles_and_kilograms_are_never_added(sams: Any, sam: Any, made: Planned) -> None:
    """Stock of 40 pieces here and 25.5 kg there is 40 pcs and 25.5 kg, not 65.5."""
    from supply.models import PlanLine

    of_unit(made, "kg", category=made.categories["Bottles"])
    PlanLine.objects.update(on_hand=0)
    PlanLine.objects.filter(pk=made.lines[0].pk).update(on_hand=40)
    kilograms = PlanLine.objects.filter(item__unit="kg").first()
    assert kilograms is not None
    PlanLine.objects.filter(pk=kilograms.pk).update(on_hand=25)
    assert re.split(r"\s{2,}", foot(sams, "/supply/inventory/")[4]) == ["40 pcs", "25 kg"]
    assert foot(sams, "/supply/inventory/?q=CAP")[4] == "40 pcs"
    orders = sheet(sams, "supply-plan")
    kg = sum(float(row["Units"]) for row in orders if row["Unit"] == "kg")
    from siop.web.explanations import explain

    found = explain(sam, "list_total", "supply-plan", str(made.plan.pk), "units", "kg", "-")
    assert float(found.total) == pytest.approx(kg)


def test_many_units_of_measure_leave_the_foot_small() -> None:
    totals = list_pages.added([("kg", 5), ("pcs", 9), ("l", 1), ("m", 2), ("kg", 1)])
    assert [(one.unit, one.value) for one in totals] == [("pcs", 9), ("kg", 6), ("m", 2), ("l", 1)]


def test_columns_are_chosen_and_page_and_spreadsheet_follow(sams: Any, made: Planned) -> None:
    query = "col=value&col=nonsense&col=location"
    heads = [head["label"] for head in sams.get(f"/supply/inventory/?{query}").context["table"]["columns"]]
    assert [head.partition(",")[0] for head in heads] == ["Item", "Location", "Value"]
    assert [head.partition(",")[0] for head in sheet(sams, "inventory", query)[0]] == [
        "Item",
        "Description",
        "Location",
        "Value",
    ]
    assert len(foot(sams, f"/supply/inventory/?{query}")) == 3


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, (path, _) in FILTERED.items()])
def test_each_list_can_leave_out_every_column_that_is_not_kept(
    sams: Any, made: Planned, name: str, path: str
) -> None:
    page = list_pages.get(name)
    for column in page.columns:
        text = sams.get(f"{path}?col={column.key}").content.decode()
        table = re.search(
            r'<section class="list-scroll.*?</table>|<form class="list-scroll.*?</table>', text, re.DOTALL
        )
        assert table
        head, row = (re.search(rf"<{part}>(.*?)</tr>", table[0], re.DOTALL) for part in ("thead", "tbody"))
        assert head
        assert row
        assert len(re.findall(r"<th ", head[1])) == len(re.findall(r"<t[dh][ >]", row[1])), column.key
    unknown = sams.get(f"{path}?col=nonsense").content.decode()
    assert len(re.findall(r'<th scope="col"', unknown)) > len(re.findall(r'<th scope="col"', text))


def test_every_column_of_a_list_stands_in_its_spreadsheet(sams: Any, made: Planned) -> None:
    for name in [*FILTERED, "capacity"]:
        page = list_pages.get(name)
        headers = [header for column in page.columns for header in column.headers]
        assert list(sheet(sams, name)[0]) == [
            header.replace("{currency}", list_pages.currency_of(made.plan)) for header in headers
        ]


def test_suppliers_whose_failure_costs_most_come_first_then_those_most_is_bought_from(
    sams: Any, made: Planned
) -> None:
    Supplier.objects.bulk_create(Supplier(code=code) for code in ("IDLE", "MUCH", "FELT"))
    bought = PlannedOrder.objects.filter(plan=made.plan, kind="buy").first()
    assert bought is not None
    PlannedOrder.objects.filter(pk=bought.pk).update(source="MUCH", quantity=10**6)
    SupplierRisk.objects.all().delete()
    for supplier in Supplier.objects.all():
        exposure = 10 if supplier.code == "FELT" else 0
        SupplierRisk.objects.create(plan=made.plan, supplier=supplier, survive_days=9, exposure=exposure)
    rows = sams.get("/supply/suppliers/").context["rows"]
    assert [row["supplier"].code for row in rows][:2] == ["FELT", "MUCH"]
