"""Which letters the bytes of a text file stand for."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO

from siop.gather.errors import UnusableFile

_SAMPLE = 65_536
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAIN_CONTROLS = "\t\n\r\f\v\x00\x1a"


@dataclass(frozen=True, kw_only=True)
class Encoding:
    name: str
    note: str = ""


def detect_encoding(content: IO[bytes]) -> Encoding:
    """Byte order mark, else strict UTF-8, else Windows-1252 with a note; what is no text is refused."""
    content.seek(0)
    sample = content.read(_SAMPLE)
    encoding = _marked(sample) or _wide(sample) or _utf8(content)
    if encoding is None:
        _refuse_controls(sample.decode("latin-1"))
        encoding = _windows(content)
    _refuse_damaged(content, encoding)
    content.seek(0)
    return encoding


def _marked(sample: bytes) -> Encoding | None:
    return next((Encoding(name=name) for mark, name in _MARKS if sample.startswith(mark)), None)


def _wide(sample: bytes) -> Encoding | None:
    """UTF-16 without a mark: every other byte of plain text is NUL."""
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > half * 0.4 and sample[::2].count(0) < half * 0.1:
        return Encoding(name="utf-16-le")
    if sample[::2].count(0) > half * 0.4 and sample[1::2].count(0) < half * 0.1:
        return Encoding(name="utf-16-be")
    return None


def _utf8(content: IO[bytes]) -> Encoding | None:
    return Encoding(name="utf-8") if _undecodable(content, "utf-8") is None else None


def _windows(content: IO[bytes]) -> Encoding:
    failure = _undecodable(content, "cp1252")
    if failure is not None:
        raise UnusableFile(
            f"The letters cannot be read as UTF-8 or Windows-1252 ({failure}); save the file as CSV UTF-8."
        )
    note = "Read as Windows-1252 (the file is not UTF-8); if letters look wrong, save it as CSV UTF-8."
    return Encoding(name="cp1252", note=note)


def _undecodable(content: IO[bytes], name: str) -> str | None:
    decoder = codecs.getincrementaldecoder(name)()
    content.seek(0)
    offset = 0
    while block := content.read(_BLOCK):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return f"byte {error.object[error.start]:#04x} near position {offset + error.start}"
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "the last letter is cut off"
    return None


def _refuse_damaged(content: IO[bytes], encoding: Encoding) -> None:
    if encoding.name.startswith(("utf-16", "utf-32")):
        failure = _undecodable(content, encoding.name)
        if failure is not None:
            raise UnusableFile(f"The file says {encoding.name.upper()} but is damaged: {failure}.")
    content.seek(0)
    _refuse_controls(codecs.getincrementaldecoder(encoding.name)().decode(content.read(_SAMPLE)))


def _refuse_controls(text: str) -> None:
    controls = sum(1 for char in text if char < " " and char not in _PLAIN_CONTROLS)
    if controls > len(text) * 0.02 or text.count("\x00") > len(text) * 0.1:
        raise UnusableFile("The file is not text; save it as CSV or .xlsx.")
