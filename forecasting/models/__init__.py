"""Demand: what was sold, what is forecast, what planners made of it.

Arrays of a plan start at its `origin`; a month's index is its number of periods since then.
"""

from .accuracy import AccuracyLine
from .consensus import Assumption, BudgetLine, ConsensusLine, EditBatch, Override
from .drivers import DriverEffect, DriverObservation, DriverValue, Event, InstalledBase, LearnedEffect
from .forecasts import ExternalDemand, ForecastLine, ForecastRun
from .history import Bundle, CleansingMark, Delivery, DemandSeries, SalesHistory, SalesLine

__all__ = [
    "AccuracyLine",
    "Assumption",
    "BudgetLine",
    "Bundle",
    "CleansingMark",
    "ConsensusLine",
    "Delivery",
    "DemandSeries",
    "DriverEffect",
    "DriverObservation",
    "DriverValue",
    "EditBatch",
    "Event",
    "ExternalDemand",
    "ForecastLine",
    "ForecastRun",
    "InstalledBase",
    "LearnedEffect",
    "Override",
    "SalesHistory",
    "SalesLine",
]
