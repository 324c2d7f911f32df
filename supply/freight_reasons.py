"""What freight has to do with an order, in words: how its loads fill, and why a dearer way is worth its price."""

from inventory.engine.reasons import quantity
from supply.engine.basics import TOLERANCE
from supply.engine.shipping import container_fill

_A_LOAD_OF_ITS_OWN = 0.25  # of a load; less is sent along with other goods


def load_reason(units: float, *, unit_m3: float, load_m3: float) -> str:
    """How an order fills whole loads; nothing where sizes are unknown or it only goes along in another's load.

    >>> load_reason(24_000, unit_m3=0.05 / 12, load_m3=67)
    '2 loads of 67 m³, 74.6 % full: 8,160 more travel free'
    """
    if unit_m3 <= 0 or load_m3 <= 0 or units * unit_m3 < _A_LOAD_OF_ITS_OWN * load_m3:
        return ""
    fill = container_fill(quantity=units, unit_m3=unit_m3, load_m3=load_m3)
    loads = f"{fill.loads} load{'s' if fill.loads > 1 else ''} of {quantity(load_m3)} m³"
    free = f": {quantity(fill.free_units)} more travel free" if fill.free_units >= 1 else ""
    return f"{loads}, {100 * fill.fill:.1f} % full{free}"


def premium_reason(units: float, *, premium: float, margin: float) -> str:
    """What an order on a dearer lane costs and saves; nothing on the cheapest one.

    >>> premium_reason(1_200, premium=3.5, margin=18)
    '3.50 a unit dearer than the cheapest way, saves a margin of 18: net 17,400'
    """
    if premium <= TOLERANCE:
        return ""
    net = units * (margin - premium)
    saved = f", saves a margin of {quantity(margin)}: net {quantity(net)}" if net > 0 else ""
    return f"{premium:.2f} a unit dearer than the cheapest way{saved}"
