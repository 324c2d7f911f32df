"""What comes in from the pages of drivers, events and cleansed months."""

from __future__ import annotations

from typing import Any

from django import forms

from siop.catalog.models import Category, Item, Segment

from .enums import EventKind

REASON = {"required": "Say why; the reason is kept with the change."}


class PlaceForm(forms.Form):
    """A category or an item by code; neither is everything."""

    category = forms.CharField(label="Category", max_length=120, required=False)
    item = forms.CharField(
        label="Item", max_length=120, required=False, help_text="A code; or leave both empty for everything."
    )

    def clean_category(self) -> Category | None:
        found: Category | None = self._found(Category, "category")
        return found

    def clean_item(self) -> Item | None:
        found: Item | None = self._found(Item, "item")
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("category") and values.get("item"):
            self.add_error("item", "Name a category or an item, not both.")
        return values

    def _found(self, model: Any, name: str) -> Any:
        code = self.cleaned_data.get(name, "").strip()
        found = model.objects.filter(code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(f"There is no {name} {code}.")
        return found


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
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)
    field_order = ("driver", "category", "item", "elasticity", "sd", "reason", "version")


class EventForm(PlaceForm):
    event = forms.CharField(
        label="Event", max_length=120, help_text="A short code; the same code changes it."
    )
    kind = forms.ChoiceField(label="Kind", choices=EventKind.choices)
    segment = forms.CharField(label="Segment", max_length=120, required=False)
    start = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))
    uplift_pct = forms.FloatField(label="Uplift, %", min_value=-100, max_value=10_000)
    note = forms.CharField(label="Note", max_length=2000, required=False)
    field_order = ("event", "kind", "category", "item", "segment", "start", "end", "uplift_pct", "note")

    def clean_segment(self) -> Segment | None:
        found: Segment | None = self._found(Segment, "segment")
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("start") and values.get("end") and values["end"] < values["start"]:
            self.add_error("end", f"The event ends before it starts on {values['start']}.")
        return values


class MarkForm(forms.Form):
    """A closed month of one series that was not demand."""

    series = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    month = forms.DateField(label="Month", widget=forms.DateInput(attrs={"type": "date"}))
    imputed = forms.FloatField(label="Use instead", min_value=0)
    reason = forms.CharField(label="Reason", max_length=500, error_messages=REASON)
