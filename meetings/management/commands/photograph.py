"""Photographs every page for every role in both themes; README and guides take their pictures from here."""

import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from meetings.demo.people import CAST

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url", nargs="?", default="http://127.0.0.1:8000", help="of a running demonstration"
        )
        parser.add_argument("--out", type=Path, default=Path("var/pictures"))
        parser.add_argument("--people", default=",".join(name for name, *_ in CAST))
        parser.add_argument("--themes", default="light,dark")
        parser.add_argument("--widths", default="1280,1920")
        parser.add_argument("--paths", default="", help="these pages only, separated by commas")

    def handle(self, *args: Any, url: str, out: Path, **options: Any) -> None:
        from playwright.sync_api import sync_playwright

        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        if not chromium:
            raise CommandError("No chromium to photograph with.")
        out.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for name in options["people"].split(","):
                for theme in options["themes"].split(","):
                    for width in options["widths"].split(","):
                        context = browser.new_context(
                            base_url=url,
                            viewport={"width": int(width), "height": int(width) * 5 // 8},
                            color_scheme=theme,
                        )
                        for file in self._pages(context.new_page(), name.strip().lower(), options["paths"]):
                            target = out / f"{name.strip().lower()}-{file[0]}-{theme}-{width}.png"
                            file[1].screenshot(path=target)
                            self.stdout.write(str(target))
                        context.close()
            browser.close()

    def _pages(self, page: Any, name: str, paths: str) -> Iterator[tuple[str, Any]]:
        page.goto("/login/")
        page.get_by_label("Email").fill(f"{name}@tidewell.example")
        page.get_by_label("Password").fill(settings.DEMONSTRATION_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state("networkidle")
        rail = page.locator("nav.side a[href^='/']")
        links = (
            paths.split(",")
            if paths
            else list(dict.fromkeys(rail.evaluate_all("a => a.map(x => x.getAttribute('href'))")))
        )
        for link in links:
            page.goto(link)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(300)
            yield link.strip("/").replace("/", "_").replace("?", "_") or "home", page
