"""The example project of `derive init`: small, working, with one wrong line to find."""

from __future__ import annotations

from derive.explaining.own_folder import own_folder

# file: its template. Some are called otherwise here, or git and GitHub would heed them in this repository.
FILES = {
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "requirements.txt": "requirements.txt",
    "notes/backpropagation.md": "backpropagation.md",
    "data/xor.csv": "xor.csv",
    ".gitignore": "gitignore",
    ".github/workflows/derive.yml": "workflow.yml",
}
VERSION = b"{{ version }}"


def example(version: str) -> dict[str, bytes]:
    """The files by their paths.

    Args:
        version: of derive, which the project asks for.
    """
    folder = own_folder() / "project"
    return {name: (folder / file).read_bytes().replace(VERSION, version.encode()) for name, file in FILES.items()}
