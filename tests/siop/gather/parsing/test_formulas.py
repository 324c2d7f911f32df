"""Formula escaping: nothing runs on the way out, nothing changes on the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.gather.parsing.formulas import escape_formula, restore_formula

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "|", "%")


@pytest.mark.parametrize("first", DANGEROUS)
def test_text_that_a_spreadsheet_would_run_is_escaped(first):
    assert escape_formula(f"{first}cmd") == f"'{first}cmd"


def test_ordinary_text_stays():
    for text in ["A-100", "O'Neill", "'quoted'", "", "100%", "1E5"]:
        assert escape_formula(text) == text == restore_formula(text)


@given(
    st.text()
    | st.builds(
        lambda quotes, sign, rest: "'" * quotes + sign + rest,
        st.integers(0, 3),
        st.sampled_from(DANGEROUS),
        st.text(),
    )
)
def test_out_and_in_again_changes_nothing(text):
    escaped = escape_formula(text)
    assert restore_formula(escaped) == text
    assert not escaped.startswith(DANGEROUS)
