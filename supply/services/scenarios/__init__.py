"""What-if: changes on a plan, planned again in memory; only what they add is kept."""

from .computing import compute, is_stale
from .keeping import add_change, bring_up_to_date, copy, create, delete, remove_change, rename
from .promoting import looked_at_now, obstacle, promote, take_back, warnings
from .undoing import bring_back, token_of

__all__ = [
    "add_change",
    "bring_back",
    "bring_up_to_date",
    "compute",
    "copy",
    "create",
    "delete",
    "is_stale",
    "looked_at_now",
    "obstacle",
    "promote",
    "remove_change",
    "rename",
    "take_back",
    "token_of",
    "warnings",
]
