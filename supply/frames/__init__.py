"""Supply rows as arrays: the only crossing between tables and the planning engines."""

from .network import Network, read_network
from .places import Places, linked_items, linked_parts, read_places
from .problem import Problem, read_problem

__all__ = [
    "Network",
    "Places",
    "Problem",
    "linked_items",
    "linked_parts",
    "read_network",
    "read_places",
    "read_problem",
]
