"""What planners type: split exactly, versioned, undone and redone, replayed on a new baseline."""

from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from factories import plan_version
from forecasting_plan import Desk, make_plan, row_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.overrides_book import Entry, Node, derive
from forecasting.selectors.demand_cube import load

pytestmark = pytest.mark.django_db


def test_category_set_to_12000_splits_by_forecast_share_and_sums_exactly(dana):
    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("c", made.categories["Bottles"]), {0: 12_000})
    assert desk.values() == [2000, 4000, 6000]


def test_override_keeps_who_why_and_until_when_and_the_forecast_stays(dana):
    from forecasting.models import ForecastLine, Override

    plan, made = make_plan()
    desk = Desk(plan, dana)
    desk.type(
        row_of("s", made.series[0]),
        {0: 14_000},
        reason="Ads doubled",
        expires=plan.as_of.replace(month=12, day=31),
    )
    override = Override.objects.get()
    assert (override.person, override.reason, override.value) == (dana, "Ads doubled", 14_000)
    assert override.expires is not None
    assert ForecastLine.objects.get(series=made.series[0]).statistical[0] == 100


def test_an_override_stands_in_a_batch_of_the_one_who_typed_it(dana, sam):
    from forecasting.models import Override

    plan, made = make_plan()
    Desk(plan, dana).type(row_of("s", made.series[0]), {0: 14_000})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for other in ({"person": sam}, {"batch": uuid4()}):
        with pytest.raises(IntegrityError, match="override_in_batch_of_its_person"), transaction.atomic():
            Override.objects.update(**other)


def test_of_two_numbers_typed_at_a_leaf_the_later_stays_and_a_leaf_outside_the_plan_is_passed_over():
    plan, _ = make_plan(items=3)
    cube = load(plan)
    typed = [
        (cube.leaf_node(0), 5.0), (Node(0, 10**6, 1, 1), 6.0), (cube.leaf_node(2), 7.0), (cube.leaf_node(0), 8.0),
    ]  # fmt: skip
    entries = [
        Entry(at, at, node, 0, "set", value, True, None) for at, (node, value) in enumerate(typed, start=1)
    ]
    untouched = float(cube.base[0, 1])
    assert derive(cube, 0, entries, skip=lambda _: None).tolist()[:3] == [8.0, untouched, 7.0]


def test_undo_restores_and_redo_brings_back(dana):
    plan, _ = make_plan()
    desk = Desk(plan, dana)
    before = desk.values()
    saved = desk.type("all", {0: 3333})
    after = desk.values()
    assert sum(after) == 3333
    undone = desk.undo(saved.batch)
    assert desk.values() == before
    assert undone.message == "1 cell undone"
    desk.undo(undone.batch)
    assert desk.values() == after


def test_second_edit_of_a_cell_undone_leaves_the_first(dana):
    plan, made = make_plan()
    desk = Desk(plan, dana)
    leaf = row_of("s", made.series[0])
    desk.type(leaf, {0: 150})
    second = desk.type(leaf, {0: 170})
    assert desk.values()[0] == 170
    desk.undo(second.batch)
    assert desk.values()[0] == 150


def test_undo_leaves_what_was_changed_since(dana):
    plan, made = make_plan()
    desk = Desk(plan, dana)
    leaf = row_of("s", made.series[0])
    first = desk.type(leaf, {0: 150, 1: 160})
    desk.type(leaf, {0: 170})
    answer = desk.undo(first.batch)
    assert (desk.values(0)[0], desk.values(1)[0]) == (170, 100)
    assert "1 were changed since" in answer.message


def test_delete_returns_to_the_forecast_even_below_an_override_of_the_category(dana):
    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("c", made.categories["Bottles"]), {0: 12_000})
    desk.type(row_of("s", made.series[1]), {0: None})
    assert desk.values() == [2000, 200, 6000]


def test_delete_at_a_leaf_alone_takes_its_override_away(dana):
    from forecasting.models import Override

    plan, made = make_plan()
    desk = Desk(plan, dana)
    desk.type(row_of("s", made.series[0]), {0: 77})
    desk.type(row_of("s", made.series[0]), {0: None})
    assert desk.values()[0] == 100
    assert not Override.objects.filter(revoked__isnull=True).exists()


def test_locked_leaf_stays_when_its_category_is_set(dana):
    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("s", made.series[0]), {0: 500}, mode="lock")
    desk.type(row_of("c", made.categories["Bottles"]), {0: 5500})
    assert desk.values() == [500, 2000, 3000]


def test_locked_category_keeps_its_total_when_an_item_is_set(dana):
    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("c", made.categories["Bottles"]), {0: 6000}, mode="lock")
    desk.type(row_of("s", made.series[0]), {0: 2000})
    assert desk.values()[0] == 2000
    assert sum(desk.values()) == 6000


def test_total_below_what_is_locked_is_refused_at_the_cell(dana):
    from forecasting.services.overrides import Refused

    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("s", made.series[0]), {0: 500}, mode="lock")
    with pytest.raises(Refused, match="500 of it is locked"):
        desk.type(row_of("c", made.categories["Bottles"]), {0: 400})
    with pytest.raises(Refused, match="unlock"):
        desk.type(row_of("s", made.series[0]), {0: 400})


def test_stale_version_is_refused_and_changes_nothing(dana, sam):
    from forecasting.services.overrides import Stale

    plan, made = make_plan()
    leaf = row_of("s", made.series[0])
    Desk(plan, sam).type(leaf, {0: 150})
    with pytest.raises(Stale):
        Desk(plan, dana).type(leaf, {0: 160}, version=1)
    assert Desk(plan, dana).values()[0] == 150


def test_same_key_twice_is_applied_once(dana):
    from forecasting.models import Override

    plan, made = make_plan()
    desk, key = Desk(plan, dana), uuid4()
    first = desk.type(row_of("s", made.series[0]), {0: 150}, key=key)
    again = desk.type(row_of("s", made.series[0]), {0: 150}, key=key, version=1)
    assert (first.batch, first.message) == (again.batch, again.message)
    assert Override.objects.count() == 1


def test_node_over_500_leaves_previews_first(dana):
    from forecasting.services.overrides import Preview

    plan, _ = make_plan(("Bottles",), items=501)
    desk = Desk(plan, dana)
    before = desk.values()
    preview = desk.type("all", {0: 1000})
    assert isinstance(preview, Preview)
    assert (preview.leaves, round(preview.after)) == (501, 1000)
    assert desk.values() == before
    desk.type("all", {0: 1000}, confirm=True)
    assert sum(desk.values()) == 1000


def test_filtered_node_changes_only_what_is_shown(dana):
    plan, made = make_plan(("Bottles",), items=3)
    Desk(plan, dana, q="BOT-1").type(row_of("c", made.categories["Bottles"]), {0: 900})
    assert Desk(plan, dana).values() == [900, 200, 300]


def test_steps_hold_at_leaf_and_node(dana):
    from siop.catalog.models import Item

    plan, made = make_plan(("Bottles",), items=3)
    Item.objects.update(step=12)
    desk = Desk(plan, dana)
    desk.type(row_of("s", made.series[0]), {0: 100})
    desk.type(row_of("c", made.categories["Bottles"]), {1: 1000})
    assert desk.values(0)[0] == 96
    assert sum(desk.values(1)) == 996
    assert all(value % 12 == 0 for value in desk.values(1))


def test_live_plan_follows_an_edit_of_the_cycle_plan(dana):
    from forecasting.models import ConsensusLine
    from siop.plans.enums import PlanKind, PlanStatus

    live, _ = make_plan()
    cycle = plan_version(kind=PlanKind.CYCLE, status=PlanStatus.DRAFT)
    for line in ConsensusLine.objects.filter(plan=live):
        ConsensusLine.objects.create(plan=cycle, series=line.series, run=line.run, quantity=line.quantity)
    Desk(cycle, dana).type("all", {2: 4200})
    assert sum(Desk(cycle, dana).values(2)) == sum(Desk(live, dana).values(2)) == 4200


def test_superseded_plan_is_read_only(dana):
    from forecasting.services.overrides import NotEditable
    from siop.plans.enums import PlanStatus

    plan, _ = make_plan(status=PlanStatus.SUPERSEDED)
    with pytest.raises(NotEditable, match="kept as it was"):
        Desk(plan, dana).type("all", {0: 1})


def test_replay_on_a_new_baseline_splits_anew_and_drops_what_expired(dana):
    from forecasting.models import ConsensusLine, Override
    from forecasting.services.overrides import replay

    plan, made = make_plan(("Bottles",), items=3)
    desk = Desk(plan, dana)
    desk.type(row_of("c", made.categories["Bottles"]), {0: 12_000})
    desk.type(row_of("s", made.series[0]), {1: 55}, expires=plan.as_of.replace(day=30))
    desk.type(row_of("s", made.series[0]), {2: 66})
    Override.objects.filter(value=66).update(expires=plan.as_of.replace(year=2025))
    for line in ConsensusLine.objects.filter(plan=plan):
        line.quantity = [10.0] * 12
        line.save()
    assert replay(plan=plan) == 3
    assert (desk.values(0), desk.values(1)[0], desk.values(2)[0]) == ([4000, 4000, 4000], 55, 10)


def test_edit_outside_ones_scope_is_refused(person):
    from siop.catalog.models import Category

    plan, made = make_plan()
    olga = person("olga", "demand_planner", category=Category.objects.get(code="Bottles"))
    from forecasting.grid import UnknownRow

    with pytest.raises(UnknownRow):
        Desk(plan, olga).type(row_of("s", made.series[-1]), {0: 1})


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["all", "c0", "c1", "s0", "s1", "s2", "s3", "s4", "s5"]),
        st.one_of(st.none(), st.integers(0, 5000)),
        st.sampled_from(["set", "set", "set", "lock"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, back=st.integers(0, 8))
def test_edits_then_undone_equal_replay_of_what_is_left(dana, edits, back):
    """Whatever was typed, locked and taken back in order: the stored plan is what a replay from scratch gives."""
    from django.db import transaction

    from forecasting.models import ConsensusLine
    from forecasting.selectors import demand_cube
    from forecasting.services.overrides import Refused, replay

    demand_cube.forget_all()
    with transaction.atomic():
        plan, made = make_plan()
        desk = Desk(plan, dana)
        ids = {"all": "all", **{f"s{k}": row_of("s", s) for k, s in enumerate(made.series)}}
        ids |= {f"c{k}": row_of("c", c) for k, c in enumerate(made.categories.values())}
        batches = []
        for name, value, mode in edits:
            try:
                saved = desk.type(ids[name], {0: value}, mode=mode if value is not None else "set")
            except Refused:
                continue
            batches.append(saved.batch)
            if value is not None and not any(m == "lock" for _, _, m in edits):
                shown = desk.shown()
                assert float(shown.cube.quantity[0, shown.named(ids[name]).leaves].sum()) == pytest.approx(
                    value
                )
        for batch in batches[len(batches) - min(back, len(batches)) :][::-1]:
            desk.undo(batch)
        stored = desk.values()
        for line in ConsensusLine.objects.filter(plan=plan):
            position = [s.pk for s in made.series].index(line.series_id)
            line.quantity = [100.0 * (position + 1)] * 12
            line.save()
        replay(plan=plan)
        np.testing.assert_allclose(desk.values(), stored, atol=1e-9)
        transaction.set_rollback(True)
    demand_cube.forget_all()
