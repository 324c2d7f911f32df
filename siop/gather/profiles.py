"""Mapping profiles: those that ship with the product, and those that people saved."""

from __future__ import annotations

from siop.accounts.models import Person
from siop.gather.errors import UnusableFile
from siop.gather.mapping import Exclusion, Profile, SignRule
from siop.gather.models import MappingProfile

_NO_GOODS = (
    "POST", "DOT", "C2",  # postage and carriage
    "BANK CHARGES", "AMAZONFEE", "CRUK", "B",  # fees, commission, bad debt
    "D", "M", "S",  # discounts, manual entries, samples
)  # fmt: skip

ONLINE_RETAIL = Profile(
    name="online-retail",
    table="sales",
    columns={
        "item": "StockCode",
        "date": "InvoiceDate",
        "quantity": "Quantity",
        "segment": "Country",
        "unit_price": "UnitPrice",
        "order": "InvoiceNo",
    },
    constants={"location": "UK"},
    exclusions=(
        Exclusion(name="price 0: stock adjustments", column="UnitPrice", test="zero"),
        Exclusion(name="no goods: postage and fees", column="StockCode", test="one_of", values=_NO_GOODS),
        Exclusion(name="no goods: tests", column="StockCode", test="starts_with", values=("TEST", "ADJUST")),
    ),
    signs=(SignRule(field="quantity", column="InvoiceNo", test="starts_with", values=("C",)),),
    upper=("item",),
    creates={"items": {"description": "Description"}, "locations": {}, "segments": {}},
)
SHIPPED = {ONLINE_RETAIL.name: ONLINE_RETAIL}


def find_profile(name: str) -> Profile:
    """A shipped or saved profile by its name; raises UnusableFile with the names there are."""
    if name in SHIPPED:
        return SHIPPED[name]
    saved = MappingProfile.objects.filter(name=name).first()
    if saved is None:
        raise UnusableFile(f"There is no profile {name!r}; known: {', '.join(profile_names())}.")
    return Profile.from_json(saved.definition)


def profile_names() -> list[str]:
    return [*SHIPPED, *MappingProfile.objects.values_list("name", flat=True)]


def save_profile(profile: Profile, *, person: Person | None) -> MappingProfile:
    """Keep a mapping under its name; saving it again replaces it."""
    if profile.name in SHIPPED:
        raise UnusableFile(f"The profile {profile.name!r} ships with the product; choose another name.")
    saved, _ = MappingProfile.objects.update_or_create(
        name=profile.name,
        defaults={"table": profile.table, "definition": profile.as_json(), "person": person},
    )
    return saved
