"""What is saved comes back, table by table; what is no backup, or a broken one, replaces nothing."""

import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from siop.accounts.models import Person
from siop.web import backup
from siop.web.management.commands import boot

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


def test_a_state_that_a_restore_had_put_aside_when_it_was_killed_is_back_at_the_next_start(dana: Any) -> None:
    _cut_off()
    call_command("migrate", verbosity=0)
    assert Person.objects.get() == dana


def test_a_restore_after_one_that_was_killed_loses_neither_state(tmp_path: Path, dana: Any) -> None:
    file = tmp_path / "state.siop"
    saved = backup.backup(file)
    _cut_off()
    with pytest.raises(CommandError, match="--force"):
        call_command("restore", str(file))
    assert Person.objects.get() == dana
    _cut_off()
    assert backup.restore(file) == saved


def test_nothing_is_put_back_while_a_restore_is_at_work(dana: Any) -> None:
    with another_connection() as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [backup.ASIDE])
        with pytest.raises(CommandError, match="at work"):
            call_command("migrate", verbosity=0)
        other.execute("SELECT pg_advisory_unlock_all()")
        call_command("migrate", verbosity=0)


@pytest.mark.parametrize("demo", [True, False])
def test_a_half_made_demonstration_goes_at_the_next_start(dana: Any, monkeypatch: Any, demo: bool) -> None:
    calls = _starts(monkeypatch)
    boot._execute(f"COMMENT ON SCHEMA public IS '{boot.UNFINISHED}'")
    call_command("boot", demo=demo)
    assert not Person.objects.exists()
    assert calls == (["seed_demo"] if demo else [])


def test_a_state_restored_over_a_half_made_demonstration_stays_at_the_next_start(
    tmp_path: Path, dana: Any, monkeypatch: Any
) -> None:
    calls = _starts(monkeypatch)
    saved = backup.backup(tmp_path / "state.siop")
    boot._execute(f"COMMENT ON SCHEMA public IS '{boot.UNFINISHED}'")
    backup.restore(tmp_path / "state.siop")
    call_command("boot", demo=True)
    assert (Person.objects.get(), calls) == (dana, [])
    found = backup.table_hashes()
    assert found.pop("web_mark") != saved.pop("web_mark")  # so that no part kept before is shown after
    assert found == saved


def _cut_off() -> None:
    """What a restore leaves that was killed in its midst."""
    boot._execute(
        f"ALTER SCHEMA public RENAME TO {backup.ASIDE}; CREATE SCHEMA public; CREATE TABLE half (id int)"
    )


def _starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `boot` calls beside the migrations, which alone it really does."""
    calls: list[str] = []

    def call(name: str, **options: Any) -> None:
        if name == "migrate":
            call_command(name, **options)
        elif name == "seed_demo":
            calls.append(name)

    monkeypatch.setattr(boot, "call_command", call)
    return calls


@contextmanager
def another_connection() -> Iterator[Any]:
    with connection.copy().cursor() as cursor:
        yield cursor
        cursor.db.close()


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
