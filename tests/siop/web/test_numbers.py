"""Money as pages write it: the sign of the number first, then the currency, then the digits."""

from datetime import date

import pytest

from meetings.words import short_money
from siop.catalog.currency import sign_of
from siop.web.templatetags.siop import (
    among_others,
    in_money,
    money,
    number,
    signed,
    signed_money,
    span,
    unbroken,
)


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        (number(1234), "usd", "$1,234"),
        (number(-1234), "EUR", "−€1,234"),
        (signed(5), "GBP", "+£5"),
        (number(18, 2), "CHF", "CHF 18.00"),
        (signed(-18), "CHF", "−CHF 18"),
        (number(None), "USD", "-"),
    ],
)
def test_money_has_its_sign_then_its_currency_then_its_digits(text: str, code: str, shown: str) -> None:
    assert in_money(text, sign_of(code)) == shown


def test_a_signed_sum_of_nothing_has_no_sign() -> None:
    assert signed_money(0, "$") == "$0"
    assert signed_money(-366_138, "CHF ") == "−CHF 366,138"


def test_a_difference_in_money_is_short_from_ten_billions_on() -> None:
    assert signed_money(9_999_999_999, "€") == "+€9,999,999,999"
    assert signed_money(125_827_799_407_033, "€") == "+€125.83 T"
    assert signed_money(-14_210_000_000, "€") == "−€14.21 B"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (9_999_999, "9,999,999"),
        (14_210_000, "14.21 M"),
        (1_488_585_157, "1,488.59 M"),
        (-98_370_000_810, "−98.37 B"),
        (1_488_585_157_800_000, "1,488.59 T"),
    ],
)
def test_large_money_is_short_in_the_letters_of_the_charts(amount, text):
    assert money(amount) == text
    assert short_money(amount, "$") == (text.replace("−", "−$") if amount < 0 else f"${text}")


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [(200, 3, "200"), ("150.708", 3, "150.708"), ("0.500", 3, "0.5"), (1000, 0, "1,000"), (None, 3, "-")],
)
def test_a_figure_among_those_of_other_units_ends_with_no_zeros_of_its_own(
    amount: object, places: int, text: str
) -> None:
    assert among_others(amount, places) == text


def test_months_from_one_to_the_same_are_named_once() -> None:
    assert span((date(2026, 8, 1), date(2026, 10, 1))) == "Aug 26 to Oct 26"
    assert span((date(2026, 10, 3), date(2026, 10, 31))) == "Oct 26"


def test_codes_and_numbers_with_hyphens_stay_in_one_line_and_words_are_escaped() -> None:
    assert unbroken("Ask for P-78-2-1 now, a well-known <part>") == (
        'Ask for <span class="nw">P-78-2-1</span> now, a well-known &lt;part&gt;'
    )
    assert unbroken("Component CAP-STD is late") == 'Component <span class="nw">CAP-STD</span> is late'
    assert unbroken("ITEM-00000-EXTRA-LONG-CODE") == "ITEM-00000-EXTRA-LONG-CODE"
    assert unbroken('<A-1"') == '<span class="nw">&lt;A-1&quot;</span>'
