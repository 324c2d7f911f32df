"""Take an import back from the command line."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from siop.commands import MachineCommand
from siop.gather.undo import UndoRefused, undo_import
from siop.web.templatetags.siop import many


class Command(MachineCommand):
    help = "Restore what an import changed, as a new import; refused where later work depends on it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("import_id", type=int, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            undone = undo_import(options["import_id"])
        except UndoRefused as refusal:
            facts = {"import_id": options["import_id"], "undone": False, "reasons": refusal.reasons}
            self.stdout.write(json.dumps(facts) if options["json"] else "\n".join(refusal.reasons))
            sys.exit(1)
        restored = sum(batch.applied_rows for batch in undone)
        removed = sum(batch.removed_rows for batch in undone)
        facts = {
            "import_id": undone[0].pk,
            "undone": True,
            "undo_of": [batch.undo_of_id for batch in undone],
            "restored": restored,
            "removed": removed,
        }
        text = (
            f"Import {options['import_id']} is undone: {many(restored, 'row')} restored, {removed} removed."
        )
        self.stdout.write(json.dumps(facts) if options["json"] else text)
