"""The whole product for a test or a benchmark: on a data folder and ports of its own, gone afterwards."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import postgres, supervisor, templates
from .processes import free_port
from .services import Services
from .state import data_dir

SETTINGS = {"DJANGO_SETTINGS_MODULE": "siop.settings.local", "SIOP_DATABASE_ROLE": "siop_app"}
ASIDE = ("SIOP_DATA_DIR", "DATABASE_URL", "REDIS_URL", *SETTINGS)
UNSAFE = postgres.UNSAFE_SETTINGS | {"shared_buffers": "256MB"}


@dataclass
class Trial:
    """`url` of the web server, servers and children, so that they can also be killed."""

    url: str
    servers: Services
    children: supervisor.Children


@contextmanager
def running(
    name: str,
    *,
    demo: bool = False,
    names: tuple[str, ...] = ("web", "worker", "beat"),
    postgres_settings: dict[str, str] | None = None,
) -> Iterator[Trial]:
    """Lives as long as the block; variables that name other servers are put aside meanwhile."""
    given = {key: os.environ.pop(key, None) for key in ASIDE}
    folder = data_dir(f"{name}-{os.getpid()}")
    os.environ.update(SETTINGS)
    try:
        templates.copy_into(folder)
        settings = UNSAFE if postgres_settings is None else postgres_settings
        with Services(folder, postgres_settings=settings) as servers:
            supervisor.boot(servers, demo=demo)
            port = free_port()
            with supervisor.Children(servers, port=port, names=names) as children:
                if "web" in names:
                    children.wait_until_healthy(threading.Event())
                yield Trial(f"http://127.0.0.1:{port}", servers, children)
    finally:
        for key in ASIDE:
            os.environ.pop(key, None)
        os.environ.update({key: value for key, value in given.items() if value is not None})
        shutil.rmtree(folder, ignore_errors=True)
