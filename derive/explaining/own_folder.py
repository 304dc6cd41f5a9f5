"""Where derive's own templates are; apart from what runs them, as a build finds them without Jinja2."""

from __future__ import annotations

from pathlib import Path


def own_folder() -> Path:
    """derive's own templates: inside the package once it is installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
