from io import BytesIO

from django.urls import reverse
from openpyxl import load_workbook

from meetings.models import Pack
from meetings.selectors import cycles
from supply.models import PlanLine


def test_pack_is_generated_printed_and_written_out(client, world):
    client.force_login(world.erin)
    answer = client.post(reverse("meetings:generate_pack"))
    pack = Pack.objects.get()
    assert answer.url == reverse("meetings:pack", args=[pack.pk])
    text = client.get(answer.url).content.decode()
    assert "1 action is overdue." in text
    assert f"content {pack.content_hash[:8]}" in text
    assert "216,000" in text
    book = load_workbook(BytesIO(client.get(reverse("meetings:pack_workbook", args=[pack.pk])).content))
    demand = {row[0].value: row[3].value for row in book["Demand"].iter_rows(min_row=2)}
    assert demand["Total"] == 216000
    assert demand["Bottles"] == 72000


def test_text_of_a_pack_never_runs_as_a_formula(client, world):
    world.late.title = "=HYPERLINK(1)"
    world.late.save()
    client.force_login(world.erin)
    client.post(reverse("meetings:generate_pack"))
    book = load_workbook(
        BytesIO(client.get(reverse("meetings:pack_workbook", args=[Pack.objects.get().pk])).content)
    )
    assert book["Actions"]["B2"].value == "'=HYPERLINK(1)"


def test_guests_read_packs_but_make_none(client, world, person):
    client.force_login(person("gus", "guest"))
    assert client.get(reverse("meetings:packs")).status_code == 200
    assert client.post(reverse("meetings:generate_pack")).status_code == 403


def test_what_is_served_late_within_a_period_is_not_passed_over(client, world):
    plan = cycles.required_cycle().plan
    plan.exceptions.update(kind="shortage", avoidable_loss=0, status="open")
    PlanLine.objects.filter(plan=plan).update(shortage=[])
    client.force_login(world.erin)
    client.post(reverse("meetings:generate_pack"))
    said = {finding["strong"]: finding["text"] for finding in Pack.objects.get().body["findings"]}
    assert "No item runs short in the plan." not in said
    (text,) = [text for strong, text in said.items() if strong.startswith("No period ends short; ")]
    assert "is served within its period" in text
