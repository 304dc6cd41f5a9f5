"""One browser for all tests of pages: the Chromium of the system, with the network off."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

from derive.explaining.render import render
from tests.explaining.documents import document

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 760}


def _missing(what: str) -> None:
    message = f"pages are tested in a real browser: {what}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("install the extra `test` of this project, which has playwright")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        _missing("install the Debian package chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


def page_of(model, options=None, sizes=None) -> str:
    return _page_of(model, tuple((options or {}).items()), tuple((sizes or {}).items()))


@cache
def _page_of(model: str, options: tuple, sizes: tuple) -> str:
    return render(document(model, dict(options), dict(sizes)), "html")


class Opened:
    """A page with all that it said and asked for while it was open."""

    def __init__(self, page, file: Path):
        self.page, self.file = page, file
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message) or dialog.dismiss())
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")

    def press(self, part: str) -> None:
        """Without the mouse's way there, which takes most of the time of these tests; keys are pressed as they are."""
        self.page.dispatch_event(f'[data-part-of="{part}"]', "click")

    def text(self, part: str) -> str:
        return self.page.inner_text(f'[data-part-of="{part}"]')

    def autograd(self) -> None:
        self.page.check('[value="autograd"]')

    def numbers(self) -> dict:
        """Values and gradients that the explorer holds, by key, as rows."""
        return self.page.evaluate(
            """() => {
                const { explorer, toRows } = window.derive;
                const rows = (named) => Object.fromEntries(
                    Object.entries(named).map(([key, value]) => [key, toRows(value)]));
                const shown = explorer.shown();
                return { values: rows(shown.values), gradients: rows(shown.gradients), loss: explorer.loss() };
            }"""
        )


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a document, or a model's, as a file on disk, and finds no error in the end."""
    contexts, pages = [], []

    def open_it(made="mlp", options=None, sizes=None, *, viewport=WIDE, scheme="light") -> Opened:
        text = page_of(made, options, sizes) if isinstance(made, str) else render(made, "html")
        file = tmp_path / f"page{len(pages)}.html"
        file.write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme, offline=True))
        pages.append(Opened(contexts[-1].new_page(), file))
        return pages[-1]

    yield open_it
    for context in contexts:
        context.close()
    for page in pages:
        assert page.errors == []
