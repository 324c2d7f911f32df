"""`plan_files`: a folder of tables in, the plan out, compared with worked examples and refused with reasons."""

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from folders import SOLD, Planner
from openpyxl import Workbook
from shared_data import shared

from supply import files
from supply.engine import PlanInputs, SupplyPlan


def even_months(per_day: int, count: int, *, item: str = "CAP", place: str = "KL") -> str:
    starts = [date(2026 + k // 12, k % 12 + 1, 1) for k in range(count + 1)]
    rows = [
        f"{item},{place},{first},{per_day * (following - first).days}"
        for first, following in pairwise(starts)
    ]
    return "\n".join(["item,location,date,quantity", *rows])


def test_s06_how_many_when_and_not_too_many(plan: Planner) -> None:
    answer = plan(
        demand=even_months(100, 12),
        on_hand="item,location,quantity,date\nCAP,KL,9000,2026-01-01",
        sourcing="item,location,source,kind,lead_time_days,moq\nCAP,KL,S1,buy,60,10000",
        policies="item,location,service_policy,service_target\nCAP,KL,fixed_quantity,1500",
    )
    first = answer["planned_orders"][0]
    assert (first["quantity"], first["order_by"], first["due_date"]) == ("10000", "2026-01-16", "2026-03-17")
    assert float(first["cover_days"]) == pytest.approx(115)
    assert (first["source"], first["kind"], first["order"]) == ("S1", "buy", "P-000001")


def test_s01_shortage_is_carried_over_and_capacity_is_the_cause(plan: Planner) -> None:
    answer = plan(
        "--horizon", "2",
        demand="item,location,date,quantity\nCAP,KL,2026-01-01,12000\nCAP,KL,2026-02-01,12000",
        items="item,unit_cost,unit_price\nCAP,4,22",
        on_hand="item,location,quantity,date\nCAP,KL,3000,2026-01-01",
        sourcing="item,location,source,kind,lead_time_days\nCAP,KL,KL,make,0",
        resources="resource,location,capacity_per_month\nLINE,KL,10000",
        routings="item,resource,usage_per_unit\nCAP,LINE,1",
        policies="item,location,service_policy,service_target\nCAP,KL,fixed_quantity,1000",
    )  # fmt: skip
    closing = [(row["closing"], row["shortage"], row["below_safety_stock"]) for row in answer["projection"]]
    assert closing == [("1000", "0", "0"), ("0", "1000", "2000")]
    assert [row["utilisation"] for row in answer["capacity"]] == ["1", "1"]
    assert float(answer["capacity"][1]["value_of_one_more"]) == pytest.approx(18)
    worst = answer["exceptions"][0]
    assert (worst["kind"], worst["root_cause"], worst["money_at_risk"]) == (
        "shortage",
        "capacity LINE",
        "18000",
    )


@pytest.mark.parametrize(
    ("bounds", "level"),
    [("", "600"), (",300", "300")],
    ids=["the sixty days ahead", "no more than the policy's most"],
)
def test_days_of_supply_follow_the_demand_ahead_within_their_bounds(
    plan: Planner, bounds: str, level: str
) -> None:
    answer = plan(
        "--horizon", "2",
        demand="item,location,date,quantity\nCAP,NJ,2026-01-01,310\nCAP,NJ,2026-02-01,280",
        items="item,unit_cost\nCAP,4",
        policies=f"item,location,service_policy,service_target{',max_qty' if bounds else ''}\n"
        f"CAP,NJ,days_of_supply,60{bounds}",
        sourcing="item,location,source,kind,lead_time_days\nCAP,NJ,S,buy,10",
    )  # fmt: skip
    assert [row["safety_stock"] for row in answer["projection"]] == [level, level]


def test_days_of_supply_are_sold_before_they_expire(plan: Planner) -> None:
    answer = plan(
        "--horizon", "2",
        demand="item,location,date,quantity\nCAP,NJ,2026-01-01,310\nCAP,NJ,2026-02-01,280",
        items="item,unit_cost,shelf_life_days,service_policy,service_target\nCAP,4,40,days_of_supply,60",
        sourcing="item,location,source,kind,lead_time_days\nCAP,NJ,S,buy,10",
    )  # fmt: skip
    assert [row["safety_stock"] for row in answer["projection"]] == ["400", "400"]


def test_pegging_rows_sum_to_demand_and_late_ones_to_the_shortage(plan: Planner) -> None:
    answer = plan(
        "--horizon", "3",
        demand=even_months(10, 3),
        sourcing="item,location,source,kind,lead_time_days\nCAP,KL,S1,buy,59",
    )  # fmt: skip
    demanded = sum(float(row["demand"]) for row in answer["projection"])
    assert sum(float(row["quantity"]) for row in answer["pegging"]) == pytest.approx(demanded)
    late = sum(float(row["quantity"]) for row in answer["pegging"] if float(row["days_late"]) > 0)
    assert late == pytest.approx(float(answer["projection"][1]["shortage"]))
    assert {row["first_cause"] for row in answer["pegging"] if float(row["days_late"]) > 0} == {"lead time"}


def test_s03_storage_proposes_to_split_12000_bottles(plan: Planner) -> None:
    answer = plan(
        "--horizon", "2",
        items="item,volume_m3,units_per_carton\nBTL,0.05,12\nOLD,0.05,12",
        demand="item,location,date,quantity\nBTL,NJ,2026-02-01,24000",
        on_hand="item,location,quantity\nOLD,NJ,60000",
        sourcing="item,location,source,kind,lead_time_days,moq\nBTL,NJ,S1,buy,5,48000",
        locations="location,storage_m3\nNJ,300",
    )  # fmt: skip
    row = next(row for row in answer["exceptions"] if row["kind"] == "storage")
    assert (row["quantity"], row["item"]) == ("50", "BTL")
    assert "split 12,000 off" in row["suggestion"]
    storage = [row for row in answer["capacity"] if row["location"] == "NJ"]
    assert storage[1]["required"] == "350"


def test_space_is_made_by_as_many_orders_as_it_takes(plan: Planner) -> None:
    """300 and 200 m3 are left of two lots beside 100 of old stock, and 180 fit: what the larger lot leaves waits, and 120."""
    answer = plan(
        "--horizon", "2",
        items="item,volume_m3\nBIG,1\nMID,1\nOLD,1",
        demand="item,location,date,quantity\nBIG,NJ,2026-02-01,1\nMID,NJ,2026-02-01,1",
        on_hand="item,location,quantity\nOLD,NJ,100",
        sourcing="item,location,source,kind,lead_time_days,moq\nBIG,NJ,S1,buy,5,301\nMID,NJ,S1,buy,5,201",
        locations="location,storage_m3\nNJ,180",
    )  # fmt: skip
    (said,) = (row["suggestion"] for row in answer["exceptions"] if row["kind"] == "storage")
    assert said == "420 m³ over the limit: split 300 off P-000001, 120 off P-000002 and take them later"


def test_a_bundle_is_the_demand_of_its_items(plan: Planner) -> None:
    answer = plan(
        demand="item,location,date,quantity\nTWO,KL,2026-01-01,10\nCAP,KL,2026-01-01,5",
        bundles="bundle,item,quantity\nTWO,CAP,2",
        sourcing="item,location,source,kind,lead_time_days\nCAP,KL,S1,buy,0",
    )
    first = next(row for row in answer["projection"] if row["item"] == "CAP")
    assert first["demand"] == "25"
    assert {row["demand"] for row in answer["projection"] if row["item"] == "TWO"} == {"0"}


def test_components_and_transfers_are_planned_below_their_parents(plan: Planner) -> None:
    answer = plan(
        "--horizon", "6",
        demand="item,location,date,quantity\nCAP,NJ,2026-04-01,5000",
        sourcing="""item,location,source,mode,kind,lead_time_days,transit_days
            CAP,NJ,KL,ocean,transfer,,45
            CAP,KL,KL,,make,5,
            LID,KL,S1,truck,buy,10,""",
        bom="parent,component,quantity_per\nCAP,LID,2",
    )  # fmt: skip
    orders = {(row["item"], row["location"]): row for row in answer["planned_orders"]}
    assert orders["CAP", "NJ"]["ship_date"] == "2026-02-15"  # day 90 less 45
    assert orders["CAP", "KL"]["due_date"] == "2026-02-15"
    assert orders["LID", "KL"]["quantity"] == "10000"
    assert orders["LID", "KL"]["due_date"] == "2026-02-10"
    assert "P-" in orders["LID", "KL"]["pegged_to"]


def test_a_lead_time_beyond_the_planning_date_is_past_due_in_the_classic_record(plan: Planner) -> None:
    answer = plan(
        "--unconstrained", "--bucket", "week", "--horizon", "4",
        as_of="2026-01-05",
        demand="item,location,date,quantity\nA,X,2026-01-05,35\nA,X,2026-01-12,30\nA,X,2026-01-19,40\nA,X,2026-01-26,10",
        on_hand="item,location,quantity\nA,X,35",
        sourcing="item,location,source,kind,lead_time_days\nA,X,S,buy,14",
    )  # fmt: skip
    record = answer["projection"]
    assert [row["planned_receipts"] for row in record] == ["0", "30", "40", "10"]
    assert [row["planned_releases"] for row in record] == ["40", "10", "0", "0"]
    assert [row["past_due_release"] for row in record] == ["30", "0", "0", "0"]


_RULES = {"L4L": "lot_for_lot", "FOQ": "fixed_order_quantity", "POQ": "period_order_quantity"}


def test_the_reference_grids_come_out_of_one_folder(plan: Planner) -> None:
    cases = json.loads(shared("planning/mrp_grids.json").read_text())["cases"]
    start = date(2026, 1, 5).toordinal()
    demand, stock, open_orders = (
        ["item,location,date,quantity"],
        ["item,location,quantity"],
        ["order,item,location,quantity,due_date"],
    )
    lanes = ["item,location,source,kind,lead_time_days,moq,order_multiple"]
    rules = ["item,location,service_policy,service_target,lot_sizing,lot_parameter"]
    for case in cases:
        given, item = case["input"], case["id"]
        for week, (gross, due) in enumerate(zip(given["g"], given["s"], strict=True)):
            monday = date.fromordinal(start + 7 * week)
            demand.append(f"{item},X,{monday},{gross}")
            if due:
                open_orders.append(f"{item}-{week},{item},X,{due},{monday}")
        stock.append(f"{item},X,{given['oh']}")
        lanes.append(f"{item},X,S,buy,{7 * given['lt']},{given.get('moq', 0)},{given.get('mult', 0)}")
        rules.append(f"{item},X,fixed_quantity,{given['ss']},{_RULES[given['rule']]},{given.get('par', 0)}")
    answer = plan(
        "--unconstrained", "--bucket", "week", as_of="2026-01-05",
        demand="\n".join(demand), on_hand="\n".join(stock), scheduled_receipts="\n".join(open_orders),
        sourcing="\n".join(lanes), policies="\n".join(rules),
    )  # fmt: skip
    for case in cases:
        rows = [row for row in answer["projection"] if row["item"] == case["id"]][: len(case["input"]["g"])]
        expected = case["expected"]
        assert [float(row["planned_receipts"]) for row in rows] == expected["planned_receipts"], case["id"]
        assert [float(row["planned_releases"]) for row in rows] == expected["planned_releases"], case["id"]
        assert float(rows[0]["past_due_release"]) == expected["past_due_release"], case["id"]
        assert [float(row["closing"]) for row in rows] == expected["projected_on_hand"], case["id"]


@pytest.mark.parametrize(
    ("closures", "order_by", "due"),
    [
        ("S1,2025-12-01", "2026-01-16", "2026-03-17"),
        ("S1,2026-01-16", "2026-01-15", "2026-03-17"),
        ("S1,2026-02-17\nS1,2026-02-18", "2026-01-14", "2026-03-17"),
        ("KL,2026-03-17", "2026-01-15", "2026-03-16"),
    ],
)
def test_closed_days_of_supplier_and_location_move_the_order(
    plan: Planner, closures: str, order_by: str, due: str
) -> None:
    answer = plan(
        demand=even_months(100, 12),
        on_hand="item,location,quantity,date\nCAP,KL,9000,2026-01-01",
        sourcing="item,location,source,kind,lead_time_days,moq\nCAP,KL,S1,buy,60,10000",
        policies="item,location,service_policy,service_target\nCAP,KL,fixed_quantity,1500",
        closures="calendar,date,note\n" + closures.replace("\n", ",\n") + ",",
    )
    first = answer["planned_orders"][0]
    assert (first["order_by"], first["due_date"]) == (order_by, due)


def test_semicolons_decimal_commas_and_codes_with_zeros_are_read(plan: Planner) -> None:
    answer = plan(
        demand="item;location;date;quantity\n00123;KL;01.02.2026;12,5\n00123;KL;15.03.2026;7,5",
        sourcing="item;location;source;kind;lead_time_days;order_multiple\n00123;KL;S1;buy;0;0,5",
    )
    assert {row["item"] for row in answer["planned_orders"]} == {"00123"}
    assert sum(float(row["quantity"]) for row in answer["planned_orders"]) == 20


def test_words_are_read_however_they_are_joined(plan: Planner) -> None:
    answer = plan(
        "--horizon", "2",
        demand=SOLD,
        sourcing="item,location,source,kind\nA,X,S,Buy",
        policies="item,location,service_policy,service_target,lot_sizing\nA,X,Fixed quantity,5,lot-for-lot",
        scheduled_receipts="order,item,location,quantity,due_date,status\n1,A,X,3,2026-01-01,In Transit",
    )  # fmt: skip
    (order,) = answer["planned_orders"]
    assert (order["kind"], order["quantity"]) == ("buy", "12")


def test_bad_cells_are_listed_by_row_column_and_reason(plan: Planner) -> None:
    with pytest.raises(CommandError) as raised:
        plan(demand="item,location,date,quantity\nCAP,KL,2026-02-30,10\nCAP,KL,2026-03-01,lots")
    assert "demand, row 2, date '2026-02-30'" in str(raised.value)
    assert "demand, row 3, quantity 'lots'" in str(raised.value)


def test_a_cycle_is_named(plan: Planner) -> None:
    with pytest.raises(CommandError, match=r"A -> B -> A|B -> A -> B"):
        plan(
            demand="item,location,date,quantity\nA,X,2026-01-01,10",
            sourcing="item,location,source,kind,lead_time_days\nA,X,X,make,1\nB,X,X,make,1",
            bom="parent,component,quantity_per\nA,B,1\nB,A,1",
        )


def test_a_folder_without_demand_says_what_to_add(plan: Planner) -> None:
    with pytest.raises(CommandError, match=r"add demand\.csv"):
        plan(items="item\nA")


def test_the_same_folder_gives_the_same_hash_and_no_formula(plan: Planner) -> None:
    tables = {
        "demand": "item,location,date,quantity\n=1+1,KL,2026-01-01,10",
        "sourcing": "item,location,source,kind,lead_time_days\n=1+1,KL,S1,buy,0",
    }
    first, second = plan(**tables), plan(**tables)
    assert first["projection"][0]["content_hash"] == second["projection"][0]["content_hash"]
    assert not first["projection"][0]["item"].startswith("=")


ODD: dict[str, tuple[dict[str, str], str]] = {
    "nothing at all": ({"demand": "item,location,date,quantity"}, "There is nothing to plan"),
    "an empty file": ({"demand": ""}, "demand.csv: There is no row with values; the file is empty"),
    "a component that is nowhere": (
        {"demand": SOLD, "items": "item\nA", "bom": "parent,component,quantity_per\nA,GHOST,1"},
        "bom, row 2, component 'GHOST': no such item",
    ),
    "none of a component": (
        {"demand": SOLD, "bom": "parent,component,quantity_per\nA,B,0"},
        "bom, row 2, quantity_per '0': enter more than 0",
    ),
    "the same source twice": (
        {"demand": SOLD, "sourcing": "item,location,source,lead_time_days\nA,X,S,5\nA,X,S,9"},
        "sourcing, row 3, item 'A': the same item, location, source, mode, valid_from stands in row 2 already",
    ),
    "an unknown policy": (
        {"demand": SOLD, "policies": "item,location,service_policy\nA,X,hope"},
        "policies, row 2, service_policy 'hope': enter one of cycle_service",
    ),
    "a service level of 95": (
        {"demand": SOLD, "items": "item,service_policy,service_target\nA,fill_rate,95"},
        "items, row 2, service_target '95': enter a fraction above 0 and below 1",
    ),
    "a status nobody knows": (
        {"demand": SOLD, "scheduled_receipts": "order,item,location,quantity,status\n1,A,X,5,lost"},
        "scheduled_receipts, row 2, status 'lost': enter one of open",
    ),
    "a fence of no number": (
        {"demand": SOLD, "parameters": "name,value\nplanning_time_fence_days,nan"},
        "planning_time_fence_days is 'nan'; enter a number of 0 or more",
    ),
    "a lead time that ends before it begins": (
        {"demand": SOLD, "sourcing": "item,location,source,valid_from,valid_to\nA,X,S,2026-05-01,2026-04-01"},
        "sourcing, row 2, valid_to '2026-04-01': lies before valid_from",
    ),
    "at most less than at least": (
        {"demand": SOLD, "policies": "item,location,min_qty,max_qty\nA,X,100,50"},
        "policies, row 2, max_qty '50': enter at least min_qty, 100",
    ),
    "sold until before it is sold": (
        {"demand": SOLD, "items": "item,launch_date,end_date\nA,2026-03-15,2026-02-01"},
        "items, row 2, end_date '2026-02-01': lies before launch_date",
    ),
    "half a rank": (
        {"demand": SOLD, "items": "item,priority\nA,1.5"},
        "items, row 2, priority '1.5': enter a whole number",
    ),
    "lots of no size": (
        {"demand": SOLD, "policies": "item,location,lot_sizing,lot_parameter\nA,X,period_order_quantity,"},
        "policies, row 2, lot_parameter '0': enter the number of buckets for period_order_quantity",
    ),
    "none in a bundle": (
        {"demand": SOLD, "bundles": "bundle,item,quantity\nK,A,0"},
        "bundles, row 2, quantity '0': enter more than 0",
    ),
    "a bundle that holds itself": (
        {"demand": SOLD, "bundles": "bundle,item,quantity\nK,L,1\nL,K,2"},
        "bundles: K -> L -> K goes round",
    ),
    "a thousand or a decimal": (
        {"demand": 'item,location,date,quantity\nA,X,2026-01-01,"1,234"'},
        "demand, row 2, quantity '1,234': 1,234 may be 1.234 or 1234",
    ),
    "a tariff from nowhere": (
        {"demand": SOLD, "tariffs": "origin,destination,rate_pct\n,US,10"},
        "tariffs, row 2, origin '': is blank",
    ),
    "a transfer that goes round": (
        {"demand": SOLD, "sourcing": "item,location,source,kind\nA,X,Y,transfer\nA,Y,X,transfer"},
        "A@X -> A@Y -> A@X",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_an_odd_folder_is_refused_with_where_and_why(plan: Planner, case: str) -> None:
    tables, reason = ODD[case]
    with pytest.raises(CommandError) as raised:
        plan(**tables)
    assert reason in str(raised.value)
    assert raised.value.returncode == 1


def test_what_nobody_delivers_stays_short_and_asks_for_a_source(plan: Planner) -> None:
    (first, *_) = plan("--horizon", "2", demand=SOLD)["exceptions"]
    assert (first["kind"], first["suggestion"]) == ("shortage", "Enter a source for A@X")


def test_codes_are_one_however_unicode_spells_them_and_countries_whatever_their_case(plan: Planner) -> None:
    answer = plan(
        demand="item,location,date,quantity\nCafe\u0301,NJ,2026-02-01,10",
        sourcing="item,location,source,lead_time_days,unit_cost\nCaf\u00e9,NJ,S,5,4",
        locations="location,country\nNJ,us",
        suppliers="supplier,country\nS,CN",
        tariffs="origin,destination,valid_from,rate_pct\ncn,US,2025-01-01,25",
    )
    (order,) = answer["planned_orders"]
    assert (order["item"], order["unit_landed_cost"]) == ("Caf\u00e9", "5")


def test_a_table_in_two_files_is_refused_and_a_workbook_is_read(plan: Planner, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("Demand", 0)
    for row in (["Item", "Location", "Date", "Quantity"], ["A", "X", date(2026, 2, 1), 12.5]):
        sheet.append(row)
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "plan.xlsx")
    source = "item,location,source,kind,lead_time_days\nA,X,S,buy,10"
    (order,) = plan(sourcing=source)["planned_orders"]
    assert (order["quantity"], order["order_by"]) == ("13", "2026-01-22")
    with pytest.raises(CommandError, match="demand is there twice"):
        plan(demand=SOLD, sourcing=source)


def test_a_second_unit_that_no_table_explains_is_refused(plan: Planner) -> None:
    with pytest.raises(CommandError, match="demand, row 3: A has no unit 'EACH'; add it to units"):
        plan(demand="item,location,date,quantity,unit\nA,X,2026-01-01,5,BOX\nA,X,2026-02-01,5,EACH")


def test_an_open_order_line_that_is_there_twice_is_refused(plan: Planner) -> None:
    """By its key of order and line; an order that numbers no lines may stand in several rows."""
    receipts = "order,line,item,location,quantity,due_date\nO1,1,A,X,50,2026-02-01\nO1,1,A,X,50,2026-02-01"
    with pytest.raises(CommandError, match="row 3, order 'O1': the same order, line stands in row 2 already"):
        plan(demand=SOLD, scheduled_receipts=receipts)


def test_no_plan_is_written_that_the_checker_finds_fault_with(
    plan: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner that forgets its last order: the balance no longer holds."""
    real = files.plan_supply

    def forgetful(inputs: PlanInputs) -> SupplyPlan:
        answer = real(inputs)
        return replace(answer, projection=replace(answer.projection, closing=answer.projection.closing + 1))

    monkeypatch.setattr(files, "plan_supply", forgetful)
    monkeypatch.setattr(files, "_SMALL", 0)
    with pytest.raises(CommandError, match="was not written") as raised:
        plan("--horizon", "2", demand=SOLD, sourcing="item,location,source,kind\nA,X,S,buy")
    assert "balance at item 0, bucket 0" in str(raised.value)
    assert not (tmp_path / "out").exists()
