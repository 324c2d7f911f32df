"""What can go wrong with demand."""


class HistoryOvertaken(RuntimeError):
    """Newer data wrote the sales history anew while an older forecast was still reading it."""
