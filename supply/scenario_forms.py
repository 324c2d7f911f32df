"""What people type to change a scenario: one short form a kind, each giving a target and what it becomes."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from siop.accounts.models import Person
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Category, Location, Segment
from siop.catalog.visibility import visible_items, visible_locations
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web.templatetags.siop import month

from .enums import ChangeKind, LoadKind
from .forms import FRACTIONS
from .models import CapacityLoad, Mode, Supplier

REASON = {"required": "Say why; the reason is kept beside every number that changes."}
PCT: dict[str, Any] = {"max_digits": 8, "decimal_places": 2, "min_value": -100, "max_value": 1000}


def _day(label: str, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class ScenarioForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={"required": "Give it a name that people will know it by."},
    )


class PromoteForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)


class ChangeForm(forms.Form):
    """`TARGET` and `AFTER` name the fields that go into either; what is left blank is left out."""

    TARGET: ClassVar[tuple[str, ...]] = ()
    AFTER: ClassVar[tuple[str, ...]] = ()
    LISTS: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, plan: PlanVersion, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan, self.person = plan, person
        for name, field in self.fields.items():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = f"Enter it: {str(field.label).lower()}."
            if name in CHOICES and isinstance(field, forms.ChoiceField):
                blank = [] if field.required else [("", BLANK.get(name, "any"))]
                field.choices = [*blank, *CHOICES[name](plan)]
            if name in self.LISTS:
                field.widget.attrs["list"] = self.LISTS[name]

    def change(self) -> dict[str, Any]:
        """Target and after as a scenario stores them."""
        return {"target": self._taken(self.TARGET), "after": self._taken(self.AFTER)}

    def _taken(self, names: tuple[str, ...]) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(name) for name in names}
        return {name: _stored(value) for name, value in given.items() if value not in (None, "")}

    def clean_item(self) -> str:
        code = str(self.cleaned_data["item"]).strip()
        if code and not visible_items(self.person).filter(code=code).exists():
            raise forms.ValidationError(f"There is no item {code!r}; type its code as it stands in the list.")
        return code

    def clean_location(self) -> str:
        code = str(self.cleaned_data["location"])
        if code and not visible_locations(self.person).filter(code=code).exists():
            raise forms.ValidationError(f"{code} lies outside what you may see.")
        return code


def _stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


class NodeForm(ChangeForm):
    """An item or a category by its code; blank is everything."""

    what = forms.CharField(
        label="Item or category",
        required=False,
        max_length=120,
        help_text="Blank: everything that is planned.",
    )
    LISTS: ClassVar[dict[str, str]] = {"what": "codes"}

    def clean_what(self) -> str:
        code = str(self.cleaned_data["what"]).strip()
        if not code or visible_items(self.person).filter(code=code).exists():
            return code
        if Category.objects.filter(code=code).exists():
            return code
        raise forms.ValidationError(f"There is no item or category {code!r}; type a code from the list.")

    def change(self) -> dict[str, Any]:
        found = super().change()
        code = self.cleaned_data["what"]
        if code:
            is_item = visible_items(self.person).filter(code=code).exists()
            found["target"]["item" if is_item else "category"] = code
        return found


class MonthsMixin(forms.Form):
    first = forms.ChoiceField(label="From", required=False)
    last = forms.ChoiceField(label="To", required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", "The last month lies before the first.")
        return values


class DemandForm(MonthsMixin, NodeForm):
    TARGET = ("location", "segment", "first", "last")
    AFTER = ("pct",)
    pct = forms.DecimalField(label="Change, %", **PCT)
    location = forms.ChoiceField(label="Location", required=False)
    segment = forms.ChoiceField(label="Segment", required=False)
    field_order = ("what", "pct", "first", "last", "location", "segment")


class LeadTimeForm(ChangeForm):
    TARGET = ("supplier", "item", "location", "mode")
    AFTER = ("days",)
    LISTS: ClassVar[dict[str, str]] = {"item": "items"}
    supplier = forms.ChoiceField(label="Supplier", required=False)
    item = forms.CharField(label="Item", required=False, max_length=120)
    location = forms.ChoiceField(label="Location", required=False)
    mode = forms.ChoiceField(label="Mode", required=False)
    days = forms.IntegerField(label="Days more or less", min_value=-400, max_value=400)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not (values.get("supplier") or values.get("item")):
            self.add_error("supplier", "Name a supplier, an item, or both.")
        return values


class CapacityForm(MonthsMixin, ChangeForm):
    TARGET = ("first", "last")
    AFTER = ("units",)
    load = forms.ChoiceField(
        label="Capacity", error_messages={"required": "No capacity is imported yet; import resources first."}
    )
    units = forms.DecimalField(
        label="More or less, a month",
        max_digits=14,
        decimal_places=3,
        help_text="In the unit of the capacity.",
    )
    field_order = ("load", "units", "first", "last")

    def change(self) -> dict[str, Any]:
        found = super().change()
        kind, _, code = self.cleaned_data["load"].partition(":")
        found["target"] |= {"load": kind, "code": code}
        return found


class PolicyForm(ChangeForm):
    TARGET = ("item", "location")
    AFTER = ("service_policy", "service_target")
    LISTS: ClassVar[dict[str, str]] = {"item": "items"}
    item = forms.CharField(label="Item", max_length=120)
    location = forms.ChoiceField(label="Location")
    service_policy = forms.ChoiceField(label="Policy", choices=ServicePolicy.choices)
    service_target = forms.DecimalField(
        label="Target", min_value=0, max_digits=18, decimal_places=6,
        help_text="A fraction such as 0.95 for service levels; units or days for the others.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        target = values.get("service_target")
        if values.get("service_policy") in FRACTIONS and target is not None and not 0 < target < 1:
            self.add_error(
                "service_target", f"{target} is no share; enter a number between 0 and 1, such as 0.95."
            )
        return values


class OrderForm(ChangeForm):
    TARGET = ("order", "item", "location", "source", "mode")
    AFTER = ("quantity", "due")
    LISTS: ClassVar[dict[str, str]] = {"item": "items", "order": "orders"}
    order = forms.CharField(
        label="Order", required=False, max_length=120, help_text="A planned or open order; blank: a new one."
    )
    quantity = forms.DecimalField(label="Quantity", min_value=0, max_digits=18, decimal_places=3)
    due = _day("Due")
    item = forms.CharField(label="Item, for a new one", required=False, max_length=120)
    location = forms.ChoiceField(label="Location", required=False)
    source = forms.ChoiceField(label="Source", required=False)
    mode = forms.ChoiceField(label="Mode", required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("order") and not self.errors:
            if not values.get("item"):
                self.add_error("item", "Name an order, or the item of a new one.")
            elif not values.get("location"):
                self.add_error("location", "Say where the new order arrives.")
        if not values.get("order") and values.get("quantity") == 0:
            self.add_error("quantity", "A new order of 0 orders nothing.")
        if values.get("due") and values["due"] < self.plan.as_of:
            self.add_error("due", "That is before the plan begins.")
        return values


class SupplierOutForm(ChangeForm):
    TARGET = ("supplier",)
    AFTER = ("until",)
    supplier = forms.ChoiceField(label="Supplier", error_messages={"required": "Choose a supplier."})
    until = _day("Ships nothing before")


class PriceForm(NodeForm):
    AFTER = ("pct",)
    pct = forms.DecimalField(label="Change, %", **PCT)


class CostForm(ChangeForm):
    TARGET = ("supplier", "item")
    AFTER = ("pct",)
    LISTS: ClassVar[dict[str, str]] = {"item": "items"}
    supplier = forms.ChoiceField(label="Supplier", required=False)
    item = forms.CharField(label="Item", required=False, max_length=120)
    pct = forms.DecimalField(label="Change, %", **PCT)


class TariffForm(ChangeForm):
    TARGET = ("origin", "destination", "category")
    AFTER = ("rate_pct", "from")
    origin = forms.ChoiceField(
        label="From country", error_messages={"required": "No supplier has a country; import it first."}
    )
    destination = forms.ChoiceField(label="To country", required=False)
    category = forms.ChoiceField(label="Category", required=False)
    rate_pct = forms.DecimalField(
        label="Rate, %", min_value=0, max_value=1000, max_digits=8, decimal_places=2
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = _day("From")


FORMS: dict[ChangeKind, type[ChangeForm]] = {
    ChangeKind.DEMAND: DemandForm,
    ChangeKind.ORDER: OrderForm,
    ChangeKind.POLICY: PolicyForm,
    ChangeKind.CAPACITY: CapacityForm,
    ChangeKind.LEAD_TIME: LeadTimeForm,
    ChangeKind.SUPPLIER_OUT: SupplierOutForm,
    ChangeKind.PRICE: PriceForm,
    ChangeKind.COST: CostForm,
    ChangeKind.TARIFF: TariffForm,
}
BLANK = {"first": "the start", "last": "the end"}
Choices = list[tuple[str, str]]


def _months(plan: PlanVersion) -> Choices:
    return [(one.isoformat(), month(one)) for one in planned_months(plan)]


def _codes(rows: Any) -> Choices:
    return [(code, code) for code in rows.order_by("code").values_list("code", flat=True)]


def _loads(plan: PlanVersion) -> Choices:
    rows = CapacityLoad.objects.filter(plan=plan).exclude(kind=LoadKind.STORAGE).order_by("kind", "code")
    return [
        (f"{row.kind}:{row.code}", f"{row.code} ({row.get_kind_display().lower()}, {row.unit or 'units'})")
        for row in rows
    ]


def _countries(rows: Any) -> Choices:
    return [
        (one, one)
        for one in rows.exclude(country="").order_by("country").values_list("country", flat=True).distinct()
    ]


CHOICES: dict[str, Callable[[PlanVersion], Choices]] = {
    "first": _months,
    "last": _months,
    "location": lambda plan: _codes(Location.objects),
    "segment": lambda plan: _codes(Segment.objects),
    "supplier": lambda plan: _codes(Supplier.objects),
    "mode": lambda plan: _codes(Mode.objects),
    "source": lambda plan: _codes(Supplier.objects) + _codes(Location.objects),
    "load": _loads,
    "origin": lambda plan: _countries(Supplier.objects),
    "destination": lambda plan: _countries(Location.objects),
    "category": lambda plan: _codes(Category.objects),
}
