"""Is this ZIP archive safe to open as a workbook? Runs in the child process only."""

from __future__ import annotations

import zipfile
from collections import Counter
from typing import IO

_BLOCK = 1 << 20


class Refused(Exception):
    """The archive is refused; the message is shown to the person."""


def check_archive(content: IO[bytes], *, entries: int, unpacked_bytes: int) -> None:
    """Refuse what is encrypted, holds programs, repeats names or inflates beyond the limits."""
    try:
        archive = zipfile.ZipFile(content)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Refused(
            f"The workbook is damaged ({error}); open it in a spreadsheet program and save it again as .xlsx."
        ) from error
    with archive:
        _check_entries(archive.infolist(), entries)
        _count_bytes(archive, unpacked_bytes)


def _check_entries(infos: list[zipfile.ZipInfo], entries: int) -> None:
    if len(infos) > entries:
        raise Refused(f"The workbook holds {len(infos):,} parts; {entries:,} is the limit.")
    if any(info.flag_bits & 0x1 for info in infos):
        raise Refused("The workbook is protected by a password; save it without one.")
    names = [info.filename for info in infos]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise Refused(f"The workbook holds the part {repeated[0]!r} twice; save it again as .xlsx.")
    lowered = [name.lower() for name in names]
    if any(name.startswith("/") or ".." in name.split("/") for name in lowered):
        raise Refused("The workbook holds a part that points outside of it; it was not read.")
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in lowered):
        raise Refused("The workbook holds macros; save it as .xlsx without macros.")
    if "xl/workbook.bin" in lowered:
        raise Refused("Binary .xlsb workbooks are not read; save the file as .xlsx or CSV.")
    if "xl/workbook.xml" not in lowered and any(name.startswith(("word/", "ppt/")) for name in lowered):
        raise Refused("The file is a text document or presentation; save the table as .xlsx or CSV.")


def _count_bytes(archive: zipfile.ZipFile, limit: int) -> None:
    """Sizes in the directory may lie, so count what really comes out."""
    total = 0
    for info in archive.infolist():
        with archive.open(info) as part:
            while block := part.read(_BLOCK):
                total += len(block)
                if total > limit:
                    raise Refused(
                        f"Unpacked the workbook has more than {limit // _BLOCK} MB; save it as CSV."
                    )
