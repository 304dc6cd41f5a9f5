"""A seal on what a build remembers: a manifest that came along with a project, as with a pull request, is not believed.

The key is random and stays with the user, in the cache folder; without one, nothing is remembered from build to build.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

LENGTH = 32  # bytes


def seal(content: bytes, *, new: bool = False) -> str | None:
    """What only this user can have written under this content; None where there is no key.

    Args:
        new: whether a key is made where there is none.
    """
    key = _key(new)
    return None if key is None else hmac.new(key, content, "sha256").hexdigest()


def _key(new: bool) -> bytes | None:
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "derive")
        if new:
            _make(folder)
        key = (folder / "key").read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: nobody is at home
        return None
    return key if len(key) == LENGTH else None


def _make(folder: Path) -> None:
    """A key where there is none; of two that are made at once, one stays."""
    if (folder / "key").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"key-{secrets.token_hex(8)}"
    made.touch(mode=0o600, exist_ok=False)
    made.write_bytes(secrets.token_bytes(LENGTH))
    try:
        os.link(made, folder / "key")
    except FileExistsError:
        pass
    finally:
        made.unlink()
