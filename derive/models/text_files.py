"""Text from files: UTF-8 of bounded size, every fault named with its place."""

from __future__ import annotations

from pathlib import Path


class FileError(ValueError):
    """A file cannot be used. The message starts with file, line and column, and says what was expected."""

    def __init__(self, path: Path | str, message: str, line: int | None = None, column: int | None = None):
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")


def read_text(path: Path, largest: int, advice: str = "") -> str:
    """The text of a UTF-8 file, with or without a byte order mark, its lines ended as they are. Raises FileError.

    Args:
        largest: bytes above which it is refused.
        advice: what to say then.
    """
    try:
        with path.open("rb") as file:  # bounded here, as a device or a pipe has no size to ask for
            data = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise FileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return decoded(path, data, largest, advice)


def decoded(path: Path | str, data: bytes, largest: int, advice: str = "") -> str:
    """The text in the bytes of a file, as by `read_text`."""
    if len(data) > largest:
        raise FileError(path, f"is larger than {largest // 2**20} MiB{advice}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rest = error.object[error.start :]  # of what stands behind the byte order mark, where there is one
        before = plain_newlines(error.object[: error.start].decode())
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        hint = "; this looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise FileError(path, f"expected text in UTF-8, found the byte 0x{rest[0]:02x}{hint}", line, column) from None


def plain_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
