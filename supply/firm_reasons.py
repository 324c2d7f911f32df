"""What a person made of an order, in words: how far from what the run needs, and what that costs."""

from decimal import Decimal

from siop.web.templatetags.siop import number, signed


def firm_reason(quantity: Decimal, computed: Decimal | None, unit_cost: Decimal | None, why: str) -> str:
    """The reason of an order as pages and exports show it; `computed` is what the run proposed, None where it still does.

    >>> firm_reason(Decimal(12000), Decimal(10000), Decimal(4), "Trade fair")
    'Firmed by a person at 12,000: +2,000 to the 10,000 needed, costs 8,000; Trade fair'
    >>> firm_reason(Decimal(9000), Decimal(10000), Decimal(4), "")
    'Firmed by a person at 9,000: −1,000 to the 10,000 needed, saves 4,000'
    """
    if computed is None:
        return why
    change = quantity - computed
    said = f"Firmed by a person at {number(quantity)}"
    if change:
        said += f": {signed(change)} to the {number(computed)} needed{_money(change * (unit_cost or 0))}"
    return "; ".join(filter(None, (said, why)))


def _money(cost: Decimal) -> str:
    if not cost:
        return ""
    return f", {'costs' if cost > 0 else 'saves'} {number(abs(cost))}"
