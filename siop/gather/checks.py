"""Row checks that several tables share. Each takes the rows of one table and refuses the bad ones."""

from __future__ import annotations

import numpy as np

from siop.gather.rows import Rows
from siop.gather.tables import Check


def ordered(first: str, last: str) -> Check:
    """`first` must not lie after `last`."""

    def check(rows: Rows) -> None:
        rows.reject(
            rows.dates(first) > rows.dates(last),
            column=last,
            reason=f"{last} lies before {first}",
            suggestion=f"Enter a date on or after {first}",
        )

    return check


def not_in_the_future(name: str) -> Check:
    """One day of grace, for the time zones of the world."""

    def check(rows: Rows) -> None:
        limit = np.datetime64(rows.today, "D") + np.timedelta64(1, "D")
        rows.reject(rows.dates(name) > limit, column=name, reason="The date lies in the future")

    return check


def different(one: str, other: str) -> Check:
    def check(rows: Rows) -> None:
        if rows.has(one) and rows.has(other):
            same = (rows.typed[one].cells() == rows.typed[other].cells()) & rows.present(one)
            rows.reject(same, column=other, reason=f"{other} and {one} are the same")

    return check


def one_of_two(one: str, other: str) -> Check:
    """At most one of the two columns may be filled."""

    def check(rows: Rows) -> None:
        rows.reject(
            rows.present(one) & rows.present(other), column=other, reason=f"Give {one} or {other}, not both"
        )

    return check


def known_code(name: str, *tables: str) -> Check:
    """The code must be known in one of several tables, such as a supplier or a location."""

    def check(rows: Rows) -> None:
        if not rows.has(name):
            return
        known = set().union(*(rows.codes(table) for table in tables))
        unknown = rows.typed[name].where(lambda text: text not in known)
        rows.reject(unknown, column=name, reason=f"{name} is no known code of " + " or ".join(tables))

    return check


def fraction_policies(rows: Rows) -> None:
    """A service target of these policies is a fraction, such as 0.95 or 95 %."""
    if not (rows.has("service_policy") and rows.has("service_target")):
        return
    fraction = rows.typed["service_policy"].where(
        {"cycle_service", "fill_rate", "never_run_out"}.__contains__
    )
    rows.reject(
        fraction & (rows.floats("service_target") >= 1),
        column="service_target",
        reason="The service target is a fraction below 1",
        suggestion="Write 0.95 or 95%",
    )
