"""The teaching folder keeps its promises: lengths, what a note holds, every formula judged, figures that are true."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from derive.checking import check
from derive.engine import MLP, SGD, Tensor, Value, bce_with_logits, train_xor
from derive.engine.xor import EXAMPLES
from tests.docs.blocks import blocks
from tests.docs.outline import PAGE, read, sections, sentences

NOTES = Path(__file__).parents[2] / "notes"
ENGINE = NOTES / "week1-s2-smallest-engine.md"
DERIVATION = NOTES / "week2-s1-mlp-backprop-derivation.md"
SUMS = NOTES / "week2-s2-gradients-sum-over-data.md"
XOR = NOTES / "week2-s2-xor.md"
READING = NOTES / "week2-s3-read-backprop-autodiff.md"
FUTURE = NOTES / "week2-s4-backprop-to-my-future-self.md"
PHILOSOPHY = NOTES / "week2-philosophy.md"


def name(path):
    return path.name


# --- every formula is judged -----------------------------------------------------------------------------------------

# note -> how many claims it has at least, and a fault (text, replacement) that has to be found in it
JUDGED = {
    ENGINE: (24, (r"1 \cdot y = y", r"1 \cdot x = x")),
    DERIVATION: (42, (r"\sum_{m=1}^{k} (W_2)_{mi}", r"\sum_{m=1}^{k} (W_2)_{im}")),
    SUMS: (57, ("`-3 - 6 = -9`", "`-3 - 6 = 9`")),
    XOR: (8, (r"(p^{(i)} - y^{(i)}) \, v_j", r"(p^{(i)} - y^{(i)})")),
    READING: (8, (r"\bar v^\top \dot v = \bar u^\top \dot u", r"\bar v^\top \dot v = \bar u^\top \dot v")),
    FUTURE: (22, (r"\begin{bmatrix} 6 & 0 \\ -3 & 0 \end{bmatrix}", r"\begin{bmatrix} 6 & -3 \\ 0 & 0 \end{bmatrix}")),
    PHILOSOPHY: (1, ("(w x - y) x$", "(w x - y)$")),
}


def verdicts(text_or_path):
    return [statement.verdict for statement in check.check(text_or_path).statements]


@pytest.mark.parametrize("path", sorted(NOTES.rglob("*.md")), ids=name)
def test_every_formula_of_the_note_holds(path):
    report = check.check(path)
    assert {statement.verdict for statement in report.statements} <= {"holds", "stated"}
    assert "derive: skip" not in path.read_text(encoding="utf-8")
    assert [note for file in report.files for note in file.notes] == []


@pytest.mark.parametrize("path", JUDGED, ids=name)
def test_the_claims_of_the_note_are_counted_and_a_planted_fault_is_found(path):
    held, (right, wrong) = JUDGED[path]
    text = path.read_text(encoding="utf-8")
    assert verdicts(path).count("holds") >= held
    assert text.count(right) == 1
    assert {"wrong", "ill-shaped"} & set(verdicts(text.replace(right, wrong)))


# --- what a note holds, and how long it is ---------------------------------------------------------------------------


def test_the_smallest_engine_has_a_page_by_hand_a_checklist_a_rescue_version_and_a_takeaway():
    note = sections(read(ENGINE))
    assert [row[0] for row in note["Five words"].rows] == ["node", "value", "gradient", "parents", "backward rule"]
    assert "Why the last gradient starts at 1" in note
    assert PAGE / 2 < note["One page, as I would write it by hand"].words <= PAGE
    assert all(item.startswith("[ ] **") for item in note["A checklist of common bugs"].items)
    assert len(note["A checklist of common bugs"].items) == 6
    assert 3 <= len(sentences(" ".join(note["Takeaway"].paragraphs))) <= 5
    assert len(note["Takeaway"].tokens) == 3  # one paragraph


def test_the_rescue_version_takes_fifteen_minutes():
    rescue = sections(read(ENGINE))["The 15-minute rescue version"]
    spans = [row[0].split(" to ") for row in rescue.rows]
    assert spans[0][0] == "0" and spans[-1][1] == "15"
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]
    assert len(rescue.fences("python")[0].splitlines()) <= 15


def test_the_checklist_says_what_the_planted_bugs_show():
    checklist = sections(read(ENGINE))["A checklist of common bugs"]
    shown = dict(re.findall(r"^(.+?) {2,}(x \S+, y \S+)$", checklist.fences("text")[0], re.MULTILINE))
    told = [re.findall(r"`([xy])` (\d+)|`([xy])` shows (\d+)", item) for item in checklist.items]
    told = [{a or c: b or d for a, b, c, d in pairs} for pairs in told]
    assert told == [{"y": "2"}, {}, {"x": "0", "y": "1"}, {"x": "10"}, {"x": "10", "y": "6"}, {"y": "101"}]
    for numbers, row in zip(told, list(shown.values())[1:], strict=True):
        assert all(f"{letter} {number}" in row.split(", ") for letter, number in numbers.items())
    assert shown["no seed"] == "x 0, y 0" and "Everything shows 0" in checklist.items[1]


def test_two_calls_of_backward_on_one_graph_of_the_smallest_engine(capsys):
    names = {}
    exec(next(block.text for block in blocks(ENGINE) if "class Node" in block.text), names)
    names["z"].backward()
    x, y = Value(2.0), Value(5.0)
    z = x * y + y
    z.backward()
    z.backward()
    assert (names["x"].gradient, x.grad) == (15.0, 10.0)
    assert "`x` goes to 15 and not to 10" in ENGINE.read_text(encoding="utf-8")


def test_why_gradients_sum_over_data_has_four_sentences():
    section = sections(read(SUMS))["Why gradients sum over data"]
    assert len(section.tokens) == 3  # one paragraph
    assert len(sentences(section.paragraphs[0])) == 4


def test_gradients_sum_over_data_has_its_parts():
    note = sections(read(SUMS))
    assert {"Three graphs that merge", "Accumulation by hand", "Why 1/N leaves the direction", "What losing b costs",
            "The symmetry of w and b", "Why SGD is partial summation"} <= set(note)  # fmt: skip
    assert len(note["Three graphs that merge"].fences("mermaid")) == 1
    rows = note["Twenty steps"].fences("text")[0].splitlines()[1:]
    assert [int(row.split()[0]) for row in rows] == list(range(21))


def test_the_derivation_has_three_sanity_checks():
    note = sections(read(DERIVATION))
    checks = [heading for heading in note if heading.startswith("Sanity check")]
    assert checks == ["Sanity check 1: the dimensions", "Sanity check 2: a dead ReLU",
                      "Sanity check 3: numbers, with d = 2 and h = 2"]  # fmt: skip


def test_xor_says_what_works_what_is_hacky_and_what_comes_next():
    note = sections(read(XOR))
    assert all(note[heading].words > 50 for heading in ("What works", "The gradient check of one weight"))
    assert all(len(note[heading].items) >= 5 for heading in ("What is hacky", "What comes next"))


def test_the_reading_is_one_page_with_five_lines_and_five_questions():
    whole = read(READING)
    note = sections(whole)
    assert PAGE / 2 < whole.words <= PAGE
    assert len(note["From memory, in five lines"].items) == 5
    assert all(len(item) <= 100 for item in note["From memory, in five lines"].items)  # a line is a line
    assert len(note["Five questions that expose gaps"].items) == 5
    assert all("?" in item for item in note["Five questions that expose gaps"].items)
    assert len(note["A derivation in my own notation"].fences("math")) >= 5
    assert {"Invariants of reverse mode", "Where the Jacobians hide"} <= set(note)


def test_the_letter_to_my_future_self_is_one_to_two_pages():
    whole = read(FUTURE)
    note = sections(whole)
    assert PAGE < whole.words <= 2 * PAGE
    assert len(note["What it is"].tokens) == 3  # one paragraph
    assert len(note["What it computes"].items) == 3 and not note["What it computes"].paragraphs
    assert len(note["How it works"].fences("mermaid")) == 1
    assert 5 <= len(note["How it works"].items) <= 10
    assert "the gate is 0" in " ".join(note["One worked example"].paragraphs)


def test_the_philosophy_has_five_to_ten_bullets_about_philosophers_and_practice():
    items = read(PHILOSOPHY).items
    assert 5 <= len(items) <= 10
    assert all(any(philosopher in " ".join(items) for philosopher in names) for names in (("Popper",), ("Kuhn",)))


# --- the two scalar notes are about structure ------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ENGINE, SUMS], ids=name)
def test_the_scalar_notes_import_the_engine_of_numbers_and_nothing_else(path):
    programs = [ast.parse(block.text) for block in blocks(path) if block.language == "python"]
    assert len(programs) >= 4
    for node in (node for program in programs for node in ast.walk(program)):
        assert not isinstance(node, ast.Import)
        if isinstance(node, ast.ImportFrom):
            assert node.module == "derive.engine"
            assert {alias.name for alias in node.names} <= {"Value", "SGD"}  # a Tensor holds NumPy arrays
        assert not (isinstance(node, ast.Name) and node.id in ("__import__", "exec", "eval"))


# --- figures that prose tells: the outputs themselves are compared by test_documents ---------------------------------


def rows(heading):
    """The lines of numbers in the output of the program under this heading of the note about sums."""
    (output,) = sections(read(SUMS))[heading].fences("text")
    lines = [re.findall(r"-?\d+\.?\d*", line) for line in output.splitlines() if line.strip()[:1].isdigit()]
    return [[float(number) for number in line] for line in lines]


def test_a_step_too_large_lets_the_gradient_grow_and_flip():
    both = rows("Too large a step")
    half = len(both) // 2
    for table, factor in ((both[:half], 0.830), (both[half:], 1.163)):
        assert {row[4] for row in table if len(row) == 5} == {factor}
        for (step, _, before, *_), (after_step, _, after, *_) in pairwise(table):
            assert after_step > step + 1 or before * after < 0
    assert both[half - 1][3] < both[0][3] and both[-1][3] > both[half][3]


def test_one_example_dominates_the_gradient_and_then_holds_it_still():
    table = rows("One dominating example")
    first, last = table[0], table[-1]
    assert first[4:7] == [-1.0, -2.0, 750.0]
    assert abs(last[3]) < 0.3 and min(abs(last[1]), abs(last[2])) > 1.4  # the third fits, the others do not
    for _, _, _, _, *shares, size in table[3:]:
        assert abs(sum(shares)) < 0.2 < max(map(abs, shares)) and size < 7.5  # they cancel; a hundredth of 747 is left


def descend(examples, rate, steps):
    """The losses of gradient descent on w x + b from (1, 0)."""
    w, b = Value(1.0), Value(0.0)
    descent = SGD([w, b], rate)
    losses = []
    for _ in range(steps):
        descent.zero_grad()
        loss = sum(0.5 * (w * x + b - y) ** 2 for x, y in examples)
        loss.backward()
        losses.append(loss.data)
        descent.step()
    return losses


def test_the_largest_rate_for_the_dominating_example():
    far = [(1.0, 2.0), (2.0, 3.0), (30.0, 5.0)]
    assert descend(far, 0.0023, 50)[-1] > descend(far, 0.0023, 50)[0]
    assert descend(far, 0.0022, 50)[-1] < descend(far, 0.0022, 50)[0]


def test_a_perfect_fit_converges_slowly_because_the_gradient_shrinks_with_the_errors():
    table = {int(row[0]): row[1:] for row in rows("A perfect fit with slow convergence")}
    assert {table[step][4] for step in (20, 100, 200, 400)} == {0.982}
    assert table[20][1] < 0.7 and table[400][:2] == [2.0, 1.0]  # after 20 steps b is far from 1
    assert table[400][3] < 1e-4 * table[1][3]


def train(hidden, activation, seed, rate, steps=300):
    network = MLP(2, [hidden, 1], activation=activation, seed=seed)
    descent = SGD(network.parameters(), rate)
    for _ in range(steps):
        descent.zero_grad()
        (sum(bce_with_logits(network(x), y) for x, y in EXAMPLES) / len(EXAMPLES)).backward()
        descent.step()
    return network


def test_what_the_note_says_of_failures_and_rates_on_xor():
    text = " ".join(XOR.read_text(encoding="utf-8").split())
    networks = [train(2, "relu", seed, rate=2.0) for seed in range(10)]
    failed = [n for n in networks if any((n(x).data > 0) != (y > 0.5) for x, y in EXAMPLES)]
    dead = [n for n in failed if any(all(unit(x).data == 0 for x, _ in EXAMPLES) for unit in n.layers[0].neurons)]
    assert (len(failed), len(dead)) == (9, 8) and "In eight of the nine failures with two units" in text
    assert train_xor(0, 300, learning_rate=0.1).losses[-1] > 0.2 and "still above 0.2 after 300 steps" in text
    assert train_xor(0, 300, learning_rate=20.0).losses[-1] > 0.707 and "ends higher than it began" in text


def test_the_nudge_at_the_end_of_the_letter():
    def loss(first):
        x = Tensor([[1.0], [2.0]])
        a_1 = (Tensor([[first, 1.0], [1.0, -1.0]]) @ x).relu()
        a_2 = (Tensor([[1.0, 2.0], [-1.0, 1.0]]) @ a_1 + Tensor([[0.0], [4.0]])).relu()
        return 0.5 * ((Tensor([[2.0, -1.0]]) @ a_2).data.item() - 4.0) ** 2

    assert f"{loss(1.01) - loss(1.0):.4f}" == "0.0304"
    assert "you will find 0.0304" in " ".join(FUTURE.read_text(encoding="utf-8").split())
