"""The one way in: any file becomes tables of text cells, or is refused with a reason."""

from __future__ import annotations

import gzip
import zlib
from tempfile import TemporaryFile
from typing import IO

from siop.gather.errors import UnusableFile
from siop.gather.readers.delimited import read_delimited
from siop.gather.readers.kinds import Kind, sniff
from siop.gather.readers.limits import MEGABYTE, UPLOAD, Limits
from siop.gather.readers.table import TextTable
from siop.gather.readers.workbook import read_workbook


def read_tables(
    content: IO[bytes], *, known: frozenset[str] = frozenset(), limits: Limits = UPLOAD
) -> list[TextTable]:
    """Every table in a seekable file; `known` holds normalised column names that mark a header row.

    Raises UnusableFile where the file as a whole cannot be used; broken rows are faults of their table.
    """
    size = content.seek(0, 2)
    if size > limits.upload_bytes:
        raise UnusableFile(
            f"The file has {size / MEGABYTE:,.1f} MB; {limits.upload_bytes // MEGABYTE} MB is the limit. "
            "Split it, or load it as CSV by command."
        )
    kind = sniff(content)
    if kind is Kind.WORKBOOK:
        _check_workbook(size)
        return read_workbook(content, known=known, limits=UPLOAD)
    if kind is Kind.DELIMITED:
        _check_size(size, limits)
        return [read_delimited(content, known=known)]
    with TemporaryFile() as unpacked:
        inflate(content, unpacked, limits=limits)
        if sniff(unpacked) is not Kind.DELIMITED:
            raise UnusableFile("The .gz file holds no CSV; compress CSV files only.")
        return [read_delimited(unpacked, known=known)]


def inflate(packed: IO[bytes], unpacked: IO[bytes], *, limits: Limits) -> None:
    """Unpack gzip, counting what really comes out."""
    packed.seek(0)
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            while block := stream.read(MEGABYTE):
                _check_size(unpacked.tell() + len(block), limits)
                unpacked.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableFile(f"The .gz file is damaged ({error}); compress it again.") from error


def _check_workbook(size: int) -> None:
    """A workbook cannot be streamed, so its limits hold wherever it comes from."""
    if size > UPLOAD.upload_bytes:
        limit = UPLOAD.upload_bytes // MEGABYTE
        raise UnusableFile(
            f"The workbook has {size / MEGABYTE:,.1f} MB; {limit} MB is the limit. Save it as CSV."
        )


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.unpacked_bytes:
        raise UnusableFile(
            f"Unpacked the file has more than {limits.unpacked_bytes // MEGABYTE} MB; split it."
        )
