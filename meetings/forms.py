"""What people type on the pages of the cycle."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from forecasting.models import Assumption
from siop.accounts.choosing import PersonField
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Category
from siop.web.seen import Difference, conflict, one_of, sealed
from siop.web.templatetags.siop import day as full_day

from .enums import ActionKind, ActionStatus, StageKind
from .models import Cycle
from .selectors.cycles import stages_of
from .words import day


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ActionForm(forms.Form):
    """An action item; without owner and due date it is not saved."""

    title = forms.CharField(
        label="What is to be done", max_length=300, error_messages={"required": "Say what is to be done."}
    )
    owner = PersonField(
        label="Owner", permission=Permission.EDIT_ACTION, empty_label="Choose an owner",
        error_messages={"required": "Name an owner: an action without one is not saved."},
    )  # fmt: skip
    due = forms.DateField(
        label="Due", widget=_day(),
        error_messages={
            "required": "Name a due date: an action without one is not saved.",
            "invalid": "Enter a date such as 2026-12-18.",
        },
    )  # fmt: skip
    kind = forms.ChoiceField(label="Kind", choices=ActionKind.choices, initial=ActionKind.CORRECTIVE)
    root_cause = forms.CharField(
        label="Root cause", max_length=120, required=False,
        help_text="The same words each time, so that what comes back is seen.",
    )  # fmt: skip
    effect_value = forms.DecimalField(
        label="Effect in money", required=False, max_digits=18, decimal_places=2
    )


class ActionChangeForm(ActionForm):
    """What the owner changes: state and evidence besides the rest; `version` is the one that was looked at."""

    status = forms.ChoiceField(label="State", choices=ActionStatus.choices)
    evidence = forms.CharField(
        label="Evidence", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where one sees that it is done: a document, an order, a figure.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


def action_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """An action as people read it, by the label of its field; of what was typed or of what is stored."""
    effect = values["effect_value"]
    return {
        "What is to be done": values["title"],
        "Owner": str(values["owner"]),
        "Due": full_day(values["due"]),
        "Kind": str(ActionKind(values["kind"]).label),
        "Root cause": values["root_cause"],
        "Effect in money": "" if effect is None else f"{effect:.2f}",
        "State": str(ActionStatus(values["status"]).label),
        "Evidence": values["evidence"],
    }


class MoveForm(forms.Form):
    status = forms.ChoiceField(choices=ActionStatus.choices)
    version = forms.IntegerField()


class DecisionForm(forms.Form):
    chosen = forms.IntegerField(required=False, min_value=0, max_value=20)
    text = forms.CharField(
        label="Decision",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "ta"}),
    )
    dissent = forms.CharField(
        label="Dissent",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "ta dis"}),
    )
    dissenter = forms.CharField(
        label="Who dissents", required=False, max_length=120, widget=forms.TextInput(attrs={"class": "field"})
    )
    review_date = forms.DateField(
        label="Outcome checked on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "field"}),
    )

    def __init__(self, *args: Any, options: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.options and given.get("chosen") is None:
            self.add_error("chosen", "Choose one of the options; what was not chosen is kept beside it.")
        if not self.options and not given.get("text", "").strip():
            self.add_error("text", "Say what was decided.")
        if given.get("dissent", "").strip() and not given.get("dissenter", "").strip():
            self.add_error("dissenter", "Name who dissents: an objection is kept with its name.")
        return given


class MinuteForm(forms.Form):
    text = forms.CharField(
        label="Minutes", max_length=2000, error_messages={"required": "Write what was said."},
        widget=forms.TextInput(attrs={"class": "field", "placeholder": "Write a line of the minutes"}),
    )  # fmt: skip


class AgendaForm(forms.Form):
    title = forms.CharField(
        label="Item", max_length=300, error_messages={"required": "Say what the item is about."}
    )
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=240, initial=5)


class AssumptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the plan takes for granted, and what may come differently; a value says by how much."""

    kind = forms.ChoiceField(
        label="Kind", choices=[("assumption", "Assumption"), ("risk", "Risk"), ("opportunity", "Opportunity")]
    )

    class Meta:
        model = Assumption
        fields = ("kind", "text", "category", "value")
        labels = {"text": "What", "category": "About", "value": "Value in money"}
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        if isinstance(category, forms.ModelChoiceField):
            category.queryset = Category.objects.order_by("code")
            category.empty_label = "The whole plan"


class PeriodForm(forms.Form):
    period = forms.DateField(label="First planned period", required=False, widget=_day())


class StageForm(forms.Form):
    """Another due date or owner for one of the stages that are not closed yet; `seen` holds all as they were read."""

    kind = forms.ChoiceField(label="Stage")
    due = forms.DateField(label="Due", widget=_day(), help_text="Later stages move by as many working days.")
    owner = PersonField(
        label="Owner", permission=Permission.EDIT_ACTION, required=False, empty_label="as it is"
    )
    reason = forms.CharField(label="Reason", max_length=300)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    cycle = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, cycle: Cycle | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "stage_%s"} | kwargs)
        rows = stages_of(cycle) if cycle else []
        self.stages = {row.kind: row for row in rows if row.finished is None and row.kind != StageKind.CLOSED}
        self.initial.update(seen=self._as_read(), cycle=cycle.pk if cycle else None)
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [
                (stage.kind, f"{stage.get_kind_display()}, due {day(stage.due)}")
                for stage in self.stages.values()
            ]

    def _as_read(self) -> str:
        return sealed({kind: sealed(_read(stage.due, stage.owner)) for kind, stage in self.stages.items()})

    def conflict(self) -> list[Difference]:
        """What somebody else changed of the chosen stage since this form was read."""
        given, stage = self.cleaned_data, self.stages[self.cleaned_data["kind"]]
        mine = _read(given["due"], given["owner"] or stage.owner)
        return conflict(one_of(given["seen"], stage.kind), mine=mine, theirs=_read(stage.due, stage.owner))

    def on_what_stands(self) -> "StageForm":
        """The same words on the stages as they are now, so that saving again puts mine in their place."""
        self.data = dict(self.data.items()) | {"seen": self._as_read()}
        return self


def _read(due: date, owner: Person | None) -> dict[str, str]:
    return {"Due": full_day(due), "Owner": owner.name if owner else ""}
