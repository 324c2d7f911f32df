"""What a section of the pack is made of: columns of a kind, and rows of raw values."""

from typing import Any

TEXT, UNITS, MONEY, PERCENT, DATE, PRICE = "text", "units", "money", "percent", "date", "price"
Section = dict[str, Any]


def columns(*columns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "kind": kind} for label, kind in columns]


def section(
    key: str, title: str, columns: list[dict[str, str]], rows: list[list[Any]], **more: Any
) -> Section:
    return {"key": key, "title": title, "columns": columns, "rows": rows, "total": None, "empty": "", **more}
