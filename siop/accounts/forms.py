"""What people type into Settings and the sign-in page."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from siop.catalog import parameter_book
from siop.catalog.closures import calendars
from siop.catalog.models import Category, Location, Parameter
from siop.web.seen import merged, sealed

from . import selectors, services
from .enums import Role
from .models import Person

DAY = forms.DateInput(attrs={"type": "date"})
LONGEST_CLOSURE = 120


class SignInForm(AuthenticationForm):
    """Slows down guessing: after eight wrong passwords for one address, wait five minutes."""

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username", "")
        if services.too_many_attempts(email):
            raise ValidationError("Too many wrong passwords for this address; try again in five minutes.")
        try:
            cleaned = super().clean()
        except ValidationError:
            services.count_failed_attempt(email)
            raise
        services.forget_failed_attempts(email)
        return cleaned


class PersonForm(forms.Form):
    email = forms.EmailField()
    name = forms.CharField(max_length=120)
    password = forms.CharField(
        widget=forms.PasswordInput, min_length=10, help_text="At least ten characters.",
        error_messages={"min_length": "Enter %(limit_value)d characters or more; these are %(show_value)d."},
    )  # fmt: skip


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        choices=[("", "Choose a role"), *Role.choices], error_messages={"required": "Choose a role."}
    )
    department = forms.ChoiceField(
        choices=lambda: [("", "none"), *selectors.departments_to_head()], required=False,
        help_text="Of a department head: for whom they sign.",
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.all(), required=False, to_field_name="code", empty_label="all"
    )
    location = forms.ModelChoiceField(
        Location.objects.all(), required=False, to_field_name="code", empty_label="all"
    )
    expires = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="A guest's access ends on this day.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("role") == Role.DEPARTMENT_HEAD and not given.get("department"):
            self.add_error("department", "Choose the department they head; Settings > Departments adds one.")
        if given.get("role") == Role.GUEST and not given.get("expires"):
            self.add_error("expires", "A guest needs a last day.")
        return given

    def grant(self, person: Person) -> None:
        data = self.cleaned_data
        services.grant_role(
            person,
            Role(data["role"]),
            department=data["department"] or None,
            category=data["category"].code if data["category"] else None,
            location=data["location"].code if data["location"] else None,
            expires=data["expires"],
        )


class DepartmentForm(forms.Form):
    code = forms.SlugField(max_length=40, help_text="Short and lower case, as imports name it: quality.")
    name = forms.CharField(max_length=120)
    signs = forms.BooleanField(
        required=False, initial=True, label="Its head signs the consensus plan of each cycle"
    )


class ClosureForm(forms.Form):
    calendar = forms.ChoiceField(label="Who is closed")
    first = forms.DateField(label="From", widget=DAY)
    last = forms.DateField(label="To", required=False, widget=DAY, help_text="Empty: that one day.")
    note = forms.CharField(max_length=300, label="Why", help_text="Such as: New Year, inventory day.")
    seen = forms.CharField(required=False, widget=forms.HiddenInput, initial=sealed({}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["calendar"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = calendars()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        found["last"] = last or first
        if first and last and last < first:
            self.add_error("last", f"It ends before it begins; enter {first} or later.")
        if first and last and (last - first).days > LONGEST_CLOSURE:
            self.add_error("last", f"At most {LONGEST_CLOSURE} days at once.")
        return found

    def days(self) -> dict[str, Any]:
        """What is to be closed, and why."""
        return {name: self.cleaned_data[name] for name in ("calendar", "first", "last", "note")}


class SeenValues(forms.Form):
    """Parameters as people saw them; what somebody else has set since is said at the field, and stands."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    stored: dict[str, str]
    clashed = False

    def merge(self, mine: dict[str, str]) -> dict[str, str]:
        """What is to be stored; clashes become errors, and the form then stands on what is stored now."""
        found = merged(self.cleaned_data["seen"], mine=mine, theirs=self.stored)
        for name, theirs in found.clashes.items():
            now = f"“{theirs}”" if theirs else "the default"
            self.add_error(name, f"Somebody set {now} here meanwhile. Save again to put yours in its place.")
        if found.clashes:
            untouched = {name: self.stored.get(name, "") for name in mine.keys() - found.changed.keys()}
            self.clashed = True
            self.data = dict(self.data.items()) | untouched | {"seen": sealed(self.stored)}
        return found.changed


class ParametersForm(SeenValues):
    """Every parameter of the book as a field; an empty one means that the default holds."""

    reason = forms.CharField(
        max_length=300, label="Reason", help_text="Stands in the audit trail beside what changed."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = dict(Parameter.objects.values_list("name", "value"))
        self.initial["seen"] = sealed(self.stored)
        self.unknown = parameter_book.unknown()
        self.groups = [
            (group, [self._add(entry) for entry in entries]) for group, entries in parameter_book.entries()
        ]

    def _add(self, entry: parameter_book.Entry) -> forms.BoundField:
        self.fields[entry.name] = _field(entry)
        self.initial[entry.name] = self.stored.get(entry.name, "")
        return self[entry.name]

    def changes(self) -> dict[str, str]:
        """What is to be stored, and what it was stands beside it in the audit trail."""
        book = {field.name for _, fields in self.groups for field in fields}
        return self.merge({name: _plain(self.cleaned_data[name]) for name in book})

    def labels(self, changed: dict[str, str]) -> list[str]:
        return [str(self.fields[name].label) for name in self.fields if name in changed]


def _field(entry: parameter_book.Entry) -> forms.Field:
    label = f"{entry.label}, {entry.unit}" if entry.unit else entry.label
    default = f"default {entry.default}" if entry.default else "not set"
    common: dict[str, Any] = {"label": label, "help_text": entry.help, "required": False}
    if entry.kind == parameter_book.CHOICE:
        return forms.ChoiceField(choices=[("", default), *entry.options], **common)
    attributes = {"placeholder": default}
    if entry.kind == parameter_book.EMAIL:
        return forms.EmailField(widget=forms.EmailInput(attrs=attributes), **common)
    if entry.kind == parameter_book.TEXT:
        return forms.CharField(max_length=120, widget=forms.TextInput(attrs=attributes), **common)
    kind = forms.IntegerField if entry.kind == parameter_book.WHOLE else forms.FloatField
    return kind(
        min_value=entry.least, max_value=entry.most,
        widget=forms.TextInput(attrs=attributes | {"inputmode": "decimal"}), **common,
    )  # fmt: skip


def _plain(value: Any) -> str:
    """A value as it is stored; nothing for a field that was left empty."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
