"""HTTP input of the data page: files, and how their columns become ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from siop.gather import profiles, tables
from siop.gather.columns import UNIT
from siop.gather.enums import BatchMode
from siop.gather.mapping import TESTS, Exclusion, Profile, SignRule
from siop.gather.models import Upload
from siop.gather.parsing.dates import DAY_FIRST, MONTH_FIRST
from siop.gather.parts import Options
from siop.gather.readers.table import normal_name

CREATABLE = ("items", "locations", "segments", "categories", "suppliers")
RULES = 3
DATE_ORDERS = [("", "the file decides"), (DAY_FIRST, "day first"), (MONTH_FIRST, "month first")]
DECIMAL_MARKS = [("", "the file decides"), (".", "decimal point"), (",", "decimal comma")]
YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
_TEST_LABELS = {
    "one_of": "is one of",
    "starts_with": "starts with",
    "zero": "is 0",
    "negative": "is below 0",
    "blank": "is blank",
}


def table_choices() -> list[tuple[str, str]]:
    return [("", "by its name"), *((table.name, table.label) for table in tables.all_tables())]


def profile_choices() -> list[tuple[str, str]]:
    return [("", "none: the file uses our names"), *((name, name) for name in profiles.profile_names())]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several that were chosen or dropped together; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(file, initial) for file in data or [None]]


class UploadForm(forms.Form):
    file = FilesField(label="Files", help_text="CSV, CSV.gz or XLSX up to 50 MB each.")
    table = forms.ChoiceField(label="Table", required=False, choices=table_choices)
    profile = forms.ChoiceField(label="Profile", required=False, choices=profile_choices)


class FlagField(forms.Field):
    """Yes or no as scripts write it; any other word is refused, since it may have meant "do not write"."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> bool:
        word = str(value or "").strip().casefold()
        if word in YES or word in NO:
            return word in YES
        raise forms.ValidationError(f"{value!r} is neither true nor false.")


class ImportForm(forms.Form):
    """What the page asks, over HTTP for scripts; a field that means nothing is refused, not passed over."""

    file = forms.FileField(
        allow_empty_file=True,  # the reader says what is wrong with it
        error_messages={"required": "Send the file as multipart form data in the field `file`."},
    )
    table = forms.CharField(required=False)
    profile = forms.CharField(required=False)
    date_order = forms.ChoiceField(required=False, choices=DATE_ORDERS)
    decimal_mark = forms.ChoiceField(required=False, choices=DECIMAL_MARKS)
    valid_rows_only = FlagField()
    replace = FlagField()
    dry_run = FlagField()

    def clean(self) -> dict[str, Any]:
        unknown = sorted({*self.data, *self.files} - {*self.fields})
        if unknown:
            raise forms.ValidationError(
                f"There is no field {unknown[0]!r}; there are {', '.join(self.fields)}."
            )
        return super().clean() or {}

    def complaint(self) -> str:
        """The first thing that is wrong, in a sentence that names its field."""
        name, errors = next(iter(self.errors.items()))
        said = str(errors[0])
        return said if name in ("file", "__all__") else f"{name}: {said}"

    def options(self) -> Options:
        names = ("valid_rows_only", "replace", "dry_run", "date_order", "decimal_mark")
        return Options(**{name: self.cleaned_data[name] for name in names})

    def chosen_files(self) -> list[Any]:
        return list(self.files.getlist("file"))

    def reading(self) -> dict[str, Any]:
        """Table and profile of the files; raises UnusableFile where there is no profile of that name."""
        name = self.cleaned_data["profile"]
        profile = profiles.find_profile(name) if name else None
        return {"table": self.cleaned_data["table"], "profile": profile}


class MappingForm(forms.Form):
    """A field per column of the table: which column of the file it comes from, or one value for all rows."""

    date_order = forms.ChoiceField(
        label="Dates such as 01/02/2026",
        required=False,
        choices=DATE_ORDERS,
    )
    decimal_mark = forms.ChoiceField(
        label="Numbers such as 1,234",
        required=False,
        choices=DECIMAL_MARKS,
    )
    mode = forms.ChoiceField(
        label="Rows that the file lacks",
        choices=[(BatchMode.MERGE, "stay"), (BatchMode.REPLACE, "are removed")],
    )
    upper = forms.BooleanField(label="Write codes of items in capitals", required=False)
    creates = forms.MultipleChoiceField(
        label="Create unknown codes of", required=False, widget=forms.CheckboxSelectMultiple
    )
    save_as = forms.CharField(
        label="Keep as profile", required=False, max_length=120, help_text="A name, or blank."
    )

    def __init__(self, upload: Upload, table: tables.Table, *args: Any, **kwargs: Any) -> None:
        self.table, self.header = table, _header(upload)
        kwargs.setdefault("initial", _initial(upload, table, self.header))
        super().__init__(*args, **kwargs)
        sources = [("", "-"), *_columns(upload)]
        for name, required in self._targets():
            mark = " (needed)" if required else ""
            self.fields[f"from_{name}"] = forms.ChoiceField(
                label=f"{name}{mark}", choices=sources, required=False
            )
            self.fields[f"always_{name}"] = forms.CharField(
                label=f"{name}, for all rows", required=False, max_length=120
            )
        for number in range(RULES):
            self._add_rule(f"exclude{number}", sources, label=f"Leave out {number + 1}")
        self._add_rule("negative", sources, label="Negative quantity")
        references = [column.references for column in table.all_columns if column.references in CREATABLE]
        labels = [(name, tables.get(name).label) for name in dict.fromkeys(references)]
        creates = self.fields["creates"]
        assert isinstance(creates, forms.MultipleChoiceField)  # noqa: S101 - declared above
        creates.choices = labels

    def column_rows(self) -> list[dict[str, Any]]:
        """For the template: our field, the choice of a column, the constant."""
        return [
            {
                "name": name,
                "required": required,
                "source": self[f"from_{name}"],
                "always": self[f"always_{name}"],
            }
            for name, required in self._targets()
        ]

    def rule_rows(self) -> list[dict[str, Any]]:
        names = [*(f"exclude{number}" for number in range(RULES)), "negative"]
        return [
            {"column": self[f"{name}_column"], "test": self[f"{name}_test"], "values": self[f"{name}_values"]}
            for name in names
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [cleaned.get(f"from_{name}") for name, _ in self._targets() if cleaned.get(f"from_{name}")]
        for column in self.table.required:
            if not cleaned.get(f"from_{column.name}") and not cleaned.get(f"always_{column.name}"):
                self.add_error(
                    f"from_{column.name}",
                    f"{self.table.label} need {column.name}: choose a column or a value.",
                )
        if len(chosen) != len(set(chosen)):
            self.add_error(None, "One column of the file is mapped to two of ours; choose another.")
        if cleaned.get("save_as") in profiles.SHIPPED:
            self.add_error("save_as", "This profile ships with the product; choose another name.")
        return cleaned

    def profile(self) -> Profile:
        """What the person chose, as a profile."""
        data = self.cleaned_data
        names = [name for name, _ in self._targets()]
        return Profile(
            name=data["save_as"],
            table=self.table.name,
            columns={name: data[f"from_{name}"] for name in names if data[f"from_{name}"]},
            constants={
                name: data[f"always_{name}"]
                for name in names
                if data[f"always_{name}"] and not data[f"from_{name}"]
            },
            exclusions=tuple(self._exclusions()),
            signs=tuple(self._signs()),
            upper=("item",) if data["upper"] else (),
            creates={name: {} for name in data["creates"]},
            date_order=data["date_order"],
            decimal_mark=data["decimal_mark"],
        )

    def _targets(self) -> list[tuple[str, bool]]:
        own = [(column.name, column.required) for column in self.table.all_columns]
        return [*own, (UNIT, False)] if self.table.measured else own

    def _add_rule(self, prefix: str, sources: Sequence[tuple[str, str]], *, label: str) -> None:
        tests = [(test, _TEST_LABELS[test]) for test in TESTS]
        self.fields[f"{prefix}_column"] = forms.ChoiceField(
            label=f"{label}: column", choices=sources, required=False
        )
        self.fields[f"{prefix}_test"] = forms.ChoiceField(
            label=f"{label}: test", choices=tests, required=False
        )
        self.fields[f"{prefix}_values"] = forms.CharField(
            label=f"{label}: values, parted by commas", required=False, max_length=500
        )

    def _rule(self, prefix: str) -> dict[str, Any]:
        data = self.cleaned_data
        values = tuple(value.strip() for value in data[f"{prefix}_values"].split(",") if value.strip())
        return {"column": data[f"{prefix}_column"], "test": data[f"{prefix}_test"], "values": values}

    def _exclusions(self) -> list[Exclusion]:
        rules = [self._rule(f"exclude{number}") for number in range(RULES)]
        return [Exclusion(name=_rule_name(rule), **rule) for rule in rules if rule["column"]]

    def _signs(self) -> list[SignRule]:
        rule = self._rule("negative")
        return [SignRule(field=name, **rule) for name in self.table.adds_up] if rule["column"] else []


def _rule_name(rule: dict[str, Any]) -> str:
    return " ".join([rule["column"], _TEST_LABELS[rule["test"]], ", ".join(rule["values"])]).strip()


def _columns(upload: Upload) -> list[tuple[str, str]]:
    """Each column of the file with what stands in its first rows, for a name alone may say nothing."""
    samples = upload.sheets[0]["samples"] if upload.sheets else []
    return [
        (name, f"{name}: {', '.join(filter(None, seen))}" if any(seen) else name)
        for name, seen in zip(_header(upload), samples, strict=True)
    ]


def _header(upload: Upload) -> list[str]:
    return [str(name) for name in upload.sheets[0]["header"]] if upload.sheets else []


def _initial(upload: Upload, table: tables.Table, header: list[str]) -> dict[str, Any]:
    """The mapping in use, else what the names of the columns suggest."""
    initial: dict[str, Any] = {
        "mode": upload.mode,
        "date_order": upload.date_order,
        "decimal_mark": upload.decimal_mark,
    }
    profile = Profile.from_json(upload.profile) if upload.profile else None
    if profile is None or profile.table != table.name:
        return initial | _suggested(table, header)
    initial |= {f"from_{name}": source for name, source in (profile.columns or {}).items()}
    initial |= {f"always_{name}": value for name, value in profile.constants.items()}
    initial |= {"upper": "item" in profile.upper, "creates": list(profile.creates)}
    for number, rule in enumerate(profile.exclusions[:RULES]):
        initial |= _rule_initial(f"exclude{number}", rule)
    if profile.signs:
        initial |= _rule_initial("negative", profile.signs[0])
    return initial if profile.columns else initial | _suggested(table, header)


def _rule_initial(prefix: str, rule: Exclusion | SignRule) -> dict[str, str]:
    return {
        f"{prefix}_column": rule.column,
        f"{prefix}_test": rule.test,
        f"{prefix}_values": ", ".join(rule.values),
    }


def _suggested(table: tables.Table, header: list[str]) -> dict[str, str]:
    return {
        f"from_{column.name}": name
        for column in table.all_columns
        for name in header
        if normal_name(name) in column.names
    }
