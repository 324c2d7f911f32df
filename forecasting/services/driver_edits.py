"""What people change of drivers and cleansed months; the live forecast follows each change by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from forecasting.enums import MarkKind
from forecasting.errors import DemandError, StaleRow
from forecasting.models import CleansingMark, DemandSeries, DriverEffect, DriverValue, SalesHistory
from forecasting.selectors.drivers import effect_texts
from siop.accounts.access import require, scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.models import Category, Item
from siop.catalog.visibility import visible, with_below
from siop.jobs.services import raise_data_version, request_recomputation
from siop.web import audit

# Item, category and segment that a value is written for; None is all of them.
Place = tuple[int | None, int | None, int | None]
Cell = tuple[Place, date]


def name_of(cell: Cell) -> str:
    """A cell as fields of a page and notes name it: `item-category-segment:month`, 0 for all."""
    place, month = cell
    return f"{'-'.join(str(pk or 0) for pk in place)}:{month}"


def cell_named(name: str) -> Cell:
    """Raises ValueError for what names no cell."""
    place, _, month = name.partition(":")
    item, category, segment = (int(pk) or None for pk in place.split("-"))
    return (item, category, segment), date.fromisoformat(month)


def values_as_read(driver: str, cells: Iterable[Cell]) -> dict[str, str | None]:
    """What is stored in cells of a driver, by name; None where nothing is."""
    rows = DriverValue.objects.filter(driver=driver)
    stored: dict[Cell, float] = {
        ((item, category, segment), month): value
        for item, category, segment, month, value in rows.values_list(
            "item_id", "category_id", "segment_id", "month", "value"
        )
    }
    return {name_of(cell): None if (value := stored.get(cell)) is None else repr(value) for cell in cells}


@transaction.atomic
def set_values(*, person: Person, driver: str, values: Mapping[Cell, float | None]) -> int:
    """Write planned or past values of a driver; None takes a value away. Returns how many changed."""
    changed = 0
    for ((item, category, segment), month), value in values.items():
        require_scope(person, item=item, category=category)
        node: dict[str, Any] = {"item_id": item, "category_id": category, "segment_id": segment}
        rows = DriverValue.objects.filter(driver=driver, month=month, **node)
        if value is None:
            changed += rows.delete()[0]
        elif not rows.filter(value=value).exists():
            DriverValue.objects.update_or_create(
                driver=driver, month=month, **node, defaults={"value": value}
            )
            changed += 1
    if changed:
        forecast_again(person)
    return changed


@transaction.atomic
def set_effect(
    *,
    person: Person,
    driver: str,
    item: Item | None,
    category: Category | None,
    elasticity: float,
    sd: float,
    version: int,
    reason: str,
) -> DriverEffect:
    """Type an elasticity and how sure it is; what months have said about the old one is forgotten.

    `version` is that of the effect read, 0 for a new one. Raises StaleRow where it was changed meanwhile.
    """
    require_scope(person, item=item.pk if item else None, category=category.pk if category else None)
    audit.because(reason)
    now = DriverEffect.objects.select_for_update().filter(driver=driver, item=item, category=category).first()
    if (now.version if now else 0) != version:
        raise StaleRow("This elasticity was changed meanwhile; look at it again.")
    values = {"elasticity": elasticity, "sd": sd}
    if now is None:
        effect = DriverEffect.objects.create(driver=driver, item=item, category=category, **values)
    else:
        now.observations.all().delete()
        DriverEffect.objects.filter(pk=now.pk).update(version=F("version") + 1, **values)
        effect = DriverEffect.objects.get(pk=now.pk)
    forecast_again(person)
    return effect


def effect_as_read(
    driver: str, item: Item | None, category: Category | None
) -> tuple[DriverEffect | None, dict[str, str]]:
    """An elasticity and what was typed of it, as people read it."""
    effect = DriverEffect.objects.filter(driver=driver, item=item, category=category).first()
    return effect, effect_texts(effect)


@transaction.atomic
def set_undone(*, person: Person, pk: int, version: int, undone: bool, reason: str = "") -> CleansingMark:
    """Bring the sale of a marked month back (`undone`), or let the mark count again."""
    require(person, Permission.EDIT_DEMAND)
    audit.because(reason)
    mark = visible_marks(person).filter(pk=pk).first()
    if mark is None:
        raise DemandError("There is no such mark that you may change.")
    changed = CleansingMark.objects.filter(pk=pk, version=version).update(
        undone=undone, person=person, version=F("version") + 1, **({"reason": reason} if reason else {})
    )
    if not changed:
        who, says = mark.person or "The forecast", "counts as sold" if mark.undone else "is replaced"
        raise StaleRow(f"{who} changed this month meanwhile: it {says} now. Look at it again.")
    forecast_again(person)
    mark.refresh_from_db()
    return mark


@transaction.atomic
def mark_month(
    *, person: Person, series: DemandSeries, month: date, imputed: float, reason: str
) -> CleansingMark:
    """Say that a closed month was not demand, and what it would have been; replaces a mark that stands there."""
    require(person, Permission.EDIT_DEMAND)
    if not visible(DemandSeries.objects.filter(pk=series.pk), person, permission=Permission.EDIT_DEMAND):
        raise PermissionDenied("This series lies outside what your role may edit.")
    start = calendar.load().start_of(month)
    audit.because(reason)
    mark, created = CleansingMark.objects.update_or_create(
        series=series,
        month=start,
        defaults={
            "kind": MarkKind.EVENT,
            "raw": _sold(series, start),
            "imputed": imputed,
            "reason": reason,
            "undone": False,
            "person": person,
        },
    )
    if not created:
        CleansingMark.objects.filter(pk=mark.pk).update(version=F("version") + 1)
    forecast_again(person)
    return mark


def mark_as_read(series: DemandSeries, month: date) -> dict[str, str]:
    """What a person said of a month of a series, as its form shows it; blank where nobody said anything."""
    start = calendar.load().start_of(month)
    said = CleansingMark.objects.filter(
        series=series, month=start, person__isnull=False, undone=False
    ).first()
    return mark_texts(said.imputed, said.reason) if said else mark_texts(None, "")


def mark_texts(imputed: float | None, reason: str) -> dict[str, str]:
    return {"Use instead": "" if imputed is None else f"{imputed:.10g}", "Reason": reason}


def visible_marks(person: Person) -> QuerySet[CleansingMark]:
    """Marks that a person may change."""
    return visible(
        CleansingMark.objects.all(),
        person,
        item="series__item",
        location="series__location",
        permission=Permission.EDIT_DEMAND,
    )


def _sold(series: DemandSeries, month: date) -> float:
    """Net sales of a closed month; raises DemandError where there is none."""
    history = SalesHistory.objects.filter(series=series).first()
    today = calendar.load().start_of(timezone.localdate())
    place = calendar.load().between(history.origin, month) if history else -1
    if history is None or not 0 <= place < len(history.quantity) or month >= today:
        raise DemandError(f"{month:%B %Y} is no closed month of this series; choose one with history.")
    return history.quantity[place]


def require_scope(person: Person, *, item: int | None, category: int | None) -> None:
    """Drivers act at every location; what they act on must lie within the person's categories."""
    require(person, Permission.EDIT_DEMAND)
    categories, locations = scopes_of(person, Permission.EDIT_DEMAND)
    if locations is not None:
        raise PermissionDenied("This acts at all locations; your role covers some of them.")
    if categories is None:
        return
    own = Item.objects.filter(pk=item).values_list("category_id", flat=True).first() if item else category
    if own not in with_below(categories):
        raise PermissionDenied("This lies outside the categories that your role may edit.")


def forecast_again(person: Person) -> None:
    raise_data_version()
    request_recomputation(person=person, first="forecast", only="forecast")
