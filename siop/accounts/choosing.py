"""One of the people who may do something, to choose from in a form."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator

from .enums import Permission
from .selectors import names_of_those_who_may, people_who_may


class _Names(ModelChoiceIterator):  # type: ignore[type-arg]
    """Ids and names: a company has hundreds of people, and none of them is asked for more."""

    field: "PersonField"

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from names_of_those_who_may(self.field.permission)


class _Select(forms.Select):
    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> list[Any]:
        """One group of bare options; Django's own makes a dozen calls of each."""
        options = [
            {"value": pk, "label": label, "attrs": {"selected": True} if str(pk) in value else {}}
            for pk, label in self.choices
        ]
        return [(None, options, 0)]


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = _Names
    widget = _Select

    def __init__(self, *, permission: Permission, **options: Any) -> None:
        self.permission = permission
        super().__init__(queryset=people_who_may(permission), **options)
