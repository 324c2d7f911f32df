"""What planners are told when an edit cannot be made: where, what, and what next."""


class SupplyError(Exception):
    """An edit that is refused; the message goes to the page or the command line as it is."""


class StaleRow(SupplyError):
    """Somebody else changed the row since it was read; `theirs` says what stands there now."""

    def __init__(self, message: str, *, theirs: dict[str, str], version: int) -> None:
        super().__init__(message)
        self.theirs = theirs
        self.version = version


class BrokenPlan(RuntimeError):
    """A plan that breaks its own rules: a fault of the planner, never of what people entered."""
