"""Cells as they are read: padding, escapes and line ends that differ by format."""

import pytest

from siop.gather.parsing.cells import plain


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_alike_in_files_and_workbooks(end: str) -> None:
    """A workbook gives two lines back with a plain line feed; a text file as they stand in it."""
    assert plain(f" two{end}lines{end}") == "two\nlines"
