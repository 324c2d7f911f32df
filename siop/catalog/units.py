from .models import Item


def places_of(item: Item) -> int:
    """Decimals that quantities of an item are shown with: those of its step."""
    exponent = item.step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def unit_of(item: Item) -> str:
    return item.unit or "units"
