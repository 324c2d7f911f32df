"""Forms of the pages that every app shares."""

from typing import Any

from django import forms
from django.http import QueryDict

from siop.accounts.models import Person

from . import audit_trail

PLACE = r"^[a-z][a-z-]{1,30}:.{1,250}$"


class CommentForm(forms.Form):
    """A remark at a place; the text is plain and never rendered as anything else."""

    place = forms.RegexField(PLACE, max_length=300, widget=forms.HiddenInput)
    month = forms.DateField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label="Comment",
        max_length=2000,
        error_messages={"required": "Write the comment first."},
        widget=forms.Textarea(attrs={"rows": 2, "class": "field", "placeholder": "Write a comment"}),
    )


class SavedViewForm(forms.Form):
    """A view to save: its name, the address that it keeps, and the view and version that it replaces, if it does."""

    name = forms.CharField(max_length=60, error_messages={"required": "Give the view a name first."})
    query = forms.CharField(max_length=4000, required=False)
    shared = forms.BooleanField(required=False)
    view = forms.IntegerField(required=False, min_value=1)
    version = forms.IntegerField(required=False, min_value=1)

    def clean_query(self) -> QueryDict:
        return QueryDict(self.cleaned_data["query"].removeprefix("?"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        view, version = given.get("view"), given.get("version")
        return given | {"of": (view, version or 0) if view else None}


class AuditFilterForm(forms.Form):
    """What of the audit trail is shown; a date that cannot be read says so and filters nothing."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    person = forms.ModelChoiceField(Person.objects.all(), required=False, empty_label="All people")
    table = forms.ChoiceField(required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    system = forms.BooleanField(label="Also what the system did", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = self.fields["table"]
        assert isinstance(table, forms.ChoiceField)  # noqa: S101 - declared above
        table.choices = [("", "All tables"), *audit_trail.table_choices()]
        for name in ("person", "table", "since", "until"):
            self.fields[name].widget.attrs["class"] = "field"

    def filters(self) -> audit_trail.Filters:
        if not self.is_bound:
            return audit_trail.Filters()
        self.is_valid()
        given = self.cleaned_data
        person = given.get("person")
        return audit_trail.Filters(
            person=person.pk if person else None,
            table=given.get("table", ""),
            since=given.get("since"),
            until=given.get("until"),
            words=given.get("q", ""),
            system=given.get("system", False),
        )
