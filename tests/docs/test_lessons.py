"""The two lessons, notes/autograd-lesson.md and notes/multilayer-backprop.md: what they claim, their programs show.

That every block prints what the note says is tested in test_documents.py. Here: that an example would fail if what it
shows were not so, that pictures and figures are those of the engine, and that prose says what figures say.
"""

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.engine import MLP, SGD, Adam, Value, bce_with_logits, value
from derive.engine import recording as recording_module
from notes.pictures import gradients_over_depth
from tests.docs.blocks import Block, blocks

ROOT = Path(__file__).parents[2]
AUTOGRAD, LAYERS = ROOT / "notes" / "autograd-lesson.md", ROOT / "notes" / "multilayer-backprop.md"


def sections(path: Path, level: int) -> dict[str, str]:
    """Heading of this level -> the text below it, up to the next heading of this level or above."""
    found, name = {}, None
    fenced = False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        match = None if fenced else re.match(r"(#+) (.*)", line)
        if match and len(match[1]) <= level:
            name = match[2] if len(match[1]) == level else None
        elif name is not None:
            found[name] = found.get(name, "") + line + "\n"
    return found


def program_of(path: Path, word: str) -> Block:
    [block] = [block for block in blocks(path) if word in block.text]
    return block


def programs(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(program: str) -> str:
    """What it prints. A `SystemExit` is how an example says that nothing stopped it: a failure like any other."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "block", "exec"), {"__name__": "__main__"})
    return said.getvalue()


def with_one_assertion_denied(program: str) -> list[str]:
    """The program once for each of its assertions, with that one turned into its opposite."""
    found = []
    count = sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(program)))
    for wanted in range(count):
        tree = ast.parse(program)
        node = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)][wanted]
        node.test = ast.UnaryOp(ast.Not(), node.test)
        found.append(ast.unparse(ast.fix_missing_locations(tree)))
    return found


# --- misconceptions --------------------------------------------------------------------------------------------------

MISCONCEPTIONS = {name: text for name, text in sections(AUTOGRAD, 3).items() if name.startswith("Misconception")}
EXERCISES = {name: text for name, text in sections(AUTOGRAD, 3).items() if name.startswith("Exercise")}


def test_there_are_the_five_of_each():
    assert [re.sub(r"^\S+ \d: |`", "", name) for name in MISCONCEPTIONS] == [
        "backward() is magic", "requires_grad makes another kind of number", "accumulation is a bug",
        "no_grad() only saves time", ".grad is fresh at each call",
    ]
    assert [name.split(": ")[1] for name in EXERCISES] == [
        "a polynomial", "a net reproduced", "the accumulation trap", "one manual step", "detach",
    ]


SELF_CHECKING = {name: programs(text) for name, text in (MISCONCEPTIONS | EXERCISES).items()}
SELF_CHECKING["Exercise: one neuron"] = programs(sections(LAYERS, 2)["Exercise: one neuron"])


@pytest.mark.parametrize("name", SELF_CHECKING)
def test_the_example_asserts_what_it_shows_and_would_fail_otherwise(name):
    [program] = [program for program in SELF_CHECKING[name] if "assert" in program]
    run(program)
    for denied in with_one_assertion_denied(program):
        with pytest.raises(AssertionError):
            run(denied)


@pytest.mark.parametrize("name", [*EXERCISES, "one neuron"])
def test_solutions_are_folded(name):
    text = EXERCISES.get(name) or sections(LAYERS, 2)["Exercise: one neuron"]
    folded = re.search(r"^<details>\n<summary>Solution</summary>\n\n(.*?)^</details>$", text, re.DOTALL | re.MULTILINE)
    assert "assert" in folded[1]
    assert "assert" not in text.replace(folded[0], "")


def magic(monkeypatch):
    monkeypatch.setattr(Value, "edges", lambda self: iter(()))


def another_kind_of_number(monkeypatch):
    monkeypatch.setattr(value, "_lift", lambda number: number if isinstance(number, Value) else Value(number))
    plain = Value.exp
    monkeypatch.setattr(Value, "exp", lambda self: plain(self) if self.requires_grad else plain(self) + 1e-3)


def without_accumulation(monkeypatch):
    """Of several ways to a node, the last one overwrites the others."""

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack += [(node, True), *((parent, False) for parent, _ in node.edges())]
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in node.edges():
                parent.grad = node.grad * local

    monkeypatch.setattr(Value, "backward", backward)


def no_grad_that_only_saves_time(monkeypatch):
    monkeypatch.setattr(recording_module, "no_grad", contextlib.nullcontext)


def fresh_at_each_call(monkeypatch):
    plain = Value.backward
    monkeypatch.setattr(Value, "backward", lambda self: (self.zero_grad(), plain(self))[1])


WORLDS = [magic, another_kind_of_number, without_accumulation, no_grad_that_only_saves_time, fresh_at_each_call]


@pytest.mark.parametrize(
    ("number", "world"), list(enumerate(WORLDS, 1)), ids=lambda value: getattr(value, "__name__", value)
)
def test_where_the_misconception_is_true_its_example_fails(number, world, monkeypatch):
    [program] = next(programs(text) for name, text in MISCONCEPTIONS.items() if f" {number}:" in name)
    world(monkeypatch)
    with pytest.raises((AssertionError, SystemExit)):
        run(program)


# --- the lesson on autograd ------------------------------------------------------------------------------------------


def test_the_answer_to_predict_is_42():
    [asked, answered] = programs(sections(AUTOGRAD, 2)["Predict first"])
    assert run(asked) == "42.0\n"
    assert run(answered) == "49.0 [1.0, 14.0, 42.0]\n"


def test_the_picture_of_the_graph_is_the_graph_of_the_engine():
    [diagram] = re.findall(r"^```mermaid\n(.*?)^```", AUTOGRAD.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    drawn = {name: (float(data), grad and float(grad), role) for name, data, grad, role in re.findall(
        r"^  (\w+)\S*\"[^\"]*= ([-.\d]+)<br/>(?:grad ([-.\d]+)|constant)\"[\])]+:::(\w+)$", diagram, re.MULTILINE)}
    arrows = re.findall(r'^  (\w+) -->\|"(\S+)"\| (\w+)$', diagram, re.MULTILINE)
    edges = {(a, b): float(local) for a, local, b in arrows}

    nodes = {"w1": Value(0.5), "b1": Value(0.1), "w2": Value(-0.3), "b2": Value(0.2),
             "x": Value(2.0, requires_grad=False), "t": Value(1.0, requires_grad=False)}  # fmt: skip
    nodes["m1"] = nodes["w1"] * nodes["x"]
    nodes["u"] = nodes["m1"] + nodes["b1"]
    nodes["h"] = nodes["u"].relu()
    nodes["m2"] = nodes["w2"] * nodes["h"]
    nodes["p"] = nodes["m2"] + nodes["b2"]
    nodes["e"] = nodes["t"] - nodes["p"]
    nodes["L"] = nodes["e"] ** 2
    nodes["L"].backward()
    names = {node: name for name, node in nodes.items()}

    assert set(drawn) == set(nodes)
    for name, (data, grad, role) in drawn.items():
        node = nodes[name]
        assert data == pytest.approx(node.data)
        assert grad == "" if role == "constant" else grad == pytest.approx(node.grad)
        assert role == ("loss" if name == "L" else "result" if not node.is_leaf
                        else "parameter" if node.requires_grad else "constant")  # fmt: skip
    found = {(names[parent], names[node]): local for node in names for parent, local in node.edges()}
    assert edges == pytest.approx(found)


def test_the_network_is_the_one_of_the_engines_tests():
    source = (ROOT / "tests" / "engine" / "test_value.py").read_text(encoding="utf-8")
    assert "w1, b1, w2, b2 = map(Value, (0.5, 0.1, -0.3, 0.2))" in source
    assert "h = (w1 * 2 + b1).relu()\n    loss = (1 - (w2 * h + b2)) ** 2" in source


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_forgetting_zero_grad_diverges_where_clearing_converges():
    rows = columns(program_of(AUTOGRAD, "def train(clear").expected)[1:]
    cleared, forgotten = [float(row[1]) for row in rows], [float(row[2]) for row in rows]
    assert cleared[:2] == forgotten[:2]  # "the first step is right"
    assert cleared[-1] < 1e-6
    assert forgotten[-1] > 1e5


@given(st.floats(0.01, 6.0).filter(lambda rate: abs(rate - 4.0) > 0.05))
def test_without_zero_grad_no_rate_comes_to_rest_on_a_parabola(rate):
    def train(clear):
        v = Value(1.0)
        path = []
        for _ in range(200):
            if clear:
                v.grad = 0.0
            (v * v / 2).backward()
            v.data -= rate * v.grad
            path.append(abs(v.data))
        return path

    last = max(train(clear=False)[-150:])
    assert last > (1e3 if rate > 4.0 else 0.5)
    if 0.1 < rate < 1.9:
        assert max(train(clear=True)[-10:]) < 1e-3


# --- the lesson on many layers ---------------------------------------------------------------------------------------


def train_equal(sizes, activation, optimiser, start, steps=20):
    network = MLP(2, [*sizes, 1], activation=activation)
    for place, p in enumerate(network.parameters()):
        p.data = start(place)
    descent = optimiser(network.parameters())
    for _ in range(steps):
        loss = sum(bce_with_logits(network(x), x[0] != x[1]) for x in ((0, 0), (0, 1), (1, 0), (1, 1)))
        descent.zero_grad()
        loss.backward()
        descent.step()
    return [[tuple(p.data for p in neuron.parameters()) for neuron in layer.neurons] for layer in network.layers[:-1]]


@pytest.mark.parametrize("optimiser", [lambda p: SGD(p, 0.5), lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.1)],
                         ids=["SGD", "momentum", "Adam"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_equal_weights_stay_equal_in_training_and_different_ones_do_not(activation, optimiser):
    for layer in train_equal([4, 3], activation, optimiser, lambda place: 0.5):
        assert len(set(layer)) == 1
        assert layer[0] != (0.5,) * len(layer[0])  # they did move
    for layer in train_equal([4, 3], activation, optimiser, lambda place: 0.5 + place / 100):
        assert len(set(layer)) == len(layer)


def test_the_equal_network_of_the_note_has_one_unit_three_times_and_does_not_solve_xor():
    equal, drawn = program_of(LAYERS, 'show("equal"').expected.splitlines()
    losses = [float(re.search(r"loss ([\d.]+)", line)[1]) for line in (equal, drawn)]
    units = [re.findall(r"\[.*?\]", line) for line in (equal, drawn)]
    assert losses[0] > 20 * losses[1]
    assert [len(set(found)) for found in units] == [1, 3]


def test_what_the_note_says_of_optimisers_is_in_its_figures():
    figures = {}
    lines = program_of(LAYERS, "OPTIMISERS").expected.splitlines()
    for line in lines[1:-1]:
        name, rate, *losses = re.split(r"\s{2,}", line)
        figures[name] = (float(rate), dict(zip((0, 50, 100, 200, 400), map(float, losses), strict=True)))
    rate = {name: found[0] for name, found in figures.items()}
    at = {name: found[1] for name, found in figures.items()}
    assert float(lines[-1].split()[-1]) > at["SGD"][0]                            # a rate of 1 flies off
    assert 3.5 < at["SGD"][100] / at["SGD, momentum"][100] < 4.5                  # four times closer
    assert at["Adam"][100] > at["SGD"][100] > at["SGD, momentum"][100]            # slow at first
    assert at["Adam"][400] < at["SGD, momentum"][400] < at["SGD"][400]            # lowest of the three
    for name in ("SGD, momentum", "Adam"):
        scheduled = f"{name.removeprefix('SGD, ')}, cosine"
        assert rate[scheduled] == pytest.approx(3 * rate[name])                   # a three times larger rate
        assert at[name][400] > 20 * at[scheduled][400]                            # more than twenty times lower
    assert at["SGD, cosine"][400] == pytest.approx(at["SGD"][400], rel=0.1)       # gains nothing


def test_what_the_note_says_of_depth_is_in_its_figures():
    lines = program_of(LAYERS, "powers_of_ten").expected.splitlines()
    factor = {line[:30].strip(): float(line.split()[-1]) for line in lines[1:]}
    assert factor["sigmoid, Xavier"] < 0.25
    assert factor["ReLU, Xavier"] == pytest.approx(0.7, abs=0.05)
    assert factor["ReLU, He"] == pytest.approx(1.0, abs=0.1)
    assert 1.6 < factor["ReLU, weights from [-1, 1]"] < 2.0


def test_the_picture_over_depth_is_drawn_from_the_notes_program():
    assert gradients_over_depth.FILE.read_text(encoding="utf-8") == gradients_over_depth.draw()
    assert f"(pictures/{gradients_over_depth.FILE.name})" in LAYERS.read_text(encoding="utf-8")


# --- what derive check would say of a slip ---------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "right", "wrong"), [
    (AUTOGRAD, r"\frac{\partial L}{\partial p}\, w_2 = 0.678", r"\frac{\partial L}{\partial p}\, w_2 = -0.678"),
    (AUTOGRAD, r"(v_1 - v_0) - \eta\lambda v_1", r"(v_1 - v_0) - \eta\lambda v_0"),
    (LAYERS, r"\delta^{[l]} = (W^{[l+1]\top} \delta^{[l+1]})", r"\delta^{[l]} = (W^{[l]\top} \delta^{[l+1]})"),
    (LAYERS, r"\frac{\partial C}{\partial b^{[l]}} = \Delta^{[l]} \mathbf{1}",
     r"\frac{\partial C}{\partial b^{[l]}} = \frac{1}{N} \Delta^{[l]} \mathbf{1}"),
    (LAYERS, r"g_3 + \mu g_2 + \mu^2 g_1", r"g_3 + \mu g_2 + \mu g_1"),
    (LAYERS, r"\frac{\partial F}{\partial u} = p - t", r"\frac{\partial F}{\partial u} = t - p"),
], ids=lambda value: value.name if isinstance(value, Path) else "")  # fmt: skip
def test_a_slip_in_a_formula_is_found(path, right, wrong):
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1
    planted = text.replace(right, wrong)
    line = planted[: planted.index(wrong)].count("\n") + 1
    [verdict] = {s.verdict for s in derive.check(planted).statements if s.line == line} - {"holds", "stated"}
    assert verdict in ("wrong", "ill-shaped")
