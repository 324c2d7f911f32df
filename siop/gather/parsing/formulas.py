"""Text that a spreadsheet would run as a formula: escaped on the way out, restored on the way in."""

from __future__ import annotations

import re

_STARTS = r"[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]"  # the wide signs count as well where people write East Asian text
_RUNS = re.compile(rf"'*{_STARTS}")
_ESCAPED = re.compile(rf"'+{_STARTS}")


def escape_formula(text: str) -> str:
    """
    >>> escape_formula("=1+1"), escape_formula("'=1+1"), escape_formula("A-100")
    ("'=1+1", "''=1+1", 'A-100')
    """
    if text[:1].isalnum():  # nearly every text; a large file holds a million
        return text
    return "'" + text if _RUNS.match(text) else text


def restore_formula(text: str) -> str:
    """The exact inverse of escape_formula.

    >>> restore_formula("'=1+1"), restore_formula("O'Neill"), restore_formula("'quoted'")
    ('=1+1', "O'Neill", "'quoted'")
    """
    return text[1:] if _ESCAPED.match(text) else text
