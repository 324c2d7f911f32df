"""One of the people who may do something, to choose from in a form."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.html import escape
from django.utils.safestring import SafeString

from siop.web.kept import kept

from .enums import Permission
from .selectors import names_of_those_who_may, people_who_may

NOBODY = "nobody"


class _Names(ModelChoiceIterator):  # type: ignore[type-arg]
    """Ids and names: a company has hundreds of people, and none of them is asked for more."""

    field: "PersonField"

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from names_of_those_who_may(self.field.permission)


class _Select(forms.Select):
    """Written for nobody chosen, which is kept; the one who is chosen is marked in it."""

    choices: Any

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        asked = ("people", self.choices.field.permission, name, tuple(sorted((attrs or {}).items())))
        plain = kept(asked, lambda: super(_Select, self).render(name, NOBODY, attrs, renderer), size=len)
        option = f'<option value="{escape("" if value is None else value)}"'
        return SafeString(plain.replace(option, f"{option} selected", 1))

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
