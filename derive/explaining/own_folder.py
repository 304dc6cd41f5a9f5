"""Where derive's own templates are. Apart from what runs templates, so that a build need not import Jinja2 to find them."""

from __future__ import annotations

from pathlib import Path


def own_folder() -> Path:
    """derive's own templates: inside the package once it is installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
