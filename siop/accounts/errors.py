class AccountError(ValueError):
    """What was asked of a person or a role cannot be done; the message says why and what next."""
