from .exceptions import visible_exceptions

__all__ = ["visible_exceptions"]
