"""What a file really is, by its first bytes and never by its name."""

from __future__ import annotations

import enum
import re
import zipfile
from typing import IO

from siop.gather.errors import UnusableFile

_HEAD = 4096
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|meta|\?xml|script)", re.IGNORECASE
)
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)


class Kind(enum.Enum):
    DELIMITED = "delimited text"
    GZIP = "gzip"
    WORKBOOK = "workbook"


def sniff(content: IO[bytes]) -> Kind:
    """The kind of a readable file; every other kind is refused with its name and the way out."""
    content.seek(0)
    head = content.read(_HEAD)
    if not head:
        raise UnusableFile("The file is empty (0 bytes).")
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _inside_zip(content)
    _refuse_compound(head, content)
    _refuse_others(head)
    return Kind.DELIMITED


def _inside_zip(content: IO[bytes]) -> Kind:
    """Only a first look; the child process checks the archive with its limits on."""
    content.seek(0)
    if b"xl/" in content.read() or not zipfile.is_zipfile(content):
        return Kind.WORKBOOK
    raise UnusableFile("The file is a ZIP archive, not a workbook; unpack it and import the files inside.")


def _refuse_compound(head: bytes, content: IO[bytes]) -> None:
    if not head.startswith(_COMPOUND):
        return
    content.seek(0)
    if _ENCRYPTED in content.read():
        raise UnusableFile("The workbook is protected by a password; save it without one.")
    raise UnusableFile("Old .xls workbooks are not read; save the file as .xlsx or CSV.")


def _refuse_others(head: bytes) -> None:
    if _MARKUP.match(head):
        raise UnusableFile("The file is a web page or XML, whatever its name says; save it as .xlsx or CSV.")
    for magic, name in _OTHERS:
        if head.startswith(magic):
            raise UnusableFile(f"The file is {name}; save the table as .xlsx or CSV.")
