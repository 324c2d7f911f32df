"""Money as pages write it: the sign of the number first, then the currency, then the digits."""

import pytest

from meetings.words import short_money
from siop.catalog.currency import sign_of
from siop.web.templatetags.siop import in_money, money, number, signed, signed_money


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
