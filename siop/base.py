"""Abstract models and fields that every room uses."""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Versioned(models.Model):
    """A row that people edit: each change raises `version`, and an edit names the version it was made on."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


if TYPE_CHECKING:
    _TextField = models.CharField[str, str]
    _NumberField = models.DecimalField[Any, Any]
    _NumbersField = ArrayField[list[float], list[float]]
else:
    _TextField = models.CharField
    _NumberField = models.DecimalField
    _NumbersField = ArrayField


class CodeField(_TextField):
    """A code as the company writes it: text, never a number; compared exactly."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 120)
        super().__init__(*args, **kwargs)


class QuantityField(_NumberField):
    """Units of measure of the item, to the thousandth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)


class MoneyField(_NumberField):
    """Money in the company's one currency; per-unit prices need more places than sums."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


class SeriesField(_NumbersField):
    """One number a period, float8[]; the origin period stands on the run or plan that owns the row."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", models.FloatField())
        kwargs.setdefault("default", list)
        super().__init__(**kwargs)
