"""Lots that the improvement of a plan chose by cost, as it stored them."""

import numpy as np

from siop import bulk
from supply.engine import FirmOrders

from .problem import Problem


def read_chosen(problem: Problem) -> FirmOrders:
    """Lots of the problem's item-locations in its own plan; none that people have fixed or released since."""
    term, quantity, due = bulk.copy_out(
        "SELECT lane_id, quantity::float8, due_date FROM supply_plannedorder WHERE plan_id = %s AND improved "
        "AND status = 'planned' AND lane_id IS NOT NULL AND item_id = ANY(%s) ORDER BY id",
        [problem.plan.pk, np.unique(problem.places.item).tolist()],
        columns="i f d",
    )
    network = problem.network
    lane_of_term = dict(zip(network.term_id.tolist(), network.lanes.term_lane.tolist(), strict=True))
    lane = np.array([lane_of_term.get(pk, -1) for pk in term.tolist()], np.int64)
    known = lane >= 0
    return FirmOrders(lane=lane[known], quantity=quantity[known], due_day=due[known])
