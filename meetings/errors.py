"""What can go wrong in a cycle, in words that say what to do next."""


class CycleError(Exception):
    """The cycle does not allow it; the message says why and what to do."""


class GateClosed(CycleError):
    """Something on the checklist of the stage is open."""

    def __init__(self, stage: str, open_gates: list[str]) -> None:
        self.open_gates = open_gates
        super().__init__(
            f"{stage} cannot be closed: {'; '.join(open_gates)}. "
            "Do what is missing, or force it with a reason, which is logged."
        )


class StaleContent(CycleError):
    """The plan is not the one that was looked at: look again before signing."""
