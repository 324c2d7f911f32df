"""What `plan_files` says beside a plan: rows that it reads in one of two ways, or that change nothing."""

from datetime import date
from pathlib import Path

from folders import SOLD

from supply import files


def notes(folder: Path, **tables: str) -> list[str]:
    """What planning two months of the tables says beside the plan."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text + "\n")
    return files.plan_folder(folder, folder / "out", as_of=date(2026, 1, 1), horizon=2).notes


def test_terms_of_what_stands_nowhere_else_are_named(tmp_path: Path) -> None:
    said = notes(tmp_path, demand=SOLD, sourcing="item,location,source\nA,X,S\na,X,S")
    assert said[0] == "sourcing: no other table names a, so nothing is planned there."


def test_demand_below_zero_is_named(tmp_path: Path) -> None:
    """More comes back than is sold in February, and no month asks for less than nothing."""
    said = notes(tmp_path, demand="item,date,quantity\nA,2026-01-01,9\nA,2026-02-01,2\nA,2026-02-05,-5")
    assert said[0] == "demand: 1 bucket of item-locations below zero counted as none."


def test_of_many_that_are_planned_for_nothing_the_first_are_named(tmp_path: Path) -> None:
    lanes = "\n".join(f"I{n:02},X,V" for n in range(12))
    said = notes(tmp_path, demand=SOLD, sourcing=f"item,location,source\n{lanes}")
    named = ", ".join(f"I{n:02}" for n in range(10))
    assert said == [f"sourcing: no other table names {named} and 2 more, so nothing is planned there."]


def test_demand_before_a_launch_or_after_an_end_is_planned_and_named(tmp_path: Path) -> None:
    """A month in which an item is launched, or in which it ends, is part of its life."""
    said = notes(
        tmp_path,
        items="item,launch_date,end_date\nNEW,2026-02-15,\nOLD,,2025-12-15\nNOW,2026-01-15,2026-02-15",
        demand="item,location,date,quantity\n"
        + "\n".join(f"{item},P,2026-{month:02}-01,100" for item in ("NEW", "OLD", "NOW") for month in (1, 2)),
    )  # fmt: skip
    assert said == [
        "demand: 100 of NEW@P are asked for before its launch_date; they are planned all the same.",
        "demand: 200 of OLD@P are asked for after its end_date; they are planned all the same.",
    ]


def test_stock_counted_after_the_planning_date_is_named(tmp_path: Path) -> None:
    said = notes(
        tmp_path,
        demand=SOLD,
        on_hand="item,location,date,quantity\nA,X,2025-12-31,4\nA,X,2026-01-02,9",
    )
    assert said[0] == "on_hand: 1 row counted after the planning date left out."


def test_a_price_of_what_nobody_sells_is_named_and_changes_nothing(tmp_path: Path) -> None:
    said = notes(
        tmp_path,
        demand=SOLD,
        sourcing="item,location,source,unit_cost\nA,X,S,3",
        price_breaks="item,location,source,min_quantity,unit_cost\nGHOST,X,S,5,1",
    )
    assert "price_breaks, row 2: GHOST has no source 'S'; it changes no price." in said


def test_a_price_of_another_mode_is_named(tmp_path: Path) -> None:
    said = notes(
        tmp_path,
        demand=SOLD,
        sourcing="item,location,source,mode\nA,X,S,sea",
        price_breaks="item,location,source,mode,min_quantity,unit_cost\nA,X,S,,5,1\nA,X,S,air,5,1",
    )
    assert said == ["price_breaks, row 3: A has no source 'S' by 'air'; it changes no price."]


def test_a_unit_that_no_table_explains_is_taken_for_the_items_own_and_named(tmp_path: Path) -> None:
    said = notes(
        tmp_path, demand="item,location,date,quantity,unit\nA,X,2026-01-01,5,box\nA,X,2026-02-01,5,box"
    )
    assert said == ["demand: 'box' is taken for the unit that A is counted in, for items names none."]


def test_rows_that_add_up_are_named(tmp_path: Path) -> None:
    said = notes(
        tmp_path,
        demand=f"{SOLD}\nA,X,2026-01-01,5\nA,X,2026-01-01,5",
        scheduled_receipts="order,item,location,quantity,due_date\n" + 2 * "O1,A,X,50,2026-02-01\n",
    )
    assert said[-2:] == [
        "demand: 2 rows with the item, location, date of another; they add up.",
        "scheduled_receipts: 1 row with the order, line, item, location, due_date of another; they add up.",
    ]
