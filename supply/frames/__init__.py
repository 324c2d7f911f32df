"""Supply rows as arrays: the only crossing between tables and the planning engines."""

from .chosen import read_chosen
from .errors import read_errors, read_published
from .firm import gone_out, takes_over_firm_orders
from .network import Network, read_network
from .places import Places, linked_items, linked_parts, read_places
from .problem import Problem, capital_rate, read_problem, usual_margin

__all__ = [
    "Network",
    "Places",
    "Problem",
    "capital_rate",
    "gone_out",
    "linked_items",
    "linked_parts",
    "read_chosen",
    "read_errors",
    "read_network",
    "read_places",
    "read_problem",
    "read_published",
    "takes_over_firm_orders",
    "usual_margin",
]
