"""The same input gives the same bytes: in another folder, under another hash seed, locale and time zone."""

import locale

from derive.explaining.artifacts import ARTIFACTS
from tests.building import projects
from tests.building.projects import ARTIFACT, command, tree

SETTINGS = f"""\
{projects.SETTINGS}
{ARTIFACT}model = "linear"
detail = "every-index"
formats = {[kind for kind in ARTIFACTS if kind != "pdf"]}

{ARTIFACT}model = "logistic"
name = "Übung İ ß"
formats = ["tex"]
"""
HERE = {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"}
THERE = {"PYTHONHASHSEED": "31337", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu", "PYTHONUTF8": "1", "HOME": "/nowhere"}


def other_locale() -> str:
    """One with a decimal comma, where the machine has it."""
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_NUMERIC, "C")
        return name
    return "C.UTF-8"


def test_two_builds_give_the_same_bytes(tmp_path):
    first = projects.write(tmp_path / "a", SETTINGS, right=projects.RIGHT, wrong=projects.WRONG)
    second = projects.write(tmp_path / "deep er" / "ü", SETTINGS, wrong=projects.WRONG, right=projects.RIGHT)
    one = command("build", "-j", "1", cwd=first, **HERE)
    two = command("build", "-j", "2", cwd=second, **THERE | {"LC_ALL": other_locale()})
    assert one.returncode == two.returncode == 1, one.stderr + two.stderr
    assert one.stdout.encode("ascii", "backslashreplace") == two.stdout.encode("ascii", "backslashreplace")
    files = tree(first)
    assert files == tree(second)  # the manifest too
    assert not [name for name, content in files.items() if str(tmp_path).encode() in content]
    assert command("build", "--check", cwd=second, **HERE).stdout == command("build", cwd=first, **HERE).stdout
