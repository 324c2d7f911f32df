"""What goes into the database by binary COPY comes out the same."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.db import DataError, OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siop import bulk
from siop.catalog.models import Item, Parameter
from siop.plans.models import PlanVersion
from supply.models import PlannedOrder

pytestmark = pytest.mark.django_db
QUANTITIES = st.lists(
    st.decimals(-(10**14), 10**14, places=3, allow_nan=False, allow_infinity=False), min_size=1, max_size=20
)


@given(values=QUANTITIES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_quantities_keep_every_thousandth_that_a_float_holds(values: list[Decimal]) -> None:
    Item.objects.all().delete()
    codes = [f"I{k}" for k in range(len(values))]
    steps = np.abs(np.array([float(v) for v in values])) + 0.001
    bulk.copy_in(Item, {"code": codes, "step": steps, "category_id": None})
    stored = dict(Item.objects.values_list("code", "step"))
    for code, step in zip(codes, steps.tolist(), strict=True):
        assert float(stored[code]) == pytest.approx(round(step, 3), rel=1e-15, abs=5e-4)


def test_texts_keep_quotes_tabs_and_backslashes() -> None:
    texts = ["a\tb", 'say "no"', "back\\slash", "ünïcode", "=1+1", ""]
    bulk.copy_in(Parameter, {"name": [f"n{k}" for k in range(len(texts))], "value": texts})
    assert list(Parameter.objects.order_by("name").values_list("value", flat=True)) == texts


def test_nothing_stays_nothing_and_nan_is_never_stored() -> None:
    bulk.copy_in(
        Item,
        {"code": ["A", "B"], "unit_cost": np.array([np.nan, 2.5]), "launch_date": [None, date(2026, 1, 1)]},
    )
    assert list(Item.objects.order_by("code").values_list("unit_cost", "launch_date")) == [
        (None, None),
        (Decimal("2.5000"), date(2026, 1, 1)),
    ]
    with pytest.raises(ValueError, match="not a storable number"):
        bulk.copy_in(Item, {"code": ["C"], "step": np.array([np.inf])})


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(LookupError, match="no columns"):
        bulk.copy_in(Item, {"code": ["A"], "colour": ["blue"]})


def test_series_come_back_as_rectangles_even_empty_ones() -> None:
    query = "SELECT k::bigint, ARRAY[k, k + 0.5]::float8[], '{}'::float8[] FROM generate_series(1, 3) k"
    key, pairs, nothing = bulk.copy_out(query, columns="i f2 f0")
    assert key.tolist() == [1, 2, 3]
    assert pairs.tolist() == [[1, 1.5], [2, 2.5], [3, 3.5]]
    assert nothing.shape == (3, 0)
    with pytest.raises(ValueError, match="another length"):
        bulk.copy_out(query, columns="i f3 f0")


def test_models_of_results_are_written_with_their_defaults() -> None:
    assert bulk.copy_in(PlannedOrder, {"plan_id": np.zeros(0, np.int64)}) == 0
    assert not PlanVersion.objects.exists()


def test_what_the_database_refuses_is_told_in_the_errors_of_the_framework() -> None:
    with pytest.raises(DataError):
        bulk.copy_in(Parameter, {"name": ["n" * 1000], "value": ["v"]})


def test_a_copy_that_is_cut_off_is_told_as_work_to_be_sent_again() -> None:
    bulk.execute("SET LOCAL statement_timeout = 50")
    with pytest.raises(OperationalError, match="statement timeout"):
        bulk.copy_out("SELECT k, pg_sleep(1)::text IS NULL FROM generate_series(1, 9) k", columns="i b")
