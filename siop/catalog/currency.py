"""The company's one currency as pages write it."""

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def sign_of(code: str) -> str:
    """The sign that everybody knows, else the code: USD -> $, CHF -> CHF."""
    return SIGNS.get(code.upper(), code.upper())
