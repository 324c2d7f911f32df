"""Photographs the pages of a running demonstration: every page for every role, or the pictures of README and guides."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from meetings.demo.people import CAST
from siop.embedded import chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
COLOURS = 220
EVERYBODY = ",".join(name for name, *_ in CAST)


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it; `click` opens what is to be seen on it."""

    name: str
    person: str
    path: str
    theme: str = "light"
    click: str = ""


GUIDES = [
    Picture("home", "sam", "/"),
    Picture("home-dark", "sam", "/", "dark"),
    Picture("home-executive", "erin", "/"),
    Picture("home-head", "finn", "/"),
    Picture("demand", "dana", "/demand/"),
    Picture("accuracy", "dana", "/accuracy/"),
    Picture("cycle", "dana", "/cycle/"),
    Picture("supply", "sam", "/supply/"),
    Picture("views", "sam", "/supply/?show=release&sort=-value", click=".views-button"),
    Picture("exceptions", "sam", "/supply/exceptions/"),
    Picture("inventory", "sam", "/supply/inventory/"),
    Picture("capacity", "sam", "/supply/capacity/"),
    Picture("suppliers", "sam", "/supply/suppliers/"),
    Picture("reconciliation", "finn", "/reconciliation/"),
    Picture("meeting", "erin", "/meeting/", click=".ag li:nth-child(2) a"),
    Picture("actions", "petra", "/actions/"),
    Picture("my-work", "petra", "/my-work/"),
    Picture("data", "ada", "/data/"),
    Picture("settings", "ada", "/settings/parameters/"),
    Picture("audit", "ada", "/web/audit/"),
]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url", nargs="?", default="http://127.0.0.1:8000", help="of a running demonstration"
        )
        parser.add_argument("--out", type=Path, help="var/pictures, or docs/pictures with --guides")
        parser.add_argument("--guides", action="store_true", help="the pictures of README and guides, small")
        parser.add_argument("--people", default=EVERYBODY)
        parser.add_argument("--themes", default="light,dark")
        parser.add_argument("--widths", default="1280,1920")
        parser.add_argument("--paths", default="", help="these pages only, separated by commas")

    def handle(self, *args: Any, url: str, out: Path | None, guides: bool, **options: Any) -> None:
        folder = out or Path("docs/pictures" if guides else "var/pictures")
        folder.mkdir(parents=True, exist_ok=True)
        with _browser() as browser:
            taken = _guide_pictures(browser, url) if guides else _every_page(browser, url, options)
            for name, picture in taken:
                target = folder / f"{name}.png"
                target.write_bytes(_small(picture) if guides else picture)
                self.stdout.write(str(target))


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = chromium.installed()
    if path is None:
        raise CommandError("No chromium to photograph with; install it and run again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Any, url: str, *, person: str, theme: str, width: int) -> Iterator[Any]:
    """A page with somebody signed in."""
    viewport = {"width": width, "height": width * 5 // 8}
    context = browser.new_context(base_url=url, viewport=viewport, color_scheme=theme)
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("Email").fill(f"{person}@tidewell.example")
    page.get_by_label("Password").fill(settings.DEMONSTRATION_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    if "/login/" in page.url:
        raise CommandError(f"{person} cannot sign in at {url}; the demonstration has {EVERYBODY}.")
    yield page
    context.close()


def _guide_pictures(browser: Any, url: str) -> Iterator[tuple[str, bytes]]:
    for picture in GUIDES:
        with _page(browser, url, person=picture.person, theme=picture.theme, width=1280) as page:
            page.goto(picture.path)
            if picture.click:
                page.click(picture.click)
            yield picture.name, _shot(page)


def _every_page(browser: Any, url: str, options: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for name in options["people"].lower().replace(" ", "").split(","):
        for theme in options["themes"].split(","):
            for width in options["widths"].split(","):
                with _page(browser, url, person=name, theme=theme, width=int(width)) as page:
                    for path in options["paths"].split(",") if options["paths"] else _rail(page):
                        page.goto(path)
                        named = path.strip("/").replace("/", "_").replace("?", "_") or "home"
                        yield f"{name}-{named}-{theme}-{width}", _shot(page)


def _rail(page: Any) -> list[str]:
    links = page.locator("nav.side a[href^='/']").evaluate_all("a => a.map(x => x.getAttribute('href'))")
    return list(dict.fromkeys(links))


def _shot(page: Any) -> bytes:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    taken: bytes = page.screenshot()
    return taken


def _small(picture: bytes) -> bytes:
    """The same picture with few colours: a third of the size, and nobody sees it."""
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()
