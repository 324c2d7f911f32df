#!/usr/bin/env python3
"""The one entry point: `up`, `test`, `lint` and every other command.

Starts with the standard library only; makes the environment where it is missing, then runs inside it.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets a sentence, not a traceback
        sys.exit("SIOP needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    sys.path.insert(0, str(ROOT))
    from siop.embedded import commands, environment

    try:
        environment.enter(ROOT, sys.argv)
        commands.run(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
