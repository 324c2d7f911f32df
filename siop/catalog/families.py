"""Families: the units of the demand and supply reviews. A category without one belongs to its top level's."""

from siop import bulk
from siop.reading import once

CATEGORIES = "SELECT id, parent_id, family, code FROM catalog_category ORDER BY code"
REVIEWERS = "SELECT id, reviewer FROM catalog_category WHERE reviewer <> '' ORDER BY code"


def family_of_categories() -> dict[int, str]:
    """Family by category id: its own, else that of the nearest category above, else the top level's code."""
    return once("families", _family_of_categories)


def _family_of_categories() -> dict[int, str]:
    rows = {row[0]: row[1:] for row in zip(*bulk.lists_out(CATEGORIES), strict=True)}
    found: dict[int, str] = {}
    for start in rows:
        at, path = start, {start}
        while not rows[at][1] and rows[at][0] in rows and rows[at][0] not in path:
            at = rows[at][0]
            path.add(at)
        found[start] = rows[at][1] or rows[at][2]
    return found


def reviewers() -> dict[str, set[str]]:
    """Email addresses named as reviewers of each family, by its categories."""
    families = family_of_categories()
    found: dict[str, set[str]] = {}
    for pk, reviewer in zip(*bulk.lists_out(REVIEWERS), strict=True):
        found.setdefault(families[pk], set()).add(reviewer.lower())
    return found
