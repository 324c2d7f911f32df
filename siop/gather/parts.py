"""From a file to its parts: which table of the contract each one is, and which column is which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from siop.gather import tables
from siop.gather.errors import UnusableFile
from siop.gather.mapping import Mapped, Profile, apply_profile, by_name
from siop.gather.readers.files import read_tables
from siop.gather.readers.limits import UPLOAD, Limits
from siop.gather.readers.table import TextTable, normal_name
from siop.gather.tables import Table

_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a person wants the rows loaded; "" in `date_order` and `decimal_mark` lets the file decide."""

    valid_rows_only: bool = False
    replace: bool = False
    dry_run: bool = False
    date_order: str = ""
    decimal_mark: str = ""


AS_IT_IS = Options()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table of one file, mapped to our names and ready to be judged."""

    file_name: str
    sha256: str
    table: Table
    file: TextTable
    profile: Profile
    mapped: Mapped

    def mapping(self, options: Options) -> dict[str, Any]:
        """What decides, besides the bytes, which rows come out."""
        named = {**self.profile.as_json(), "sheet": self.file.sheet}
        named["date_order"] = options.date_order or self.profile.date_order
        named["decimal_mark"] = options.decimal_mark or self.profile.decimal_mark
        return dict(json.loads(json.dumps(named)))


def read_parts(
    content: IO[bytes],
    *,
    file_name: str,
    table: str = "",
    profile: Profile | None = None,
    limits: Limits = UPLOAD,
) -> list[Part]:
    """Read one file and map each of its tables; raises UnusableFile."""
    files = read_tables(content, known=known_names(table, profile), limits=limits)
    return map_files(files, file_name=file_name, sha256=digest(content), table=table, profile=profile)


def read_named(
    content: IO[bytes], *, file_name: str, table: str, profile: Profile | None, limits: Limits = UPLOAD
) -> list[Part]:
    """`read_parts` of one file among several: what makes it unusable begins with its name."""
    try:
        return read_parts(content, file_name=file_name, table=table, profile=profile, limits=limits)
    except UnusableFile as error:
        raise UnusableFile(f"{file_name}: {error.reason}", row=error.row, column=error.column) from error


def map_files(
    files: Sequence[TextTable],
    *,
    file_name: str,
    sha256: str,
    table: str = "",
    profile: Profile | None = None,
) -> list[Part]:
    """Give each table of text its table of the contract and its columns; raises UnusableFile."""
    wanted = _wanted(table, profile)
    parts = []
    for file in files:
        alone = len(files) == 1
        target = wanted if wanted and alone else _table_of(file, file_name=file_name, alone=alone)
        used = profile if profile and profile.table == target.name else by_name(target)
        parts.append(
            Part(
                file_name=file_name,
                sha256=sha256,
                table=target,
                file=file,
                profile=used,
                mapped=apply_profile(file, target, used),
            )
        )
    return parts


def digest(content: IO[bytes]) -> str:
    content.seek(0)
    sha256 = hashlib.sha256()
    while block := content.read(_BLOCK):
        sha256.update(block)
    return sha256.hexdigest()


def _wanted(table: str, profile: Profile | None) -> Table | None:
    name = table or (profile.table if profile else "")
    if name and name not in tables.names():
        raise UnusableFile(f"There is no table {name!r}; known: {', '.join(tables.names())}.")
    return tables.get(name) if name else None


def known_names(table: str, profile: Profile | None) -> frozenset[str]:
    """Names that tell a header from the rows above it."""
    if profile and profile.columns:
        return frozenset(normal_name(source) for source in profile.columns.values())
    wanted = _wanted(table, profile)
    chosen = [wanted] if wanted else list(tables.all_tables())
    return frozenset().union(*(each.known_names for each in chosen))


def _table_of(file: TextTable, *, file_name: str, alone: bool) -> Table:
    """By the sheet's name; where it is alone also by the file's, else by its columns where one table has them all."""
    known = tables.names()
    stem = file_name.rsplit("/", 1)[-1].split(".")[0].casefold().replace("-", "_").replace(" ", "_")
    sheet = file.sheet.strip().casefold().replace(" ", "_")
    if sheet in known:
        return tables.get(sheet)
    if alone:
        named = [name for name in known if stem == name or stem.startswith(name + "_")]
        if named:
            return tables.get(max(named, key=len))
        if len(fitting := list(_fitting(file))) == 1:
            return fitting[0]
    raise UnusableFile(_unnamed(file, file_name))


def _fitting(file: TextTable) -> Iterator[Table]:
    """Tables that know every column of the file and miss none that they need; one of several would be a guess."""
    found = {normal_name(name) for name in file.header}
    for table in tables.all_tables():
        needed = all(found & column.names for column in table.required)
        if needed and len(found) > 1 and found <= table.known_names:
            yield table


def _unnamed(file: TextTable, file_name: str) -> str:
    what = f"sheet {file.sheet!r}" if file.sheet else f"file {file_name!r}"
    return (
        f"Which table the {what} holds is not certain: its columns fit none, or several. "
        "Name the table, or name the sheet or file after it."
    )
