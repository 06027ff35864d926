"""Files that appear under their name at once and whole, or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path


def replace_file(path: Path, write: Callable[[Path], object], *, same: bool = False) -> None:
    """Calls `write` with the path of a draft beside `path`, then renames it; after an error the draft is gone and `path` as it was.

    same  several processes may write `path`, all of them the same thing
    """
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write(draft)
        try:
            os.replace(draft, path)
        except PermissionError:  # Windows, while another process reads what is there
            if not (same and path.exists()):
                raise
    finally:
        draft.unlink(missing_ok=True)
