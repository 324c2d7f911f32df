"""What is saved comes back, table by table; what is no backup, or a broken one, replaces nothing."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from siop.accounts.models import Person
from siop.web import backup

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_restore_brings_back_every_table_as_it_was(tmp_path: Path, dana: Any, sam: Any) -> None:
    file = tmp_path / "state.siop"
    saved = backup.backup(file)
    Person.objects.all().delete()
    restored = backup.restore(file)
    assert restored == saved
    assert Person.objects.count() == 2


def test_restore_refuses_to_replace_data_unasked(tmp_path: Path, dana: Any) -> None:
    file = tmp_path / "state.siop"
    backup.backup(file)
    with pytest.raises(CommandError, match="--force"):
        call_command("restore", str(file))


def test_a_file_that_is_no_backup_replaces_nothing(tmp_path: Path, dana: Any) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8 not a backup")
    with pytest.raises(CommandError, match="not a backup"):
        call_command("restore", str(file), "--force")
    assert Person.objects.filter(pk=dana.pk).exists()


def test_a_backup_cut_short_on_its_way_replaces_nothing(tmp_path: Path, dana: Any) -> None:
    file = tmp_path / "state.siop"
    backup.backup(file)
    _change(file, dump=lambda content: content[: len(content) // 2])
    with pytest.raises(CommandError, match="pg_restore"):
        call_command("restore", str(file), "--force")
    assert Person.objects.filter(pk=dana.pk).exists()


def test_a_backup_whose_rows_are_not_those_it_names_replaces_nothing(tmp_path: Path, dana: Any) -> None:
    file = tmp_path / "state.siop"
    backup.backup(file)
    _change(file, tables=lambda tables: tables | {"accounts_person": [7, "1"]})
    with pytest.raises(CommandError, match=r"differ.*accounts_person"):
        call_command("restore", str(file), "--force")
    assert Person.objects.filter(pk=dana.pk).exists()


def _same(content: Any) -> Any:
    return content


def _change(
    file: Path, *, dump: Callable[[bytes], bytes] = _same, tables: Callable[[Any], Any] = _same
) -> None:
    """Write the backup anew with its dump or its list of tables changed."""
    folder = file.parent / "unpacked"
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    (folder / backup.DUMP).write_bytes(dump((folder / backup.DUMP).read_bytes()))
    listed = json.loads((folder / backup.MANIFEST).read_text())["tables"]
    (folder / backup.MANIFEST).write_text(json.dumps({"tables": tables(listed)}))
    with tarfile.open(file, "w") as archive:
        for name in (backup.DUMP, backup.MANIFEST):
            archive.add(folder / name, name)
