"""What is saved comes back, table by table; what is no backup replaces nothing."""

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
