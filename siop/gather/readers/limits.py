"""How much a file may ask of the machine that reads it."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    upload_bytes: int = 50 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    entries: int = 1_000
    cells: int = 5_000_000
    child_memory_bytes: int = 1_536 * MEGABYTE
    child_seconds: int = 120


UPLOAD = Limits()
# A file that an operator names on the machine itself may be larger: CSV is streamed.
STREAMED = Limits(upload_bytes=4_096 * MEGABYTE, unpacked_bytes=16_384 * MEGABYTE, cells=1_000_000_000)
