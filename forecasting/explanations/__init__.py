"""What the figures of this app are made of: importing it fills the registry of `siop.web.explanations`."""

from . import accuracy, cleansing, forecasts, grid, years  # noqa: F401 - they fill the registry
