"""The page as a file on a disk: whole without a network, readable for everybody, and shows what it is given as text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from derive.explaining.document import explain
from derive.explaining.elements import Command, Quoted, Section
from derive.explaining.render import render
from tests.explaining.documents import ASK, CASES, SOURCES, document, evidence, name
from tests.explaining.test_documents import HOSTILE
from tests.html.conftest import PHONE, page_of

ROOT = Path(__file__).parents[2]


def test_nothing_is_asked_of_the_network(opened):
    page = opened("mlp")
    assert page.requests == [page.file.as_uri()]
    policy = page.page.get_attribute('meta[http-equiv="Content-Security-Policy"]', "content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe-inline" not in policy.split(";")[1]
    text = page.file.read_text(encoding="utf-8")
    outside = re.sub(r"url\(data:font/woff2;base64,[A-Za-z0-9+/=]+\)", "", text)
    assert text.count("url(data:font/woff2") == 20
    markup = re.sub(r"<script>.*?</script>", "", outside, flags=re.DOTALL)
    assert not re.search(r"<(?:link|img|iframe|script)\b[^>]*(?:src|href)=|url\((?!#)|@import", markup)
    assert "Copyright (c) 2013-2020 Khan Academy" in text
    said = (ROOT / "templates" / "html" / "katex" / "README.md").read_text(encoding="utf-8")
    assert said.startswith(f"# KaTeX {page.page.evaluate('katex.version')}\n")


def test_the_policy_stops_a_script_that_is_not_ours(opened, browser, tmp_path):
    file = tmp_path / "changed.html"
    text = page_of("linear").replace("</main>", "<script>window.broken = true;</script></main>")
    file.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("window.broken") is None
    page.close()


def test_katex_sets_every_formula_of_every_model(opened):
    page = opened("linear-scalar").page
    formulas = {}
    for case in CASES:
        made = document(*case)
        text = render(made, "html")
        marked = re.findall(r'class="math( display)?">(.*?)</(?:span|div)>', text, re.DOTALL)
        formulas |= {formula: bool(display) for display, formula in marked}
        formulas |= dict.fromkeys(_said(made.explorer), True)
    assert len(formulas) > 1000
    wrong = page.evaluate(
        """(formulas) => formulas.filter(([latex, displayMode]) => {
            const area = document.createElement("textarea");
            area.innerHTML = latex;
            try {
                katex.__parse(area.value, { displayMode, throwOnError: true });
                return false;
            } catch (error) {
                return true;
            }
        })""",
        list(formulas.items()),
    )
    assert wrong == []


def _said(explorer: dict) -> set[str]:
    """The formulas that the explorer makes of its data, with 1 in the place of every number."""
    found = {symbol["latex"] for symbol in explorer["symbols"].values()}
    for definition in explorer["definitions"]:
        found.add(definition["latex"])
        for edge in definition["edges"]:
            found |= {edge["rule"], edge["name"]}
            if edge["numbers"]:
                found.add("".join(piece if isinstance(piece, str) else "1" for piece in edge["numbers"]))
    return found


def test_mathml_stays_beside_what_is_seen(opened):
    page = opened("linear-scalar").page
    marked = page.locator("main .math")
    assert marked.count() > 100
    assert page.locator("main .math math").count() == page.locator("main .math .katex-html").count() >= marked.count()
    assert page.locator("[data-error]").count() == 0


def test_without_scripts_the_source_of_every_formula_is_read(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(page_of("mlp"), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert r"z_1 &= W_1 x + b_1" in page.inner_text("#example")
    assert page.is_hidden("#explore") and "needs JavaScript" in page.inner_text("#explorer")
    assert page.locator("#graph svg .node").count() == 11
    context.close()


def test_axe_finds_nothing_serious(opened):
    page = opened("linear-scalar")
    for _ in range(5):
        page.press("back")
    page.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert _findings(page.page) == []
    page.page.emulate_media(color_scheme="dark")
    assert _findings(page.page, only=["color-contrast"]) == []
    page.autograd()
    page.press("backward")
    assert _findings(page.page, "#explorer") == []


def test_axe_finds_nothing_serious_in_a_network(opened):
    page = opened("mlp")
    for _ in range(3):
        page.press("back")
    assert _findings(page.page, "#explorer") == []


def test_axe_would_find_something(opened):
    page = opened("linear-scalar").page
    page.evaluate("document.documentElement.style.setProperty('--muted', '#ddd')")
    page.evaluate("document.querySelector('[data-part-of=back]').textContent = ''")
    assert {rule for rule, _ in _findings(page, "#explorer")} == {"button-name", "color-contrast"}


def _findings(page, within: str = "body", only: list[str] | None = None) -> list:
    """What axe-core takes for serious or critical. Formulas are left out, thousands of elements by KaTeX that have the
    colours of text, values and gradients, which stand elsewhere too."""
    from axe_playwright_python.sync_playwright import Axe

    context = {"include": [[within]], "exclude": [[".katex"]]}
    options = {"resultTypes": ["violations"]} | ({"runOnly": only} if only else {})
    found = Axe().run(page, context, options=options).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], [(node["target"], node["failureSummary"]) for node in each["nodes"]][:3]) for each in serious]


@pytest.mark.parametrize(
    "case",
    [
        ("linear-scalar", {}, {}),
        ("mlp", {}, {}),
        ("mlp", {"layers": "6", "hidden": "tanh"}, {}),
        ("linear", {}, {"n": 30, "d": 12}),
    ],
    ids=name,
)
def test_a_phone_never_scrolls_sideways(opened, case):
    page = opened(*case, viewport=PHONE)
    for _ in range(2):
        page.press("back")
    page.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_second_hint_is_behind_the_first(opened):
    page = opened("mlp").page
    question = page.locator(".questions > li").first
    first, second = question.locator("details.hint > summary").nth(0), question.locator("details.second > summary")
    assert first.is_visible() and not second.is_visible()
    first.press("Enter")
    assert second.is_visible() and not question.locator("details.second > p").is_visible()
    second.press("Enter")
    assert question.locator("details.second > p").is_visible()
    assert not question.locator(".answer > p").is_visible()


def test_on_paper_there_is_nothing_to_press_and_no_answer(opened):
    page = opened("mlp").page
    page.emulate_media(media="print")
    assert page.is_hidden("#explorer") and page.is_hidden(".questions details") and page.is_visible("#graph svg")
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("text", [*HOSTILE, "</script><img src=x onerror=alert(1)>", "<!--", "]]>", "&lt;"], ids=ascii)
def test_text_from_outside_is_text(text):
    plain = _linear()
    sentences = (f"The data are those of {text}.", text)
    elements = (Quoted(sentences), Command(f"derive explain linear --data {text}"))
    page = render(replace(plain, reproduce=Section(plain.reproduce.title, elements)), "html")
    elements = (Quoted(SOURCES), Command(ASK))
    assert _tags(page) == _tags(render(replace(plain, reproduce=Section(plain.reproduce.title, elements)), "html"))


@cache
def _linear():
    return document("linear")


def _tags(text: str) -> list[str]:
    from html.parser import HTMLParser

    found: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append(f"{tag} {sorted(name for name, _ in attrs)}")

        def handle_comment(self, data):
            found.append("comment")

    Parser().feed(text)
    return found


def test_hostile_text_reaches_the_reader_as_it_is(opened):
    hostile = "</script><img src=x onerror=alert(1)>.csv"
    page = opened(explain(evidence("linear"), (f"The data are those of {hostile}.",), ASK))
    assert hostile in page.page.inner_text("#reproduce") and page.page.locator("img").count() == 0


def test_data_for_the_script_cannot_end_it():
    from derive.explaining.escaping import html_json

    value = {"a": "</script><!--&\u2028", "b": [1.5, None]}
    text = html_json(value)
    assert not set("<>&\u2028") & set(text) and json.loads(text) == value


# What the page carries, and the plots of matplotlib, which have their own tests.
CARRIED = re.compile(r"<(style|script|pre|svg)(?: xmlns[^>]*)?>(?!<code>).*?</\1>", re.DOTALL)


def test_golden():
    """To look at a change on purpose: delete the file, run this test twice, and read the difference."""
    file = Path(__file__).parent / "golden" / "linear-scalar.html"
    text = CARRIED.sub(r"<\1/>", page_of("linear-scalar"))
    text = re.sub(r"script-src [^;]*;", "script-src;", text)
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} is written anew: read it and commit it")
    assert text == file.read_text(encoding="utf-8")
