"""Terms of supply in the order of their days: rows of sourcing, begun again where prices change."""

from dataclasses import dataclass

import numpy as np

from supply.engine import NEVER
from supply.engine.basics import IntArray, last_days
from supply.engine.price_breaks import PriceBreaks

from .landed import price_breaks
from .places import LaneRow, Places
from .tables import Folder


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Terms (V,) by lane and date: lane, row of the sourcing table (-1 for an implied lane), days, price breaks."""

    lane: IntArray
    row: IntArray
    valid_from: IntArray
    valid_to: IntArray
    breaks: PriceBreaks


def dated_terms(folder: Folder, places: Places, lanes: list[LaneRow]) -> Terms:
    """The rows of the sourcing table by lane and date, begun again wherever the prices of their lane change."""
    table, breaks = folder["sourcing"], price_breaks(folder, places, lanes)
    since = np.append(table.days("valid_from", 0.0), 0.0).astype(np.int64)
    until = np.append(table.days("valid_to", float(NEVER)), float(NEVER)).astype(np.int64)
    told = [(number, row) for number, lane in enumerate(lanes) for row in lane.rows or [-1]]
    lane, row = np.array(told, np.int64).reshape(-1, 2).T
    term, first = breaks.terms_anew(lane, since=since[row], until=until[row])
    return Terms(
        lane=lane[term],
        row=row[term],
        valid_from=first,
        valid_to=last_days(lane[term], since=first, until=until[row[term]]),
        breaks=breaks,
    )
