"""What may stand in a cell at all, and how a bad one is told."""

from __future__ import annotations

import re
import unicodedata

from siop.gather.parsing.formulas import restore_formula
from siop.gather.readers.table import FORMULA, MERGED

_SPREADSHEET_ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A workbook knows no other end than \n: what goes out in one comes back the same.
_LINE_END = re.compile(r"\r\n?")
_PADDING = " \t\r\n\f\v\xa0\u2007\u202f\u3000\ufeff\u200b"


class BadValue(Exception):
    """Why one text cannot be read as what its column holds."""

    def __init__(self, reason: str, suggestion: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


def plain(text: str) -> str:
    """The cell without padding and formula escape, its lines ended by \\n; raises BadValue where it holds no value of its own."""
    if text == MERGED:
        raise BadValue("The cell is part of a merged area", "Unmerge it and fill every cell")
    if text == FORMULA:
        raise BadValue(
            "The cell holds a formula without a stored result", "Open and save the file in a spreadsheet"
        )
    stripped = text.strip(_PADDING)
    if stripped.upper() in _SPREADSHEET_ERRORS:
        raise BadValue(
            f"The cell holds the spreadsheet error {stripped}", "Mend the formula in the spreadsheet"
        )
    if _CONTROL.search(stripped):
        raise BadValue("The text holds a control character that no one can see", "Type the cell again")
    return restore_formula(_LINE_END.sub("\n", stripped))


def code(text: str) -> str:
    """A code in the one spelling that Unicode calls composed: é of two characters is é of one."""
    return unicodedata.normalize("NFC", text)


def word(text: str) -> str:
    """One of a few words as the tables spell it: Fill rate and fill-rate are fill_rate."""
    return "_".join(text.casefold().replace("-", " ").split())


def shown(text: str) -> str:
    """The cell as a message can show it."""
    if text in (MERGED, FORMULA):
        return ""
    return _CONTROL.sub("\ufffd", text)[:200]
