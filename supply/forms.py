"""What comes in from the supply pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from inventory.engine import CLASS_POLICIES, policy_name
from inventory.enums import LotSizing
from inventory.models import Policy
from inventory.selectors import class_policies
from inventory.selectors.followed import Followed
from siop.accounts.forms import SeenValues
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Parameter
from siop.web.seen import sealed

FRACTIONS = {ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE, ServicePolicy.NEVER_RUN_OUT}
REASON = {"required": "Say why; the reason is kept with the change."}


class VersionedForm(forms.Form):
    """An edit names the version it was made on; without one it is not an edit of anything."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class FirmForm(VersionedForm):
    quantity = forms.DecimalField(label="Quantity", max_digits=18, decimal_places=3, localize=False)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)


class WaitForm(forms.Form):
    """Until when exceptions can wait, and why."""

    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)


class SnoozeForm(WaitForm, VersionedForm):
    """One exception, as it was seen."""


class PolicyForm(VersionedForm):
    """One item at one location; what stays blank follows the item, then its class."""

    service_policy = forms.ChoiceField(
        label="Policy", required=False, choices=[("", "As the item or its class"), *ServicePolicy.choices]
    )
    service_target = forms.DecimalField(
        label="Target",
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=6,
        help_text="A fraction such as 0.95 for service levels; units or days for the others.",
    )
    review_days = forms.IntegerField(label="Days between reviews", required=False, min_value=0, max_value=365)
    lot_sizing = forms.ChoiceField(
        label="Lot sizing", required=False, choices=[("", "Not set: lot for lot"), *LotSizing.choices]
    )
    lot_parameter = forms.DecimalField(
        label="Lot quantity or periods", required=False, min_value=0, max_digits=18, decimal_places=3
    )
    min_qty = forms.DecimalField(
        label="Safety stock at least", required=False, min_value=0, max_digits=18, decimal_places=3
    )
    max_qty = forms.DecimalField(
        label="Safety stock at most", required=False, min_value=0, max_digits=18, decimal_places=3
    )
    reserve_ashore = forms.DecimalField(
        label="Reserve on land", required=False, min_value=0, max_digits=18, decimal_places=3
    )
    max_per_shipment_pct = forms.DecimalField(
        label="Most on one shipment, %",
        required=False,
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=2,
    )
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)

    def following(self, followed: Followed | None) -> "PolicyForm":
        """Itself, with what applies shown where it stays blank."""
        if followed is None:
            return self
        words = f"As {followed.whose}: {followed.policy.label.lower()}"
        self.fields["service_policy"].widget.choices = [("", words), *ServicePolicy.choices]
        shown = {"service_target": followed.target, "review_days": followed.review_days}
        for name, value in shown.items():
            self.fields[name].widget.attrs["placeholder"] = f"{value:g}"
        return self

    @classmethod
    def of(cls, policy: Policy | None) -> "PolicyForm":
        if policy is None:
            return cls(initial={"version": 0})
        fields = [name for name in cls.base_fields if name not in ("version", "reason")]
        initial = {name: _plain(getattr(policy, name)) for name in fields}
        return cls(initial=initial | {"version": policy.version})

    def worded(self, stored: Mapping[str, str]) -> list[tuple[str, str]]:
        """Labels and values of what is stored, as this form shows them; what is blank is left out."""
        choices = {name: dict(getattr(self.fields[name], "choices", {})) for name in stored}
        shown = [
            (name, choices[name].get(value) or _plain(Decimal(value)))
            for name, value in stored.items()
            if value
        ]
        return [(str(self.fields[name].label), str(value)) for name, value in shown]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        policy, target = values.get("service_policy"), values.get("service_target")
        if policy and target is None and "service_target" not in self.errors:
            self.add_error("service_target", f"{ServicePolicy(policy).label} needs a target.")
        if policy in FRACTIONS and target is not None and not 0 < target < 1:
            self.add_error(
                "service_target", f"{target} is no share; enter a number between 0 and 1, such as 0.95."
            )
        low, high = values.get("min_qty"), values.get("max_qty")
        if low is not None and high is not None and low > high:
            self.add_error("max_qty", f"At most {high} is less than at least {low}.")
        if values.get("lot_sizing") in ("fixed_order_quantity", "period_order_quantity") and not values.get(
            "lot_parameter"
        ):
            self.add_error("lot_parameter", "This lot sizing needs a quantity or a number of periods.")
        return values


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ClassPoliciesForm(SeenValues):
    """What each ABC-XYZ class starts with; an empty field means that the default holds."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        required=False,
        help_text="Stands in the audit trail beside what changed.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = dict(Parameter.objects.filter(name__startswith="class_").values_list("name", "value"))
        self.initial["seen"] = sealed(self.stored)
        self.rows = [(klass, self._add(klass)) for klass in CLASS_POLICIES]

    def _add(self, klass: str) -> list[forms.BoundField]:
        usual = CLASS_POLICIES[klass]
        default = ServicePolicy(policy_name(usual.policy)).label.lower()
        policy, target, days = (class_policies.parameter(klass, name) for name in class_policies.FIELDS)
        self.fields[policy] = forms.ChoiceField(
            label=f"{klass}: policy",
            required=False,
            choices=[("", f"default: {default}"), *ServicePolicy.choices],
            widget=forms.Select(attrs={"class": "field"}),
        )
        self.fields[target] = forms.DecimalField(
            label=f"{klass}: target", required=False, min_value=0, widget=_short(f"{usual.target:g}")
        )
        self.fields[days] = forms.IntegerField(
            label=f"{klass}: days between reviews",
            required=False,
            min_value=0,
            max_value=365,
            widget=_short("company"),
        )
        self.initial.update({name: self.stored.get(name, "") for name in (policy, target, days)})
        return [self[policy], self[target], self[days]]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for klass in CLASS_POLICIES:
            name, target = (class_policies.parameter(klass, field) for field in ("policy", "target"))
            if name in self.errors or target in self.errors:
                continue
            policy = class_policies.policy_of(klass, found[name])
            usual = class_policies.usual_target(klass, policy)
            wrong = class_policies.refusal(policy, usual if found[target] is None else float(found[target]))
            if wrong:
                self.add_error(target, wrong)
        return found

    def values(self) -> dict[str, str]:
        """Every parameter as it is stored; an empty text where the default holds."""
        given = {name: value for name, value in self.cleaned_data.items() if name.startswith("class_")}
        return {name: "" if value is None else str(value) for name, value in given.items()}

    def changes(self) -> dict[str, str]:
        """What is to be stored."""
        return self.merge(self.values())


def _short(default: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "field", "inputmode": "decimal", "placeholder": default})
