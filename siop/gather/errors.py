"""What can go wrong while data comes in, each with a message that says where, what and what next."""

from __future__ import annotations

from dataclasses import dataclass


class GatherError(Exception):
    """Base of every error that this room shows to a person."""


class UnusableFile(GatherError):
    """The file as a whole cannot be used; nothing in it was imported."""

    def __init__(self, reason: str, *, row: int = 0, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        self.column = column


@dataclass(frozen=True, kw_only=True)
class RowError:
    """One reason why one row cannot be loaded."""

    row: int
    column: str
    value: str
    reason: str
    suggestion: str = ""
