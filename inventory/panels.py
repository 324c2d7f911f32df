"""Real demand for benchmarks, read from reference files that are never part of the product."""

from pathlib import Path

import numpy as np
import pandas as pd

from inventory.hindsight import Panel

_GOODS = r"^\d{5}[A-Z]{0,2}$"


def m3_months(data: Path) -> Panel:
    """M3 monthly: 1,428 series; the last 18 months are tested."""
    frame = pd.read_parquet(data / "forecast" / "m3_monthly.parquet")
    return _panel("M3", _wide(frame), season=12, whole=False, tested=18)


def car_parts(data: Path) -> Panel:
    """Car parts: 2,674 parts, 51 months, mostly zeros; the last 18 months are tested."""
    frame = pd.read_parquet(data / "forecast" / "carparts.parquet")
    return _panel("car parts", _wide(frame), season=12, whole=True, tested=18)


def retail_weeks(data: Path) -> Panel:
    """Online Retail by item and week, returns netted; items sold in the first half year; 16 weeks tested."""
    lines = pd.read_csv(
        data / "online_retail.csv.gz",
        usecols=["StockCode", "Quantity", "InvoiceDate", "UnitPrice"],
        dtype={"StockCode": "string"},
    )
    lines["StockCode"] = lines["StockCode"].str.strip().str.upper()
    goods = lines["StockCode"].str.match(_GOODS) & (lines["UnitPrice"] > 0)
    lines = lines[goods.fillna(value=False)]
    days = pd.to_datetime(lines["InvoiceDate"])
    week = (days.dt.normalize() - days.min().normalize()).dt.days // 7
    lines = lines.assign(week=week)
    table = lines.pivot_table(
        index="week", columns="StockCode", values="Quantity", aggfunc="sum", fill_value=0
    )
    # The last week is not whole.
    table = table.reindex(range(int(week.max())), fill_value=0)
    sold_early = (table.iloc[: len(table) // 2] > 0).any()
    return _panel("Online Retail", table.loc[:, sold_early], season=52, whole=True, tested=16)


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Long to (T, N), end-aligned, NaN before a series begins."""
    frame = frame.assign(back=frame.groupby("unique_id")["t"].transform("max") - frame["t"])
    return frame.pivot_table(index="back", columns="unique_id", values="y").sort_index(ascending=False)


def _panel(name: str, table: pd.DataFrame, *, season: int, whole: bool, tested: int) -> Panel:
    values = table.to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    first = np.where(known.any(axis=0), known.argmax(axis=0), len(values) - 1)
    return Panel(
        name=name,
        demand=np.maximum(np.nan_to_num(values), 0.0),
        first=first.astype(np.intp),
        season=season,
        whole=whole,
        tested=tested,
    )
