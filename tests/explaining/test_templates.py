"""Templates of one's own: blocks are overridden, nothing gets out, and what fails is one message with file and line."""

from pathlib import Path

import pytest

from derive.cli import main
from derive.explaining.errors import Unmade
from derive.explaining.render import render
from tests.explaining.documents import document

MINE = "look"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.j2").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("md", '{% extends "explainer.md.j2" %}{% block title %}# Mine & yours\n{% endblock %}', "# Mine & yours\n"),
        ("tex", '<% extends "explainer.tex.j2" %><% block title %>\\textbf{Mine}<% endblock %>', r"\textbf{Mine}"),
        ("html", '{% extends "explainer.html.j2" %}{% block title %}<h1>Mine</h1>{% endblock %}', "<h1>Mine</h1>"),
    ],
)
def test_a_block_is_overridden_and_the_rest_stays(tmp_path, kind, text, wanted):
    folder = write(tmp_path / MINE, **{f"explainer_{kind}": text})
    plain, mine = render(document("linear"), kind), render(document("linear"), kind, folder)
    assert wanted in mine and wanted not in plain
    assert len(set(plain.split("\n")) - set(mine.split("\n"))) < 4


def test_super_and_elements_of_ones_own(tmp_path):
    mine = '{% extends "explainer.md.j2" %}{% block results %}{{ super() }}THE END{% endblock %}'
    folder = write(tmp_path / MINE, explainer_md=mine)
    assert "THE END" in render(document("linear"), "md", folder)
    only = "{% macro show(elements) %}{% for e in elements %}[{{ e.kind }}]{% endfor %}{% endmacro %}"
    folder = write(tmp_path / "other", elements_md=only)
    assert "[paragraph][bullets]" in render(document("linear"), "md", folder)


def test_pictures_in_markdown_are_their_captions(tmp_path):
    text = """{% extends "explainer.md.j2" %}{% from "elements.md.j2" import show with context %}
    {% block descent %}{{ show(document.pictures.elements) }}{% endblock %}"""
    made = render(document("linear"), "md", write(tmp_path / MINE, explainer_md=text))
    assert "The loss over 200 steps of gradient descent" in made and "<svg" not in made


def test_what_passes_no_filter_is_harmless_in_html(tmp_path):
    text = "{% extends 'explainer.html.j2' %}{% block title %}{{ '<script>alert(1)</script>' }}{% endblock %}"
    made = render(document("linear"), "html", write(tmp_path / MINE, explainer_html=text))
    assert "<script>alert" not in made and "&lt;script&gt;alert" in made


START = '{% extends "explainer.md.j2" %}\n{% block title %}\n'
WRONG = [
    ("{{ document.titel }}", 3, "'derive.explaining.document.Document object' has no attribute 'titel'"),
    ("{{ nothing }}", 3, "'nothing' is undefined"),
    ("{{ ''.__class__ }}", 3, "access to attribute '__class__' of 'str' object is unsafe."),
    ("{{ ''['__class__'].__mro__ }}", 3, "access to attribute '__class__' of 'str' object is unsafe."),
    ("{{ document.__init__.__globals__ }}", 3, "access to attribute '__init__' of 'Document' object is unsafe."),
    ("{{ '{0.__class__}'.format(1) }}", 3, "access to attribute '__class__' of 'int' object is unsafe."),
    ("{% set document.name = 1 %}", 2, "cannot assign attribute on non-namespace object"),
    ("{{ 1 / 0 }}", 3, "ZeroDivisionError: division by zero"),
    ("{{ document.title | nosuch }}", 3, "No filter named 'nosuch'."),
    ("{% include 'nosuch' %}", 3, "no template is called 'nosuch'"),
    ("{% include '/etc/passwd' %}", 3, "no template is called '/etc/passwd'"),
    ("{% include '../secret' %}", 3, "no template is called '../secret'"),
    ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", 3, "100000 turns in all"),
    ("{{ 'x' * 99999999 }}", 3, "is too long"),
    ("{{ 9 ** 9 ** 9 }}", 3, "is too large"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 3, "calls itself without end"),
    ("{{ lipsum(99999) }}", 3, "'lipsum' is undefined"),
]


@pytest.mark.parametrize(("body", "line", "message"), WRONG)
def test_a_template_that_fails_is_one_message_with_its_place(tmp_path, body, line, message):
    folder = write(tmp_path / MINE, explainer_md=f"{START}{body}\n{{% endblock %}}")
    with pytest.raises(Unmade) as raised:
        render(document("linear"), "md", folder)
    said = str(raised.value)
    assert said.startswith(f"{folder}/explainer.md.j2:{line}: ") and message in said and "\n" not in said


@pytest.mark.parametrize(("block", "hint"), [("titel", "did you mean title?"), ("xyz", "there are title, what,")])
def test_a_block_that_there_is_not_is_refused(tmp_path, block, hint):
    extends = '{% extends "explainer.md.j2" %}\n'
    folder = write(tmp_path / MINE, explainer_md=extends + f"{{% block {block} %}}lost{{% endblock %}}")
    with pytest.raises(Unmade) as raised:
        render(document("linear"), "md", folder)
    assert str(raised.value).startswith(f"{folder}/explainer.md.j2:2: no block is called '{block}'; {hint}")


def test_a_template_that_cannot_be_read(tmp_path):
    folder = write(tmp_path / MINE, explainer_md="{% block title %}\n{% if %}{% endblock %}")
    with pytest.raises(Unmade, match=r"explainer\.md\.j2:2: Expected an expression"):
        render(document("linear"), "md", folder)
    (folder / "explainer.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(Unmade, match="a template is not UTF-8"):
        render(document("linear"), "md", folder)


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path(MINE), explainer_md='{% extends "explainer.md.j2" %}{% block title %}# Mine\n{% endblock %}')
    assert main(["explain", "linear", "--format", "md", "--template", MINE, "--out", "out"]) == 0
    made = Path("out/linear.md").read_text(encoding="utf-8")
    assert made.startswith("# Mine\n") and "derive explain linear --template look --out DIR" in made
    write(Path(MINE), explainer_md="{{ ''.__class__ }}")
    assert main(["explain", "linear", "--format", "md,json", "--template", MINE, "--out", "new"]) == 2
    said = capsys.readouterr().err
    assert said == "derive: error: look/explainer.md.j2:1: access to attribute '__class__' of 'str' object is unsafe.\n"
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("nowhere", "--template takes a folder of templates, and nowhere is not there"),
        ("file", "--template takes a folder of templates, and file is a file"),
        ("empty", "empty: no template is there; expected one of elements.html.j2, elements.md.j2, elements.tex.j2,"),
        ("", "--template is empty"),
    ],
)
def test_a_folder_without_templates(tmp_path, capsys, monkeypatch, folder, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("empty").mkdir()
    assert main(["explain", "linear", "--template", folder, "--out", "out"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"derive: error: {message}") and said.count("\n") == 1 and not Path("out").exists()
