"""The demonstration company: invented, deterministic, dated relative to the month it is seeded for.

Tidewell sells bottles with flavour capsules. Bodies and shells are moulded in Malaysia by tens of thousands; the
cap has sixty parts from many suppliers; capsules are filled and refilled in New Jersey and must never run out.
"""
