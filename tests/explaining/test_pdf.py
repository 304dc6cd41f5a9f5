"""PDFs: the same bytes from the same source, no way out of the folder, and a message where there is no TeX."""

import os
import re
import shutil
import zlib

import pytest

from derive.cli import main
from derive.explaining import artifacts
from derive.explaining.errors import Unmade
from derive.explaining.pdf import pdf

if not os.environ.get("CI") and shutil.which("pdflatex") is None:
    pytest.skip("no pdflatex", allow_module_level=True)

SOURCE = "\\documentclass{article}\n\\begin{document}\n%s\n\\end{document}\n"


def test_the_same_bytes_whatever_the_day_and_the_place(tmp_path, monkeypatch):
    source = SOURCE % r"Figure~\ref{a} of \today. \label{a}"
    first = pdf(source)
    assert first.startswith(b"%PDF-") and b"/CreationDate" not in first and b"TeX Live" not in first
    monkeypatch.chdir(tmp_path)
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1700000000", "HOME": "/"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "article.cls").write_text(r"\error")  # nothing of where it is run counts
    assert pdf(source) == first
    assert not [path for path in tmp_path.iterdir() if path.name != "article.cls"]


WRONG = [
    (r"\nosuch", r"pdflatex: line 3 of the LaTeX source: Undefined control sequence. at '\\nosuch'"),
    (r"\[ x", "pdflatex: line 4 of the LaTeX source: Missing $ inserted."),
    (r"\usepackage{x}", "Can be used only in preamble"),
    (r"\input{/etc/hostname}", "pdflatex"),
    (r"\input{../secret}", "pdflatex"),
    (r"\newwrite\f\immediate\openout\f=/tmp/escaped.tex ", "pdflatex"),
]


@pytest.mark.parametrize(("body", "message"), WRONG)
def test_a_source_that_fails_says_its_first_error(body, message):
    with pytest.raises(Unmade) as raised:
        pdf(SOURCE % body)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_package_that_is_missing_is_named_with_what_to_install():
    with pytest.raises(Unmade, match=r"`nosuch.sty' not found. Install the packages texlive-latex-recommended"):
        pdf("\\documentclass{article}\\usepackage{nosuch}\\begin{document}x\\end{document}")


def test_no_shell(tmp_path):
    marker = tmp_path / "marker"
    pdf(SOURCE % rf"x \immediate\write18{{touch {marker}}}")
    assert not marker.exists()


def test_explain_writes_a_pdf_beside_the_rest(tmp_path, capsys):
    assert main(["explain", "linear-scalar", "--format", "pdf,md", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linear-scalar.md", "linear-scalar.pdf"]
    content = (tmp_path / "linear-scalar.pdf").read_bytes()
    assert content.startswith(b"%PDF-1") and len(content) > 50_000
    content += b"".join(map(_unpacked, re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)))
    assert b"\\000".join(bytes([letter]) for letter in b"Linear") in content  # its title, as PDFs write UTF-16
    assert b"/tmp" not in content
    assert set(re.findall(rb"Date\s*\((.{10})", content)) <= {b"D:19700101"}  # no day but the first of the epoch


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:  # no text
        return b""


def test_without_tex_one_message_and_nothing_is_computed(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["explain", "mlp", "--format", "md,pdf", "--out", str(tmp_path / "new")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("derive: error: a PDF needs pdflatex, which is not installed: apt-get install texlive-")
    assert said.count("\n") == 1 and not (tmp_path / "new").exists()


def test_a_pdf_that_fails_leaves_what_was_there(tmp_path, capsys, monkeypatch):
    (tmp_path / "linear.md").write_text("before")
    monkeypatch.setitem(artifacts.ARTIFACTS, "pdf", lambda story: pdf(SOURCE % r"\nosuch"))
    assert main(["explain", "linear", "--format", "md,pdf", "--out", str(tmp_path)]) == 2
    assert r"Undefined control sequence. at '\\nosuch'" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]
