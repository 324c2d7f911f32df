"""`lint`: format, lint, types, import order, templates and missing migrations, as CI runs it."""

import os
import subprocess
import sys
from pathlib import Path

from .state import ROOT

BIN = Path(sys.executable).parent
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy", "siop", "forecasting", "inventory", "supply", "meetings"],
    "import order": ["lint-imports"],
}


def lint(argv: list[str]) -> int:
    """All checks, each with its output; 1 where any fails."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "siop.settings.local", "PYTHONPATH": str(ROOT)}
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run([str(BIN / program), *arguments], cwd=ROOT, env=env, check=False).returncode:
            failed.append(name)
    print("== migrations", flush=True)
    migrations = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    without_database = env | {"DJANGO_SETTINGS_MODULE": "siop.settings.lint"}
    if subprocess.run(migrations, cwd=ROOT, env=without_database, check=False).returncode:
        failed.append("migrations")
    print("All checks pass." if not failed else "Failed: " + ", ".join(failed), flush=True)
    return 1 if failed else 0
