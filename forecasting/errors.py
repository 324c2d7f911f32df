"""What can go wrong with demand."""


class HistoryOvertaken(RuntimeError):
    """Newer data wrote the sales history anew while an older forecast was still reading it."""


class DemandError(Exception):
    """An edit that is refused; the message goes to the page as it is."""


class StaleRow(DemandError):
    """Somebody else changed the row since it was read."""
