"""Notebooks: valid, the same everywhere, every cell runs, and every exercise can be solved and can be got wrong."""

import contextlib
import io
import re
from functools import cache

import nbformat
import pytest

from derive.cli import main
from derive.explaining.notebook import notebook
from derive.explaining.request import Request, Story
from derive.models.given import Given
from tests.explaining.documents import CASES, evidence, name


@cache
def made(place: int) -> nbformat.NotebookNode:
    case = CASES[place]
    found = evidence(*case)
    story = Story(Request(*case), found.model, Given(found.document.point.sizes), found)
    text = notebook(story)
    assert text == notebook(story)
    return nbformat.reads(text, as_version=4)


@pytest.fixture(params=range(len(CASES)), ids=lambda place: name(CASES[place]))
def book(request):
    return made(request.param)


def solutions(book: nbformat.NotebookNode) -> list[str]:
    text = "\n".join(cell.source for cell in book.cells if "solution" in cell.id)
    return re.findall(r"<details>\n<summary>.*?</summary>\n\n```python\n(.*?)\n```\n\n</details>", text, re.DOTALL)


def run(book: nbformat.NotebookNode, answers: dict[int, str] | None = None) -> list[str]:
    """What the cells print, one text each, with these answers in the cells of the exercises, counted from 1."""
    names, printed, exercise = {}, [], 0
    for cell in book.cells:
        if cell.cell_type == "code":
            source = cell.source
            if "answer" in cell.metadata.get("tags", ()):
                exercise += 1
                source = (answers or {}).get(exercise, source)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(source, names)  # our own code, as Jupyter would run it
            printed.append(out.getvalue())
    return printed


def verdicts(printed: list[str]) -> list[str]:
    return re.findall(r"^Exercise \d: (.*)", "".join(printed), re.MULTILINE)


def test_it_is_valid_and_its_cells_have_names(book):
    nbformat.validate(book)
    ids = [cell.id for cell in book.cells]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"cell-\d\d-[\w-]+", each) for each in ids)
    assert all(cell.get("execution_count") is None and not cell.get("outputs") for cell in book.cells)
    assert {cell.metadata.get("jupyter", {}).get("source_hidden") for cell in book.cells} == {None, True}


def test_its_formulas_are_set_by_jupyter(book):
    for cell in book.cells:
        if cell.cell_type == "markdown" and "solution" not in cell.id:
            assert cell.source.count("$$") % 2 == 0
            inline = re.sub(r"\$\$.*?\$\$", "", cell.source, flags=re.DOTALL).replace(r"\$", "")
            assert inline.count("$") % 2 == 0 and "$`" not in inline and "```math" not in inline
            assert not any(re.search("<|>", formula) for formula in re.findall(r"\$([^$]+)\$", inline))


def test_every_cell_runs_and_finds_what_the_document_says(book):
    printed = run(book)
    assert verdicts(printed) == [
        "not yet. Replace the dots in the cell above, then run it and this one again."
    ] * 5
    text = "".join(printed)
    computed, said = re.search(r"^L = (\S+); the document says (\S+)$", text, re.MULTILINE).groups()
    assert computed == said
    assert text.count("the same") >= 4 and "not the same" not in text
    assert "agrees: all" in text


def test_the_solutions_are_right(book):
    assert len(solutions(book)) == 5
    assert verdicts(run(book, dict(enumerate(solutions(book), 1)))) == ["right."] * 5


# exercise, what is wrong in its solution: (pattern, replacement), and what the check has to say
WRONG = [
    (1, r"\((.*?)\),", r"(9, 9),", "not right. the answer has the shape (9, 9), and"),
    (2, r"return (.*)", r"return -(\1)", "it differs from what the loss does"),
    (2, r"return (.*)", r"return 2 * (\1)", "it differs from what the loss does"),
    (2, r"return (.*)", r"return np.ones((3, 5, 7))", "has the shape (3, 5, 7)"),
    (2, r"return (.*)", r"return nosuch", "your code stops with NameError: name 'nosuch' is not defined"),
    (3, r"return (.*)", r"return 0 * (\1)", "it differs from what the loss does"),
    (3, r"return (.*)", r"return (\1) / 2", "it differs from what the loss does"),
    (4, r"return (\w+)$", r"return -\1", "it differs from what the loss does"),
    (4, r"return (\w+)$", r"return \1 + 1", "it differs from what the loss does"),
    (5, r"- rate", r"+ rate", "it goes uphill"),
    (5, r"range\(steps\)", r"range(steps - 1)", "that is 2 steps, and 3 were asked for"),
    (5, r"return now", r"return {}", "has to be a dictionary with the parameters"),
    (5, r"return now", r"return parameters", "nothing has moved"),
    (5, r"now = dict\(parameters\)", "now = parameters\n    now[min(now)] = now[min(now)] + 1", "changes the arrays"),
]


@pytest.mark.parametrize(("exercise", "pattern", "replacement", "words"), WRONG)
@pytest.mark.parametrize("place", [4, 7, 9, 11, 14, 19], ids=lambda place: name(CASES[place]))
def test_a_wrong_answer_is_told_so_and_why(place, exercise, pattern, replacement, words):
    book = made(place)
    solution = solutions(book)[exercise - 1]
    wrong = re.sub(pattern, replacement, solution, count=1, flags=re.MULTILINE)
    assert wrong != solution
    said = verdicts(run(book, {exercise: wrong}))
    assert said[exercise - 1].startswith("not right. ") and words in f"not right. {said[exercise - 1]}"
    assert all(each.startswith("not yet") for k, each in enumerate(said, 1) if k != exercise)


def test_jupyter_runs_it(tmp_path, capsys):
    """The same in a real kernel, from the file that the command wrote, with data under a hostile name."""
    from nbclient import NotebookClient

    data = tmp_path / "a $x$ <b>`\\[.csv"
    data.write_text("x_1,x_2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    arguments = ["explain", "mlp", "--arrangement", "rows", "--hidden", "tanh", "--data", str(data), "--dims", "h=3"]
    assert main([*arguments, "--format", "ipynb", "--out", str(tmp_path)]) == 0
    text = (tmp_path / "mlp.ipynb").read_text(encoding="utf-8")
    book = nbformat.reads(text, as_version=4)
    (told,) = [cell.source for cell in book.cells if cell.id.endswith("-reproduce")]
    assert r"a \$x\$ &lt;b&gt;\`\\\[.csv" in told.split("```")[0]
    NotebookClient(book, timeout=60, kernel_name="python3").execute(cwd=str(tmp_path))
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {(output.output_type, output.name) for output in outputs} == {("stream", "stdout")}
