"""`plan_files`: bills of material, transfers and hubs, by hand; 1 January 2026 is today."""

from folders import DEMAND, Planner, column, months, orders, record, table


def test_scrap_raises_what_a_parent_takes_level_by_level(plan: Planner) -> None:
    """100 x 2 / (1 - 20 %) = 250 of B by 27 January, which take 125 of C by the 24th."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,P,2026-02-01,100",
        bom="parent,component,quantity_per,scrap_pct\nA,B,2,20\nB,C,0.5,0",
        sourcing=table(
            "item,location,source,kind,lead_time_days", ("A,P,P,make,5", "B,P,P,make,3", "C,P,S,buy,10")
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "item", "quantity", "order_by", "due_date") == [
        ("A", "100", "2026-01-27", "2026-02-01"),
        ("B", "250", "2026-01-24", "2026-01-27"),
        ("C", "125", "2026-01-14", "2026-01-24"),
    ]


def test_a_bill_of_material_changes_on_its_day(plan: Planner) -> None:
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,P,2026-01-15,100\nA,P,2026-02-15,100",
        bom="parent,component,quantity_per,valid_from,valid_to\nA,OLD,1,,2026-01-31\nA,NEW,3,2026-02-01,",
        sourcing="item,location,source,kind\nA,P,P,make\nOLD,P,S,buy\nNEW,P,S,buy",
    )  # fmt: skip
    assert record(found["projection"], "OLD", "dependent_demand") == [(100,), (0,)]
    assert record(found["projection"], "NEW", "dependent_demand") == [(0,), (300,)]


def test_a_later_line_of_a_bill_of_material_replaces_the_one_before(plan: Planner) -> None:
    found = plan(
        "--horizon", "2", "--unconstrained",
        demand=DEMAND + "A,P,2026-01-01,100\nA,P,2026-02-01,100",
        bom="parent,component,valid_from,quantity_per\nA,B,,1\nA,B,2026-02-01,3",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
    )  # fmt: skip
    assert record(found["projection"], "B", "dependent_demand") == [(100,), (300,)]


def test_what_waits_until_it_takes_more_of_a_part_is_caught_up(plan: Planner) -> None:
    """No capacity limits C: January's 100 wait for it until 15 February, take 2 each by then, and the debt ends there."""
    answer = plan(
        "--horizon", "4",
        demand=table(DEMAND.strip(), [f"K,P,2026-{month:02}-01,100" for month in (1, 2, 3, 4)]),
        bom="parent,component,valid_from,quantity_per\nK,C,,1\nK,C,2026-02-01,2",
        sourcing="item,location,source,kind,lead_time_days\nK,P,P,make,0\nC,P,V,buy,45",
    )  # fmt: skip
    assert record(answer["projection"], "K", "planned_receipts", "shortage") == [
        (0, 100), (200, 0), (100, 0), (100, 0),
    ]  # fmt: skip
    assert record(answer["projection"], "C", "planned_receipts", "shortage") == [
        (0, 0), (400, 0), (200, 0), (200, 0),
    ]  # fmt: skip


def test_a_transfer_ships_its_transit_days_before_and_is_made_before_that(plan: Planner) -> None:
    """Needed on 1 April: ships on 15 February (45 days), made from the 5th (10 days); units tie at both sites."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,NJ,2026-04-01,5000",
        sourcing=table(
            "item,location,source,kind,lead_time_days,transit_days", ("A,NJ,MY,transfer,45,45", "A,MY,MY,make,10,0")
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "location", "order_by", "ship_date", "due_date") == [
        ("NJ", "2026-02-15", "2026-02-15", "2026-04-01"),
        ("MY", "2026-02-05", "2026-02-15", "2026-02-15"),
    ]
    shipped = record(found["projection"], "A", "dependent_demand", place="MY")
    received = record(found["projection"], "A", "planned_receipts", place="NJ")
    assert (sum(map(sum, shipped)), sum(map(sum, received))) == (5000, 5000)


def test_a_transfer_without_transit_days_is_on_its_way_for_its_whole_lead_time(plan: Planner) -> None:
    """Planned shipments of the shop are gross requirements of the plant when they are released, as in any DRP."""
    mondays = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26")
    found = plan(
        "--horizon", "4", "--bucket", "week", "--unconstrained", as_of="2026-01-05",
        demand=table(DEMAND.strip(), (f"A,SHOP,{monday},{units}" for monday, units in zip(mondays, (0, 0, 20, 30), strict=True))),
        sourcing="item,location,source,kind,lead_time_days\nA,SHOP,PLANT,transfer,14\nA,PLANT,PLANT,make,0",
    )  # fmt: skip
    assert record(found["projection"], "A", "planned_receipts", place="SHOP") == [(0,), (0,), (20,), (30,)]
    assert record(found["projection"], "A", "dependent_demand", place="PLANT") == [(20,), (30,), (0,), (0,)]


def test_a_part_of_two_parents_goes_to_the_first_priority(plan: Planner) -> None:
    found = plan(
        "--horizon", "1",
        items="item,priority\nA,2\nB,1",
        demand=DEMAND + months("A", 80) + months("B", 60),
        on_hand="item,location,quantity\nC,P,100",
        bom="parent,component,quantity_per\nA,C,1\nB,C,1",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,P,make",
    )  # fmt: skip
    assert column(found["projection"], "planned_receipts", item="B") == [60]
    assert column(found["projection"], "planned_receipts", item="A") == [40]
    late = {(row["demand_item"], row["first_cause"]) for row in found["pegging"] if row["order"] == "short"}
    assert ("A", "component C@P: no source") in late


def test_goods_pass_a_hub_on_the_day_they_are_needed_there(plan: Planner) -> None:
    """Wanted on 1 April: 10 days from the hub (22 March), 35 to it (15 February) after 5 to be handed over and made."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,NJ,2026-04-01,300",
        sourcing="item,location,source,kind,lead_time_days,transit_days\n"
        "A,NJ,HUB,transfer,10,10\nA,HUB,MY,transfer,40,35\nA,MY,MY,make,5,0",
    )["planned_orders"]  # fmt: skip
    dates = [tuple(row[name] for name in ("location", "order_by", "ship_date", "due_date")) for row in found]
    assert dates == [
        ("NJ", "2026-03-22", "2026-03-22", "2026-04-01"),
        ("HUB", "2026-02-10", "2026-02-15", "2026-03-22"),
        ("MY", "2026-02-10", "2026-02-15", "2026-02-15"),
    ]


def test_a_phantom_passes_on_what_it_has_no_stock_of(plan: Planner) -> None:
    """One place, so none is named. Ten A take ten P in week 2; four are there, six are made at once of twelve b."""
    found = plan(
        "--unconstrained", "--bucket", "week", "--horizon", "3", as_of="2026-01-05",
        demand="item,date,quantity\nA,2026-01-19,10",
        on_hand="item,quantity\nP,4",
        bom="parent,component,quantity_per\nA,P,1\nP,b,2",
        sourcing="item,kind,lead_time_days\nA,make,7\nP,make,0\nb,buy,7",
    )["projection"]  # fmt: skip
    assert column(found, "planned_releases", item="P") == [0, 6, 0]
    assert column(found, "planned_releases", item="b") == [12, 0, 0]


def test_a_lead_time_that_grows_moves_releases_to_the_last_short_one(plan: Planner) -> None:
    """One month until April, two from May: what is needed in June leaves in April, for in May it would be late."""
    found = plan(
        "--unconstrained", "--horizon", "7",
        demand=DEMAND + months("A", 0, 0, 10, 11, 12, 13, 14),
        bom="parent,component,quantity_per\nA,b,2",
        sourcing="item,location,source,kind,lead_time_days,moq,valid_from,valid_to\n"
        "A,P,P,make,30,,,2026-04-30\nA,P,P,make,45,20,2026-05-01,\nb,P,S,buy,0,,,",
    )["projection"]  # fmt: skip
    assert column(found, "planned_releases", item="A") == [0, 10, 11, 25, 20, 0, 0]
    assert column(found, "dependent_demand", item="b") == [0, 20, 22, 50, 40, 0, 0]
