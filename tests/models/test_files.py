"""Files of numbers: every fault has its words and its place, and no text whatever raises anything else."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.models import files
from derive.models.files import exact, read_parameters, read_table
from derive.models.text_files import FileError

HEADER = "x_1,x_2,y_1\n"
BOUNDS = "; it may have 100 digits and lie between 1e-100 and 1e100"
NAMED = "expected a column name such as x_1 or y_1, found "
NUMBER = "expected a finite decimal number for x_2, found "
FIELD = 'expected a number, or a field in quotes "..." that ends at a comma, found '

# text, line, column, what stands there, message
FAULTY_TABLES = [
    ("", 1, 1, "", "is empty; expected a header such as x_1,x_2,y_1 and rows of numbers"),
    ("\n \n", 1, 1, "", "is empty; expected a header such as x_1,x_2,y_1 and rows of numbers"),
    (HEADER, 2, 1, "", "has a header and no rows; expected at least one example"),
    ("x_1;x_2;y_1\n", 1, 1, "x_1;", NAMED + "'x_1;x_2;y_1'; columns are separated by commas"),
    ("x_1\ty\n", 1, 1, "x_1", NAMED + "'x_1\\ty'; columns are separated by commas"),
    ("1,2,1\n", 1, 1, "1", NAMED + "'1'; the first line names the columns, such as x_1,x_2,y_1"),
    ("\n\n x_1,  X2,y\n", 3, 8, "X2", NAMED + "'X2'; did you mean x_2?"),
    ("x_0,y\n", 1, 1, "x_0", NAMED + "'x_0'; columns count from 1"),
    ("x,y,label\n", 1, 5, "label", NAMED + "'label'"),
    ("x,y,\n", 1, 5, "", NAMED + "nothing"),
    ("x_1,x_1,y\n", 1, 5, "x_1", "the column x_1 stands twice"),
    ("y,x_1,x_3\n", 1, 7, "x_3", "the column x_2 is missing; found x_1, x_3"),
    ("x,y,x_1\n", 1, 1, "x", "expected x alone, or x_1, x_2, ...; found x, x_1"),
    ("x_1,x_2\n1,2\n", 1, 1, "x_1", "expected a column y, or columns y_1, y_2, ...; found none"),
    (HEADER + "1,2,1\n1,2\n", 3, 3, "2", "expected 3 values, one for each column of the header, found 2"),
    (HEADER + "1,2,1, 7,8\n", 2, 8, "7", "expected 3 values, one for each column of the header, found 5"),
    (HEADER + "1, NaN,1\n", 2, 4, "NaN", NUMBER + "'NaN'"),
    (HEADER + "1,-inf,1\n", 2, 3, "-inf", NUMBER + "'-inf'"),
    (HEADER + "1,0x1F,1\n", 2, 3, "0x1F", NUMBER + "'0x1F'"),
    (HEADER + "1,1_000,1\n", 2, 3, "1_000", NUMBER + "'1_000'"),
    (HEADER + "1,,1\n", 2, 3, ",1", NUMBER + "nothing"),
    (HEADER + "1,\N{ARABIC-INDIC DIGIT THREE},1\n", 2, 3, "\N{ARABIC-INDIC DIGIT THREE}", NUMBER + "'٣'"),
    (HEADER + "1,−3,1\n", 2, 3, "−3", NUMBER + "'−3'; a minus is written -"),
    (HEADER + '"1","2,5",1\n', 2, 5, '"2,5"', NUMBER + "'2,5'; a decimal point is written ."),
    (HEADER + "1,1e999999,1\n", 2, 3, "1e9", NUMBER + "'1e999999'" + BOUNDS),
    (HEADER + f"1,{'9' * 500},1\n", 2, 3, "999", NUMBER + f"'{'9' * 37}...'" + BOUNDS),
    (HEADER + '1,"2,1\n', 2, 3, '"2', FIELD + "'\"2,1'"),
    (HEADER + '1, 2"3,1\n', 2, 4, '2"3', FIELD + "'2\"3,1'"),
    (HEADER + '1,"2"3,1\n', 2, 3, '"2"3', FIELD + "'\"2\"3,1'"),
    (HEADER + "\0,2,1\n", 2, 1, "\0", "expected a finite decimal number for x_1, found '\\x00'"),
    ("x,\x1b[31my\n", 1, 3, "\x1b", NAMED + "'\\x1b[31my'"),
]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "file"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


@pytest.mark.parametrize(("text", "line", "column", "there", "message"), FAULTY_TABLES)
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_faulty_table(tmp_path, text, line, column, there, message, bom, newline):
    path = written(tmp_path, (bom + text).replace("\n", newline))
    with pytest.raises(FileError) as caught:
        read_table(path)
    assert str(caught.value) == f"{path}:{line}:{column}: {message}"
    lines = text.split("\n")
    assert lines[line - 1][column - 1 :].startswith(there)


PARAMETER = "expected a finite number for "
OBJECT = 'expected an object such as {"W_1": [[0.1, 0.2]], "b_1": [0.3]}'
DEEP = "nests too deeply; expected numbers, lists of numbers, or lists of rows"
FAULTY_PARAMETERS = [
    ("", 1, 1, "", f"is empty; {OBJECT}"),
    ("[1]", 1, 1, "[", f"{OBJECT}, found a list"),
    ("\n 3", 2, 2, "3", f"{OBJECT}, found a number"),
    ('"a"', 1, 1, '"', f"{OBJECT}, found the text 'a'"),
    ("null", 1, 1, "null", f"{OBJECT}, found null"),
    ('{// c\n"w": 1}', 1, 2, "/", "is not JSON: expected a name in double quotes, found '/'; JSON has no comments"),
    ("{'w': 1}", 1, 2, "'", 'is not JSON: expected a name in double quotes, found "\'"'),
    ('{"w": [1', 1, 9, "", "is not JSON: expected a comma or a closing bracket, found the end of the file"),
    ('{"w": 1}\n}', 2, 1, "}", "is not JSON: expected nothing after the closing brace, found '}'"),
    ('{"w": 0x1}', 1, 8, "x", "is not JSON: expected a comma or a closing bracket, found 'x'"),
    ('{"w": 1,\n "b": 2, "w": 3}', 2, 10, '"w"', "w stands twice"),
    ('{"w": NaN}', 1, 7, "NaN", PARAMETER + "w, found 'NaN'"),
    ('{"w": [[1], [-Infinity]]}', 1, 14, "-Inf", PARAMETER + "w[2,1], found '-Infinity'"),
    ('{"w":\n[1, "0.1"]}', 2, 5, '"0.1"', PARAMETER + "w[2], found the text '0.1'"),
    ('{"w": [true]}', 1, 8, "true", PARAMETER + "w[1], found true"),
    ('{"w": {"a": [1]}}', 1, 7, "{", PARAMETER + "w, found an object"),
    ('{"w": [{}, 1]}', 1, 8, "{", PARAMETER + "w[1], found an object"),
    ('{"a\\n": null}', 1, 9, "null", PARAMETER + "'a\\n', found null"),
    ('{"w": 1e999999}', 1, 7, "1e9", PARAMETER + "w, found '1e999999'" + BOUNDS),
    ('{"w": ' + "[" * 100_000 + "]" * 100_000 + "}", 1, 38, "[[", DEEP),
    ('{"a":' * 100_000, 1, 161, "{", DEEP),
]


@pytest.mark.parametrize(("text", "line", "column", "there", "message"), FAULTY_PARAMETERS, ids=range(21))
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_faulty_parameters(tmp_path, text, line, column, there, message, bom):
    path = written(tmp_path, bom + text)
    with pytest.raises(FileError) as caught:
        read_parameters(path)
    assert str(caught.value) == f"{path}:{line}:{column}: {message}"
    assert text.split("\n")[line - 1][column - 1 :].startswith(there)


@pytest.mark.parametrize("read", [read_table, read_parameters])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x\n\xc3\xa4\xff", ":2:2: expected text in UTF-8, found the byte 0xff"),
        (b"\xef\xbb\xbfx\n\xc3\xa4\xff", ":2:2: expected text in UTF-8, found the byte 0xff"),
        (b"x\r\xff", ":2:1: expected text in UTF-8, found the byte 0xff"),
        ("x,y\n".encode("utf-16-le"), None),
        (b"\xff\xfex\0", ":1:1: expected text in UTF-8, found the byte 0xff; this looks like UTF-16"),
        (b" " * (files.LARGEST_FILE + 1), ": is larger than 2 MiB; a worked example needs a few rows"),
    ],
    ids=["byte", "byte behind a byte order mark", "old newline", "null characters", "UTF-16", "large"],
)
def test_no_text(tmp_path, read, data, message):
    path = written(tmp_path, data)
    with pytest.raises(FileError) as caught:
        read(path)
    if message:
        assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize("read", [read_table, read_parameters])
def test_files_that_cannot_be_read(tmp_path, read, monkeypatch):
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file or directory")):
        with pytest.raises(FileError, match=f"cannot be read: {why}$"):
            read(path)
    with pytest.raises(FileError, match="cannot be read: embedded null byte"):
        read(Path("a\0b"))

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)  # whoever runs the tests may be allowed to read everything
    with pytest.raises(FileError, match=r"cannot be read: Permission denied$"):
        read(tmp_path / "file")


def test_what_people_save_is_read(tmp_path):
    rows = {(Fraction(1, 10), Fraction(-2)): Fraction(1), (Fraction(5, 2), Fraction(300)): Fraction(0)}
    text = ' x_2 ,y, "x_1"\n\n-2,1,0.1\n" 3e2 ",0.,+2.5\n'
    for variant in (text, "\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), text.rstrip("\n")):
        table = read_table(written(tmp_path, variant))
        inputs = [tuple(cell.value for cell in row) for row in table.inputs]
        assert dict(zip(inputs, (row[0].value for row in table.targets), strict=True)) == rows
        assert len(table) == 2


def test_decimals_are_exact(tmp_path):
    assert exact("0.1") == Fraction(1, 10)
    assert exact("1e-3") == Fraction(1, 1000)
    assert read_table(written(tmp_path, "x,y\n0.1,0\n")).inputs[0][0].value == Fraction(1, 10)
    assert read_parameters(written(tmp_path, '{"w": [0.1, -2, 3E-1]}')).values == {
        "w": [Fraction(1, 10), Fraction(-2), Fraction(3, 10)]
    }


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_every_decimal_is_read_exactly(number):
    assert exact(str(number)) == Fraction(str(number))


CSV_LIKE = st.text(alphabet=list('xy_12,;" \t\n\r.-+eE09naif\x0c\u2028٣\0\ufeff'), max_size=60)
JSON_LIKE = st.text(alphabet=list('{}[]",:\\ \n\r012.-+eEtrufalsnW_b/#\'\ud800\x0cNI'), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def reads(read, folder: Path, text: str | bytes) -> bool:
    """Whether the text is accepted; if not, the place in the message is one in the text."""
    path = written(folder, text)
    try:
        read(path)
    except FileError as error:
        line, column, _ = str(error).removeprefix(f"{path}:").split(":", 2)
        assert int(line) >= 1 and int(column) >= 1
        if isinstance(text, str):
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert int(line) <= len(lines) + 1
            assert int(line) > len(lines) or int(column) <= len(lines[int(line) - 1]) + 1
        return False
    return True


@given(st.binary(max_size=200))
def test_any_bytes(folder, data):
    reads(read_table, folder, data)
    reads(read_parameters, folder, data)


@given(CSV_LIKE, st.sampled_from(["", "x,y\n", HEADER]))
def test_any_text_like_csv(folder, text, header):
    reads(read_table, folder, header + text)


@given(JSON_LIKE, st.sampled_from(["", '{"w": ', '{"w": [']))
def test_any_text_like_json(folder, text, start):
    reads(read_parameters, folder, start + text)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), st.sampled_from([None, 1]))
def test_any_json(folder, value, indent):
    reads(read_parameters, folder, json.dumps(value, indent=indent))


@given(st.lists(st.lists(st.integers(-99, 99), min_size=2, max_size=4), min_size=1, max_size=4), st.data())
def test_every_number_knows_its_place(folder, rows, data):
    """`text[line][column]` is where the number starts, in tables and in parameters, however they are spaced."""
    width = min(map(len, rows))
    gap = st.sampled_from(["", " ", "\t "])
    header = ",".join([*(f"x_{number}" for number in range(1, width)), "y_1"])
    lines = [",".join(data.draw(gap) + str(value) + data.draw(gap) for value in row[:width]) for row in rows]
    text = "\n".join([header, *lines])
    table = read_table(written(folder, text))
    for cell in (cell for row in (*table.inputs, *table.targets) for cell in row):
        assert text.split("\n")[cell.line - 1][cell.column - 1 :].startswith(cell.text)
    spaced = json.dumps({"w": rows}, indent=data.draw(st.sampled_from([None, 0, 3])))
    file = read_parameters(written(folder, spaced))
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            line, column = str(file.error(("w", i, j), "")).removeprefix(f"{file.path}:").split(":")[:2]
            assert spaced.split("\n")[int(line) - 1][int(column) - 1 :].startswith(str(value))
