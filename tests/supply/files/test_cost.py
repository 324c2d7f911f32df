"""`plan_files` tells what the plan costs beside a bound, and improves it where the parameters give it time."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

DEMAND = "item,location,date,quantity\n" + "\n".join(f"CAP,KL,2026-{m:02d}-01,100" for m in range(1, 13))
SOURCING = "item,location,source,kind,lead_time_days,unit_cost,order_cost\nCAP,KL,NEAR,buy,0,2.2,400\nCAP,KL,FAR,buy,40,2,400"


def planned(tmp_path: Path, **tables: str) -> tuple[dict[str, Any], str]:
    folder, out, said = tmp_path / "in", tmp_path / "out", StringIO()
    folder.mkdir(exist_ok=True)
    for name, text in {
        "demand": DEMAND,
        "sourcing": SOURCING,
        "items": "item,unit_cost\nCAP,2",
        **tables,
    }.items():
        (folder / f"{name}.csv").write_text(text + "\n")
    call_command("plan_files", str(folder), "--out", str(out), "--as-of", "2026-01-01", "--json", stdout=said)
    return json.loads(said.getvalue()), (out / "planned_orders.csv").read_text("utf-8")


def test_the_notes_hold_the_cost_against_a_bound(tmp_path: Path) -> None:
    report, orders = planned(tmp_path)
    assert any("no orders for them cost less than" in note for note in report["notes"])
    assert not any("checker" in note for note in report["notes"])
    assert "chosen by cost" not in orders


def test_with_time_to_improve_fewer_orders_are_placed(tmp_path: Path) -> None:
    greedy, _ = planned(tmp_path)
    improved, orders = planned(tmp_path, parameters="name,value\nplan_improvement_seconds,3")
    assert improved["rows"]["planned_orders"] < greedy["rows"]["planned_orders"]
    assert "lot chosen by cost" in orders
    assert not any("checker" in note for note in improved["notes"])


def test_a_second_source_that_closes_a_circle_is_left_out_and_said(tmp_path: Path) -> None:
    demand = "item,location,date,quantity\nCAP,KL,2026-02-01,100\nCAP,NJ,2026-02-01,40"
    sourcing = (
        "item,location,source,kind,lead_time_days,priority\nCAP,KL,FAR,buy,10,1\nCAP,KL,NJ,transfer,10,3\n"
        "CAP,NJ,NEAR,buy,10,1\nCAP,NJ,KL,transfer,10,2"
    )
    locations = "location\nKL\nNJ"
    report, orders = planned(tmp_path, demand=demand, sourcing=sourcing, locations=locations)
    assert [note for note in report["notes"] if "sourcing" in note] == [
        "sourcing: CAP@KL is not planned from NJ, for that is supplied from there itself; "
        "set its priority before the others to use it."
    ]
    assert report["rows"]["planned_orders"] == 2
    assert "FAR" in orders
    assert "NEAR" in orders
