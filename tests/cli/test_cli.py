"""The commands as people use them, and misuse them: statuses, words, files, and what reaches pipes."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from derive import __version__
from derive.cli import files as cli_files
from derive.cli import main
from derive.cli.errors import UsageError
from derive.cli.files import write_all
from derive.cli.main import COMMANDS
from derive.cli.train import ASCII, BLOCKS, curve
from derive.explaining.artifacts import ARTIFACTS
from derive.models.catalogue import MODELS

TABLE = "x_1,x_2,y_1\n1,2,1\n0.5,-1,0\n"
PARAMETERS = '{"W_1": [[0.1, 0.2], [0.3, 0.4]], "b_1": [0, 0], "W_2": [[0.5, 0.6]], "b_2": [0.1]}'
XOR = """\
XOR, 2-8-1 network (tanh), binary cross-entropy, 500 steps of gradient descent,
seed 0

  0.707 |█
        |█▁
        |██
        |██
   loss |██▄
        |███
        |███▅
        |████▇▅▃▃▂▂▁▁▁▁▁▁▁▁▁▁▁▁
        +----------------------------------------------------------------
         0                                                            500 step

 x_1  x_2   y    prediction
   0    0    0    0.0008
   0    1    1    0.9985
   1    0    1    0.9986
   1    1    0    0.0018

loss 0.707 -> 0.001381: solved
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to stand in, with two good files."""
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(TABLE, encoding="utf-8")
    Path("params.json").write_text(PARAMETERS, encoding="utf-8")
    Path("bad.csv").write_text("x_1,y\n1,q\n", encoding="utf-8")
    Path("odd\n'\x1b[31mname.csv").write_text("x_1,y\n1,q\n", encoding="utf-8")
    Path("bad.json").write_text('{"W1": 1}', encoding="utf-8")
    return tmp_path


def command(*arguments: str, **settings) -> subprocess.CompletedProcess:
    """`python -m derive`, from this checkout, wherever it is run."""
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root)} | settings.pop("env", {})
    settings = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120} | settings
    return subprocess.run([sys.executable, "-m", "derive", *arguments], env=environment, **settings)


HELP = "(see derive explain --help)"
JSON = ["--format", "json"]
FORMATS = ", ".join(ARTIFACTS)
WRONG = [
    ([], "the following arguments are required: COMMAND (see derive --help)"),
    (
        ["expalin"],
        "no command is called 'expalin'; there are check, rule, models, explain, build, init, train;"
        " did you mean explain?",
    ),
    (["\x1b[31m\n"], "no command is called '\\x1b[31m\\n'; there are check, rule, models, explain, build, init, train"),
    (["models", "all"], "'all' is one argument too many (see derive models --help)"),
    (["explain"], f"the following arguments are required: MODEL {HELP}"),
    (["explain", "mlp"], "say where to write the explainer, with --out DIR, or print the evidence, with --format json"),
    (
        ["explain", "mpl", *JSON],
        "no model is called 'mpl'; there are linear-scalar, linear, logistic, mlp; did you mean mlp?",
    ),
    (["explain", "mlp", "--hiden=relu"], f"derive explain has no option --hiden; did you mean --hidden? {HELP}"),
    (["explain", "mlp", "--hid", "relu"], f"derive explain has no option --hid; did you mean --hidden? {HELP}"),
    (["explain", "mlp", "--out"], f"argument --out: expected one argument {HELP}"),
    (["explain", "mlp", "--out", ""], f"--out is empty {HELP}"),
    (["explain", "mlp", "--data", "", *JSON], f"--data is empty {HELP}"),
    (
        ["explain", "mlp", "--format", "Json"],
        f"--format takes one or more of {FORMATS}, found 'Json'; did you mean json?",
    ),
    (
        ["explain", "mlp", "--format", "md,latex", "--out", "new"],
        f"--format takes one or more of {FORMATS}, found 'latex'; did you mean tex?",
    ),
    (["explain", "mlp", "--format", "md,,tex", "--out", "new"], f"--format takes one or more of {FORMATS}, found ''"),
    (
        ["explain", "mlp", "--format", "md,json"],
        "say where to write the explainer, with --out DIR, or print the evidence, with --format json",
    ),
    (["explain", "mlp", *JSON, "--seed", "-1"], "--seed takes a whole number from 0 to 1000000000, found '-1'"),
    (["explain", "mlp", *JSON, "--seed", "٣"], "--seed takes a whole number from 0 to 1000000000, found '٣'"),
    (["explain", "mlp", *JSON, "--loss", "bec"], "--loss takes mse or bce, found 'bec'; did you mean bce?"),
    (
        ["explain", "mlp", *JSON, "--output", "identity"],
        "binary cross-entropy needs probabilities: choose --output sigmoid, or --loss mse for an identity output",
    ),
    (["explain", "mlp", *JSON, "--dims", "h"], "--dims takes sizes such as n=4,d=2,h=2,k=1, found 'h'"),
    (["explain", "mlp", *JSON, "--dims", "h=2,h=3"], "--dims gives h twice"),
    (["explain", "mlp", *JSON, "--dims", "h=0"], "--dims h takes a whole number from 1 to 1000000000, found '0'"),
    (["explain", "mlp", *JSON, "--row", "0"], "--row takes a whole number from 1 to 1000000000, found '0'"),
    (["explain", "mlp", *JSON, "--data", "none.csv"], "none.csv: cannot be read: No such file or directory"),
    (["explain", "mlp", *JSON, "--params", "."], ".: cannot be read: Is a directory"),
    (["explain", "mlp", *JSON, "--data", "bad.csv"], "bad.csv:2:3: expected a finite decimal number for y, found 'q'"),
    (
        ["explain", "mlp", *JSON, "--data", "odd\n'\x1b[31mname.csv"],
        "odd\\n'\\x1b[31mname.csv:2:3: expected a finite decimal number for y, found 'q'",
    ),
    (
        ["explain", "mlp", *JSON, "--params", "bad.json"],
        "bad.json:1:8: expected a finite number for W1, found true",
    ),
    (
        ["explain", "mlp", *JSON, "--data", "data.csv"],
        "data.csv:3:1: has 2 examples, and --arrangement example derives one: choose --arrangement rows or columns for"
        " all of them, or one of them with --row N",
    ),
    (["explain", "mlp", "--out", "data.csv"], "--out takes a folder, and data.csv is a file"),
    (["explain", "mlp", "--out", "data.csv/sub"], "cannot write to data.csv/sub: Not a directory"),
    (["train", "xro"], "derive can train xor, found 'xro'; did you mean xor?"),
    (["train", "xor", "--steps", "0"], "--steps takes a whole number from 1 to 100000, found '0'"),
    (
        ["train", "xor", "--step", "9"],
        "derive train has no option --step; did you mean --steps? (see derive train --help)",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_one_message_and_status_2(here, capsys, arguments, message):
    Path("bad.json").write_text('{"W1": true}', encoding="utf-8")
    before = sorted(path.name for path in here.iterdir())
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err == f"derive: error: {message}\n"
    assert printed.out == ""
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize(
    "arguments", [["--help"], ["models"], *([command, "-h"] for command in COMMANDS)], ids=" ".join
)
def test_help_fits_80_columns(capsys, arguments):
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"derive {__version__}\n"


def test_models_lists_every_option_with_its_default_first(capsys):
    assert main(["models"]) == 0
    text = capsys.readouterr().out
    for model in MODELS.values():
        block = text[text.index(f"\n{model.name}\n") if f"\n{model.name}\n" in text else 0 :].split("\n\n")[0]
        for name, default in model.defaults.items():
            row = next(line for line in block.splitlines() if line.strip().startswith(f"--{name} "))
            assert row.split()[1].rstrip(",") == default


def test_the_evidence_has_the_schema_of_the_documents(here, capsys):
    arguments = ["explain", "mlp", "--arrangement", "rows", "--data", "data.csv", *JSON]
    assert main(arguments) == 0
    evidence = json.loads(capsys.readouterr().out)
    assert evidence["schema"] == "derive-explain/1"
    assert evidence["model"] == "mlp"
    assert evidence["options"]["arrangement"] == "rows"
    assert evidence["conventions"]["reduction"] == "mean"
    assert evidence["dimensions"] == {"n": 2, "d": 2, "k": 1, "h": 2}
    assert evidence["symbols"]["X"] == {"latex": "X", "shape": "n x d", "value": [[1.0, 2.0], [0.5, -1.0]]}
    assert evidence["agreed"] is True
    assert isinstance(evidence["loss"], float)
    assert {"W_1", "b_1", "W_2", "b_2", "Z_1", "A_1", "Z_2", "Yhat"} <= set(evidence["gradients"])
    for gradient in evidence["gradients"].values():
        assert {"latex", "shape", "witnesses", "max_relative_error"} <= set(gradient)
        assert list(gradient["witnesses"]) == ["rule", "component", "engine", "difference"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == evidence


def test_shapes_in_the_evidence_are_those_on_paper(here, capsys):
    """The 2-2-1 regression net: matrices as nested lists, vectors flat, scalars bare."""
    assert main(["explain", "mlp", "--params", "params.json", "--data", "data.csv", "--row", "1", *JSON]) == 0
    symbols = json.loads(capsys.readouterr().out)["symbols"]
    assert symbols["W_2"]["value"] == [[0.5, 0.6]]
    assert symbols["b_1"]["value"] == [0.0, 0.0]
    assert symbols["x"]["value"] == [1.0, 2.0]
    assert main(["explain", "linear-scalar", "--dims", "N=3", *JSON]) == 0
    with_capital = json.loads(capsys.readouterr().out)
    assert main(["explain", "linear-scalar", "--dims", "n=3", *JSON]) == 0
    assert json.loads(capsys.readouterr().out) == with_capital
    assert isinstance(with_capital["symbols"]["w"]["value"], float)


def test_what_has_no_effect_is_noted(capsys):
    assert main(["explain", "mlp", "--dims", "n=4", *JSON]) == 0
    printed = capsys.readouterr()
    assert printed.err == "derive: note: n = 4 in --dims has no effect: mlp is derived for one example here\n"
    json.loads(printed.out)


def test_formats_are_written_in_the_order_asked_for_and_each_once(tmp_path, capsys):
    assert main(["explain", "linear", "--format", "json, md,json", "--out", str(tmp_path)]) == 0
    wrote = [f"wrote {tmp_path / name}" for name in ("linear.json", "linear.md")]
    assert capsys.readouterr().out.splitlines()[:2] == wrote
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linear.json", "linear.md"]


@pytest.mark.parametrize("data", [[], ["--data", "data.csv", "--row", "2", "--params", "params.json"]])
def test_explain_writes_three_files(here, capsys, data):
    arguments = ["explain", "mlp", *data, "--out", "new/notes"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    wrote = [f"wrote {Path('new', 'notes', f'mlp.{kind}')}" for kind in ("md", "tex", "json")]
    assert printed.out.splitlines()[:3] == wrote
    assert printed.out.splitlines()[3].startswith("4 gradients boxed: four witnesses agree at 5 points")
    folder = Path("new/notes")
    assert sorted(path.name for path in folder.iterdir()) == ["mlp.json", "mlp.md", "mlp.tex"]
    written = {path: path.read_bytes() for path in folder.iterdir()}
    assert json.loads(written[folder / "mlp.json"])["agreed"] is True
    assert str(here).encode() not in b"".join(written.values())
    assert main(arguments) == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == written


def test_a_worked_example_too_large_for_one_witness_is_not_said_to_have_four(tmp_path, capsys):
    assert main(["explain", "mlp", "--arrangement", "rows", "--dims", "n=80,d=10,h=12", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[3].startswith("4 gradients boxed: four witnesses agree at 4 drawn points")
    assert said[4].startswith("on the worked example component cannot speak of every gradient")
    assert json.loads((tmp_path / "mlp.json").read_text())["agreed"] is True


# ---------------------------------------------------------------- all or nothing


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") if path.is_file() else "folder" for path in folder.iterdir()}


def test_files_are_replaced_together(tmp_path):
    written = write_all(tmp_path / "a/b", {"one": b"1", "two": "é".encode()})
    assert written == [tmp_path / "a/b/one", tmp_path / "a/b/two"]
    assert contents(tmp_path / "a/b") == {"one": "1", "two": "é"}
    write_all(tmp_path / "a/b", {"one": b"new", "two": b"new"})
    assert contents(tmp_path / "a/b") == {"one": "new", "two": "new"}


def test_a_folder_in_the_way_leaves_everything(tmp_path):
    (tmp_path / "one").write_text("old")
    (tmp_path / "two").mkdir()
    with pytest.raises(UsageError, match=r"^cannot write .*two: it is a folder$"):
        write_all(tmp_path, {"one": b"new", "two": b"new"})
    assert contents(tmp_path) == {"one": "old", "two": "folder"}


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fdopen", "chmod", "replace"])
@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_failure_in_the_middle_leaves_the_old_files(tmp_path, monkeypatch, fault, step, time):
    (tmp_path / "one").write_text("old")
    (tmp_path / "three").write_text("old")
    calls, real = [], getattr(os, step)

    def failing(*arguments, **settings):
        calls.append(arguments)
        if len(calls) == time:
            raise fault
        return real(*arguments, **settings)

    monkeypatch.setattr(cli_files.os, step, failing)
    with pytest.raises(UsageError if isinstance(fault, OSError) else KeyboardInterrupt):
        write_all(tmp_path, {"one": b"new", "two": b"new", "three": b"new"})
    assert contents(tmp_path) == {"one": "old", "three": "old"}


def test_a_run_that_fails_leaves_the_old_files(here, capsys):
    assert main(["explain", "mlp", "--out", "notes"]) == 0
    before = contents(Path("notes"))
    assert main(["explain", "mlp", "--data", "bad.csv", "--out", "notes"]) == 2
    assert contents(Path("notes")) == before


# ---------------------------------------------------------------- terminals and pipes


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from derive.cli import main; main(['--help']); main(['explain', '--help'])\n"
        "print(sorted({'numpy', 'sympy', 'mpmath', 'jinja2', 'rich', 'yaml'} & set(sys.modules)), file=sys.stderr)"
    )
    root = str(Path(__file__).resolve().parents[2])
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": root}, capture_output=True, text=True, timeout=60
    )
    assert run.stderr == "[]\n"


def test_train_xor_in_a_pipe():
    run = command("train", "xor", env={"PYTHONIOENCODING": "utf-8", "FORCE_COLOR": "1"})
    assert (run.returncode, run.stderr, run.stdout) == (0, "", XOR)


def test_train_xor_where_the_terminal_knows_ascii_only():
    run = command("train", "xor", env={"PYTHONIOENCODING": "ascii"})
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.isascii()
    assert "loss 0.707 -> 0.001381: solved" in run.stdout


def test_too_few_steps_leave_xor_unsolved(capsys):
    assert main(["train", "xor", "--steps", "1"]) == 1
    assert capsys.readouterr().out.rstrip().endswith(": not solved")


def test_curve():
    assert curve([1.0, 0.5], ASCII).splitlines()[:5] == ["      1 |#", *["        |#"] * 3, "   loss |##"]
    assert "█" in curve([2.0]) and len(BLOCKS) == len(ASCII) == 9
    assert "nan" not in curve([0.0, 0.0])


def in_terminal(*arguments: str, **environment: str) -> tuple[int, str]:
    """Status and everything printed where stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    settings = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"} | environment
    streams = {"capture_output": False, "stdout": theirs, "stderr": theirs, "text": False, "encoding": None}
    run = command(*arguments, env=settings, **streams)
    os.close(theirs)
    printed = b""
    try:
        while chunk := os.read(ours, 65536):
            printed += chunk
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    return run.returncode, printed.decode()


def test_styles_only_where_a_person_watches():
    for environment, styled in (({}, True), ({"NO_COLOR": "1"}, False)):
        status, printed = in_terminal("models", **environment)
        assert status == 0
        assert ("\x1b[" in printed) is styled
    piped = command("models", env={"FORCE_COLOR": "1"})
    assert "\x1b" not in piped.stdout


def test_progress_where_a_person_watches():
    status, printed = in_terminal("train", "xor", "--steps", "300")
    assert status == 0
    assert "training" in printed
    status, printed = in_terminal("train", "xor", "--steps", "300", NO_COLOR="1")
    assert "\x1b[3" not in printed


@pytest.mark.parametrize("arguments", [["models"], ["--help"], ["train", "xor"], ["explain", "linear-scalar", *JSON]])
def test_a_reader_that_has_gone(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    run = command(*arguments, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert run.stderr == ""
    assert run.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["models"], ["train", "xor"]])
def test_a_full_device(arguments):
    with open("/dev/full", "w") as full:
        run = command(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert run.stderr == "derive: error: cannot write to standard output: No space left on device\n"
    assert run.returncode == 2


def test_interrupted(monkeypatch, capsys):
    def interrupted(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the signal comes first")

    monkeypatch.setattr("derive.cli.train.train_xor", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background has it ignored
    try:
        assert main(["train", "xor"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "derive: interrupted\n"


def test_a_closed_stdout():
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        f"'{sys.executable}' -m derive models >&-", shell=True, cwd=root, capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
