"""The data page: check, map, load, undo, and who may."""

from io import BytesIO

import pytest
from chain import work_all
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from forecasting.models import SalesLine
from siop.accounts.enums import Role
from siop.catalog.models import Category, Item, Location
from siop.gather import services, tables, uploads
from siop.gather.enums import UploadState
from siop.gather.models import ImportBatch, MappingProfile, Upload

pytestmark = pytest.mark.django_db
SALES = "date,item,location,segment,order,quantity\n2026-01-05,BTL,NJ,WEB,W1,3\n2026-01-06,B7L,NJ,WEB,W2,1\n"


@pytest.fixture
def catalog():
    services.load_tables(
        {"items": [{"item": "BTL"}], "locations": [{"location": "NJ"}], "segments": [{"segment": "WEB"}]}
    )


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def bring(page, text, name="sales.csv", **data):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return page.post(reverse("gather:upload"), {"file": file, **data}, follow=True)


def test_a_file_is_shown_before_anything_is_stored_and_then_loaded(page, catalog):
    shown = bring(page, SALES)
    assert "One row cannot be loaded" in shown.text
    assert "Unknown item" in shown.text
    assert "Load 1 valid row<" in shown.text
    assert not SalesLine.objects.exists()
    upload = Upload.objects.get()
    loaded = page.post(reverse("gather:load", args=[upload.pk]), {"valid_rows_only": "1"}, follow=True)
    assert SalesLine.objects.get().quantity == 3
    assert "Rows read" in loaded.text
    upload.refresh_from_db()
    assert (upload.state, upload.content) == (UploadState.LOADED, None)


def test_errors_can_be_downloaded_and_are_escaped_for_spreadsheets(page, catalog):
    bring(page, SALES.replace("B7L", "=1+1"))
    response = page.get(reverse("gather:upload_errors", args=[Upload.objects.get().pk]))
    assert response.text.splitlines() == [
        "row,column,value,reason,suggestion",
        "3,item,'=1+1,Unknown item,",
    ]


def test_a_file_without_known_columns_can_be_mapped_and_the_mapping_kept(page, catalog):
    bring(page, "Day;SKU;Pieces\n2026-01-05;btl;4\n", name="orders.csv", table="sales")
    upload = Upload.objects.get()
    assert upload.state == UploadState.UNUSABLE
    form = page.get(reverse("gather:mapping", args=[upload.pk]))
    assert "Pieces: 4<" in form.text, "a column is known by what stands in it"
    data = {
        "table": "sales",
        "from_date": "Day",
        "from_item": "SKU",
        "from_quantity": "Pieces",
        "mode": "merge",
    }
    data |= {"always_location": "NJ", "always_segment": "WEB", "upper": "on", "save_as": "shop"}
    data |= {f"{rule}_test": "one_of" for rule in ("exclude0", "exclude1", "exclude2", "negative")}
    shown = page.post(reverse("gather:mapping", args=[upload.pk]), data, follow=True)
    assert "Load 1 row<" in shown.text
    page.post(reverse("gather:load", args=[upload.pk]))
    assert SalesLine.objects.get().quantity == 4
    assert MappingProfile.objects.get().name == "shop"


def test_a_mapping_that_lacks_a_needed_field_is_refused_in_place(page, catalog):
    bring(page, "Day;SKU\n2026-01-05;BTL\n", name="orders.csv", table="sales")
    upload = Upload.objects.get()
    data = {"table": "sales", "from_item": "SKU", "mode": "merge"}
    answer = page.post(reverse("gather:mapping", args=[upload.pk]), data)
    assert "Sales need date: choose a column or a value." in answer.text


def test_undo_from_the_page(page, catalog):
    items = ImportBatch.objects.get(table="items")
    answer = page.post(reverse("gather:undo", args=[items.pk]), follow=True)
    assert "is undone" in answer.text
    assert not Item.objects.exists()


def test_an_empty_file_is_refused_with_its_reason(page):
    assert "empty" in bring(page, b"").text


def test_a_workbook_named_csv_and_a_picture_are_refused_with_a_reason(page):
    assert "The file is a picture" in bring(page, b"\x89PNG\r\n\x1a\n" + b"x" * 64).text


def test_uploads_of_others_do_not_exist(page, catalog, person):
    bring(page, SALES)
    upload = Upload.objects.get()
    page.force_login(person("dora", "demand_planner"))
    assert page.get(reverse("gather:upload_detail", args=[upload.pk])).status_code == 404


def test_guests_see_no_data_page(client, person):
    client.force_login(person("gus", "guest"))
    assert client.get(reverse("gather:index")).status_code == 403


def test_the_page_asks_as_many_questions_for_ten_imports_as_for_three(
    page, catalog, django_assert_num_queries
):
    url = reverse("gather:index")
    with CaptureQueriesContext(connection) as few:
        page.get(url)
    for number in range(8):
        services.load_tables({"items": [{"item": f"I{number}"}]})
    with django_assert_num_queries(len(few)):
        page.get(url)
    assert len(few) <= 20


def test_large_files_go_to_a_worker_and_the_page_polls(page, catalog, monkeypatch):
    monkeypatch.setattr(uploads, "INLINE_BYTES", 1_000)
    rows = "".join(f"2026-01-05,BTL,NJ,WEB,W{number},1\n" for number in range(60))
    shown = bring(page, "date,item,location,segment,order,quantity\n" + rows)
    upload = Upload.objects.get()
    assert upload.state == UploadState.CHECKING
    assert 'hx-trigger="every 1s"' in shown.text
    work_all()
    assert not SalesLine.objects.exists()
    assert "Load 60 rows" in page.get(reverse("gather:upload_detail", args=[upload.pk])).text
    page.post(reverse("gather:load", args=[upload.pk]))
    upload.refresh_from_db()
    assert upload.state == UploadState.LOADING
    work_all()
    upload.refresh_from_db()
    assert (upload.state, SalesLine.objects.count()) == (UploadState.LOADED, 60)
    polled = page.get(reverse("gather:upload_detail", args=[upload.pk]), headers={"HX-Request": "true"})
    assert (polled.status_code, polled["HX-Redirect"]) == (286, f"/data/imports/{upload.batches[0]}/")


def test_loading_twice_loads_once(page, catalog):
    bring(page, SALES)
    url = reverse("gather:load", args=[Upload.objects.get().pk])
    page.post(url, {"valid_rows_only": "1"})
    page.post(url, {"valid_rows_only": "1"}, follow=True)
    assert ImportBatch.objects.filter(table="sales").count() == 1


def test_a_cancelled_upload_is_gone(page, catalog):
    bring(page, SALES)
    upload = Upload.objects.get()
    page.post(reverse("gather:cancel", args=[upload.pk]))
    assert page.get(reverse("gather:upload_detail", args=[upload.pk])).status_code == 404
    upload.refresh_from_db()
    assert upload.content is None


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"]
)
def test_what_a_file_says_is_shown_as_text(page, catalog, payload):
    shown = bring(
        page,
        SALES.replace("B7L", '"' + payload.replace('"', '""') + '"'),
        name=f"{payload}.csv",
        table="sales",
    )
    assert payload not in shown.text or payload == "{{ 7*7 }}"
    assert "Unknown item" in shown.text


def test_an_empty_file_of_each_table_can_be_had(page):
    answer = page.get(reverse("gather:template", args=["segments"]))
    assert answer.text.strip() == "segment,description"
    assert page.get(reverse("gather:template", args=["nothing"])).status_code == 404


@pytest.fixture
def of_bottles(person):
    """Whose role holds for one family."""
    return person("bo", Role.DEMAND_PLANNER, category=Category.objects.create(code="Bottles"))


def test_rows_of_a_foreign_import_are_counted_but_not_shown_to_whose_role_holds_for_a_part(
    client, page, catalog, of_bottles
):
    bring(page, SALES)
    page.post(reverse("gather:load", args=[Upload.objects.get().pk]), {"valid_rows_only": "1"})
    batch = ImportBatch.objects.get(table="sales")
    detail, errors = (reverse(f"gather:import_{name}", args=[batch.pk]) for name in ("detail", "errors"))
    assert "B7L" in page.get(detail).text
    client.force_login(of_bottles)
    shown = client.get(detail)
    assert "One row left out" in shown.text
    assert "B7L" not in shown.text
    assert client.get(errors).status_code == 403


def test_whose_role_holds_for_a_part_takes_back_no_foreign_import(client, page, catalog, of_bottles):
    bring(page, SALES)
    page.post(reverse("gather:load", args=[Upload.objects.get().pk]), {"valid_rows_only": "1"})
    client.force_login(of_bottles)
    answer = client.post(
        reverse("gather:undo", args=[ImportBatch.objects.get(table="sales").pk]), follow=True
    )
    assert "Somebody else brought it" in answer.text
    assert SalesLine.objects.exists()


def test_the_empty_workbook_comes_back_with_the_sheets_that_were_filled(page):
    """Categories, items and locations are typed into it; the other sheets hold their heads alone."""
    book = load_workbook(BytesIO(page.get(reverse("gather:template_workbook")).content))
    assert book.sheetnames == list(tables.names())
    typed = {"categories": {"category": "Candles"}, "locations": {"location": "BRISTOL"}}
    typed["items"] = {"item": "CND-LAV", "category": "Candles", "unit_cost": 3.1}
    for name, row in typed.items():
        head = [cell.value for cell in book[name][1]]
        book[name].append([row.get(column) for column in head])
    file = BytesIO()
    book.save(file)
    shown = bring(page, file.getvalue(), name="tables.xlsx")
    upload = Upload.objects.get()
    assert [part["sheet"] for part in shown.context["parts"]] == ["categories", "locations", "items"]
    assert f"{len(tables.names()) - 3} sheets hold no rows and change nothing" in shown.text
    page.post(reverse("gather:load", args=[upload.pk]))
    assert Item.objects.get().category.code == "Candles", shown.text
    assert Location.objects.get().code == "BRISTOL"
    assert {batch.table for batch in ImportBatch.objects.filter(state="applied")} == set(typed)


ITEMS = "item,unit_cost\nBTL,4\nCAP,2\n"
PLACES = "location\nNJ\n"
SEGMENTS = "segment\nWEB\n"


def bring_several(page, **files):
    sent = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()]
    return page.post(reverse("gather:upload"), {"file": sent}, follow=True)


def test_files_dropped_together_are_judged_together_and_each_has_its_own_result(page):
    """Sales come first and name an item, a place and a segment that the other files bring."""
    shown = bring_several(
        page, sales=SALES, notes="a;b\n1;2\n", items=ITEMS, locations=PLACES, segments=SEGMENTS
    )
    rows = {row["upload"].file_name: row for row in shown.context["waiting"]["rows"]}
    assert {name: row["result"] for name, row in rows.items() if row["tone"] != "ex"} == {
        "sales.csv": "1 row with errors",  # B7L is in none of the files
        "items.csv": "every row is good",
        "locations.csv": "every row is good",
        "segments.csv": "every row is good",
    }
    assert rows["notes.csv"]["tone"] == "ex"
    assert "Load the 3 without errors" in shown.text
    assert not Item.objects.exists()
    loaded = page.post(reverse("gather:load_waiting"), follow=True)
    assert "3 files are loaded: locations.csv, segments.csv, items.csv." in loaded.text
    assert Item.objects.count() == 2
    assert [row["upload"].file_name for row in loaded.context["waiting"]["rows"]] == [
        "notes.csv",
        "sales.csv",
    ]


def test_what_others_refer_to_is_loaded_first_whatever_the_order_of_the_files(page):
    bring_several(page, sales=SALES.replace("B7L", "CAP"), items=ITEMS, locations=PLACES, segments=SEGMENTS)
    page.post(reverse("gather:load_waiting"))
    assert SalesLine.objects.count() == 2
    assert set(Upload.objects.values_list("state", flat=True)) == {UploadState.LOADED}


def test_a_file_that_was_wrong_is_judged_again_once_what_it_names_has_come(page):
    bring_several(page, sales=SALES.replace("B7L", "CAP"))
    bring_several(page, items=ITEMS, locations=PLACES, segments=SEGMENTS)
    page.post(reverse("gather:load_waiting"))
    assert SalesLine.objects.count() == 2
