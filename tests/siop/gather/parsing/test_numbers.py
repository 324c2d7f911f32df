"""Numbers as people write them: every spelling has one value, or a reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.gather.parsing.cells import BadValue
from siop.gather.parsing.numbers import NumberRule, decimal_mark, keep_places, number_text, parse_number

RULE = NumberRule()


def read(text, column=None, rule=RULE, machine_numbers=False):
    mark = decimal_mark(column or [text], machine_numbers=machine_numbers)
    return parse_number(text, mark=mark, rule=rule)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("0,123", "0.123"),
        ("1234,567", "1234.567"),
        (".5", "0.5"),
        ("(12)", "-12"),
        ("12-", "-12"),
        ("\u22123", "-3"),
        ("+7", "7"),
        ("1E5", "100000"),
        ("1.5e-2", "0.015"),
        ("007", "7"),
    ],
)
def test_one_spelling_one_value(text, value):
    assert read(text) == Decimal(value)


@pytest.mark.parametrize(("places", "digits"), [(4, 14), (3, 15), (None, 15)])
def test_a_number_too_large_for_its_column_names_the_limit(places, digits):
    rule = NumberRule(places=places)
    assert read("9" * digits, rule=rule) == Decimal("9" * digits)
    with pytest.raises(BadValue, match=f"too large: the largest has {digits} digits before the decimal mark"):
        read("1" + "0" * digits, rule=rule)


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("1,234", "may be 1.234 or 1234", "decimal mark"),
        ("1.234", "may be 1.234 or 1234", "decimal mark"),
        ("1e308", "too large", ""),
        ("NaN", "not finite", ""),
        ("-inf", "not finite", ""),
        ("1.#INF", "not finite", ""),
        ("12%", "percentage", "without %"),
        ("$4.00", "currency", "Use 4.00"),
        ("42.00 EUR", "currency", "Use 42.00"),
        ("-", "missing value is written as", "empty"),
        ("n/a", "missing value is written as", "empty"),
        ("1,23,456", "contradict", ""),
        ("1.2.3", "contradict", ""),
        ("(12", "bracket is not closed", ""),
        ("(-12)", "sign", ""),
        ("abc", "not a number", ""),
        ("0x1F", "not a number", ""),
        ("1_000", "not a number", ""),
        ("\u0967\u0968", "not a number", ""),
    ],
)
def test_what_is_not_certain_is_refused_with_a_reason(text, reason, suggestion):
    with pytest.raises(BadValue, match=reason) as refused:
        read(text)
    assert suggestion in refused.value.suggestion


def test_another_number_of_the_column_decides_the_decimal_mark():
    assert read("1,234", column=["1,234", "5,5"]) == Decimal("1.234")
    assert read("1,234", column=["1,234", "5.5"]) == Decimal("1234")
    assert read("1.234", column=["1.234"], machine_numbers=True) == Decimal("1.234")


def test_the_rarer_mark_of_a_mixed_column_is_an_error():
    column = ["1.5", "2.5", "3,5"]
    assert read("1.5", column=column) == Decimal("1.5")
    with pytest.raises(BadValue, match="decimal point"):
        read("3,5", column=column)


def test_a_percentage_is_points_or_a_fraction_as_the_column_says():
    assert read("24 %", rule=NumberRule(percent="points")) == 24
    assert read("95%", rule=NumberRule(percent="fraction")) == Decimal("0.95")


def test_what_would_vanish_by_rounding_is_refused():
    assert keep_places(Decimal("2.33349"), rule=NumberRule(places=3)) == Decimal("2.333")
    assert keep_places(Decimal("2.0005"), rule=NumberRule(places=3)) == Decimal("2.001")
    with pytest.raises(BadValue, match="smaller than the 3 decimals"):
        keep_places(Decimal("0.0001"), rule=NumberRule(places=3))
    with pytest.raises(BadValue, match="whole number"):
        keep_places(Decimal("1.5"), rule=NumberRule(places=0))


def test_bounds():
    for rule, text, reason in [
        (NumberRule(minimum=Decimal(0)), "-1", "Enter 0 or more"),
        (NumberRule(maximum=Decimal(1)), "2", "Enter 1 or less"),
        (NumberRule(positive=True), "0", "above 0"),
    ]:
        with pytest.raises(BadValue, match=reason):
            read(text, rule=rule)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3, allow_nan=False))
def test_every_number_comes_back_in_both_notations(value):
    point = f"{value:,.3f}"
    comma = point.translate(str.maketrans(",.", ".,"))
    assert parse_number(point, mark=".", rule=RULE) == value
    assert parse_number(comma, mark=",", rule=RULE) == value
    assert Decimal(number_text(value, rule=RULE)) == value
