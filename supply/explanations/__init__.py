"""What the figures of this app are made of: importing it fills the registry of `siop.web.explanations`."""

from . import (  # noqa: F401 - they fill the registry
    counts,
    failures,
    kpis,
    lead_times,
    limits,
    minimums,
    over_months,
    plan,
    projection,
    scenarios,
    stock,
    suppliers,
)
