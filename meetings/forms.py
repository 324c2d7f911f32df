"""What people type on the pages of the cycle."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from forecasting.models import Assumption
from siop.accounts.access import GRANTS
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Category

from .enums import ActionKind, ActionStatus, StageKind
from .models import Cycle
from .words import day


def people_who_may(permission: Permission) -> QuerySet[Person]:
    roles = [role for role, granted in GRANTS.items() if permission in granted]
    return Person.objects.filter(is_active=True, grants__role__in=roles).distinct().order_by("name")


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _area(css: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 3, "class": css})


class ActionForm(forms.Form):
    """An action item; without owner and due date it is not saved."""

    title = forms.CharField(
        label="What is to be done", max_length=300, error_messages={"required": "Say what is to be done."}
    )
    owner = forms.ModelChoiceField(
        label="Owner", queryset=Person.objects.none(), empty_label="Choose an owner",
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people_who_may(Permission.EDIT_ACTION)


class ActionChangeForm(ActionForm):
    """What the owner changes: state and evidence besides the rest; `version` is the one that was looked at."""

    status = forms.ChoiceField(label="State", choices=ActionStatus.choices)
    evidence = forms.CharField(
        label="Evidence", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where one sees that it is done: a document, an order, a figure.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


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
    """Another due date or owner for one of the stages that are not closed yet."""

    kind = forms.ChoiceField(label="Stage")
    due = forms.DateField(label="Due", widget=_day(), help_text="Later stages move by as many working days.")
    owner = forms.ModelChoiceField(
        label="Owner", queryset=Person.objects.none(), required=False, empty_label="as it is"
    )
    reason = forms.CharField(label="Reason", max_length=300)

    def __init__(self, cycle: Cycle | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = cycle.stages.filter(finished__isnull=True).exclude(kind=StageKind.CLOSED) if cycle else ()
        kind, owner = self.fields["kind"], self.fields["owner"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [
                (stage.kind, f"{stage.get_kind_display()}, due {day(stage.due)}") for stage in stages
            ]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people_who_may(Permission.VIEW)
