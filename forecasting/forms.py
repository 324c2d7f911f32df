"""What comes in from the pages of drivers, events and cleansed months."""

from __future__ import annotations

from typing import Any

from django import forms

from siop.catalog.models import Category, Item, Location, Segment

from .enums import EventKind

REASON = {"required": "Say why; the reason is kept with the change."}


class CodeField(forms.CharField):
    """A code that becomes the row it names."""

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(max_length=120, **options)
        self.model = model

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        found = self.model.objects.filter(code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(f"There is no {self.model._meta.verbose_name} {code}.")
        return found


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    day = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, help_text=help_text, widget=day)


class PlaceForm(forms.Form):
    """A category or an item by code; neither is everything."""

    category = CodeField(Category, label="Category", required=False)
    item = CodeField(
        Item, label="Item", required=False, help_text="A code; or leave both empty for everything."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("category") and values.get("item"):
            self.add_error("item", "Name a category or an item, not both.")
        return values


class EffectForm(PlaceForm):
    driver = forms.CharField(label="Driver", max_length=120, help_text="Such as ads, price or economy.")
    elasticity = forms.FloatField(
        label="Elasticity",
        min_value=-10,
        max_value=10,
        help_text="0.2: twice the spend lifts demand by 15 %.",
    )
    sd = forms.FloatField(
        label="Give or take", min_value=0, max_value=10, help_text="One standard deviation; 0 never learns."
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)
    field_order = ("driver", "category", "item", "elasticity", "sd", "reason", "version", "seen")

    def typed(self) -> dict[str, str]:
        """What was typed, by label, as `effect_as_read` shows what is stored."""
        given = self.cleaned_data
        return {"Elasticity": f"{given['elasticity']:.10g}", "Give or take": f"{given['sd']:.10g}"}


class EventForm(PlaceForm):
    event = forms.CharField(label="Event", max_length=120, help_text="A short code, each its own.")
    kind = forms.ChoiceField(label="Kind", choices=EventKind.choices)
    segment = CodeField(Segment, label="Segment", required=False)
    start = day_field("From")
    end = day_field("To")
    uplift_pct = forms.FloatField(
        label="Uplift, %",
        min_value=-100,
        max_value=10_000,
        required=False,
        help_text="Empty: it is on the list and moves no number.",
    )
    note = forms.CharField(label="Note", max_length=2000, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = (
        "event",
        "kind",
        "category",
        "item",
        "segment",
        "start",
        "end",
        "uplift_pct",
        "note",
        "seen",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("start") and values.get("end") and values["end"] < values["start"]:
            self.add_error("end", f"The event ends before it starts on {values['start']}.")
        return values

    def typed(self) -> dict[str, str]:
        """What was typed, by label, as `event_as_read` shows what is stored."""
        given = self.cleaned_data
        return {
            "Kind": str(EventKind(given["kind"]).label),
            "Category": str(given["category"] or ""),
            "Item": str(given["item"] or ""),
            "Segment": str(given["segment"] or ""),
            "From": str(given["start"]),
            "To": str(given["end"]),
            "Uplift, %": "" if given["uplift_pct"] is None else f"{given['uplift_pct']:.10g}",
            "Note": given["note"],
        }


class LaunchForm(forms.Form):
    """Which item a new one follows, and when an item comes and goes."""

    item = CodeField(Item, label="Item", help_text="A code.")
    like_item = CodeField(
        Item, label="Follows", required=False, help_text="The item whose first months it repeats."
    )
    like_item_scale = forms.DecimalField(
        label="Times",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=4,
        help_text="0.8: four fifths.",
    )
    launch_date = day_field("Sold from", required=False)
    end_date = day_field("Sold until", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "launch-%s", **options})  # two forms share the page

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("launch_date")
            and values.get("end_date")
            and values["end_date"] < values["launch_date"]
        ):
            self.add_error("end_date", f"The item ends before it is launched on {values['launch_date']}.")
        if (
            values.get("like_item_scale") is not None
            and not values.get("like_item")
            and "like_item" in values
        ):
            self.add_error("like_item", "Name the item that is followed so many times.")
        return values

    def typed(self) -> dict[str, str]:
        """What was typed, by label, as `launch_as_read` shows what is stored."""
        scale, like = self.cleaned_data["like_item_scale"], self.cleaned_data["like_item"]
        return {
            "Follows": like.code if like else "",
            "Times": "" if scale is None else f"{scale.normalize():f}",
            "Sold from": str(self.cleaned_data["launch_date"] or ""),
            "Sold until": str(self.cleaned_data["end_date"] or ""),
        }


class OwnersForm(forms.Form):
    """Owners of a durable in one place, and what they use up."""

    durable = CodeField(Item, label="Owners of", help_text="The durable's code.")
    consumable = CodeField(Item, label="Use up", help_text="The consumable's code.")
    location = CodeField(Location, label="Location")
    segment = CodeField(Segment, label="Segment")
    active_units = forms.DecimalField(label="In use", min_value=0, max_digits=16, decimal_places=3)
    as_of = day_field("Counted on")
    units_per_active_month = forms.FloatField(label="Each uses a month", min_value=0, max_value=1e6)
    monthly_churn_pct = forms.FloatField(label="Lost a month, %", min_value=0, max_value=100, initial=0)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "owners-%s", **options})  # two forms share the page

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("durable") and values.get("durable") == values.get("consumable"):
            self.add_error("consumable", "Owners use up another item than the one they own.")
        return values

    def typed(self) -> dict[str, str]:
        """What was typed, by label, as `owners_as_read` shows what is stored."""
        given = self.cleaned_data
        return {
            "In use": f"{given['active_units'].normalize():f}",
            "Counted on": str(given["as_of"]),
            "Each uses a month": f"{given['units_per_active_month']:.10g}",
            "Lost a month, %": f"{given['monthly_churn_pct']:.10g}",
        }


class MarkForm(forms.Form):
    """A closed month of one series that was not demand."""

    series = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    month = day_field("Month")
    imputed = forms.FloatField(label="Use instead", min_value=0)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
