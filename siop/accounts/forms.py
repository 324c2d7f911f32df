from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from siop.catalog.models import Category, Location

from . import services
from .enums import Role
from .models import Department, Person


class SignInForm(AuthenticationForm):
    """Slows down guessing: after eight wrong passwords for one address, wait five minutes."""

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username", "")
        if services.too_many_attempts(email):
            raise ValidationError("Too many wrong passwords for this address; try again in five minutes.")
        try:
            return super().clean()
        except ValidationError:
            services.count_failed_attempt(email)
            raise


class PersonForm(forms.Form):
    email = forms.EmailField()
    name = forms.CharField(max_length=120)
    password = forms.CharField(
        widget=forms.PasswordInput, min_length=10, help_text="At least ten characters."
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
    department = forms.ModelChoiceField(Department.objects.all(), required=False, to_field_name="code")
    category = forms.ModelChoiceField(Category.objects.all(), required=False, to_field_name="code")
    location = forms.ModelChoiceField(Location.objects.all(), required=False, to_field_name="code")
    expires = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="A guest's access ends on this day.",
    )

    def grant(self, person: Person) -> None:
        data = self.cleaned_data
        services.grant_role(
            person,
            Role(data["role"]),
            department=data["department"].code if data["department"] else None,
            category=data["category"].code if data["category"] else None,
            location=data["location"].code if data["location"] else None,
            expires=data["expires"],
        )


class ParameterForm(forms.Form):
    name = forms.CharField(max_length=120)
    value = forms.CharField(max_length=300)
