"""Where the model lies: in the wheel, beside the package in a checkout, or where the user says."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


class ModelError(RuntimeError):
    """The model is missing, damaged or not trusted; the message says what to do."""


def model_folder() -> Path:
    """The folder of the model: ``$NOTES_LINT_MODEL``, else the wheel's own, else ``models/`` of the checkout.

    Raises:
        ModelError: there is none.
    """
    named = os.environ.get("NOTES_LINT_MODEL")
    if named:
        return Path(named)
    # hatchling's force-include puts the model into the wheel, but not into an editable install
    for folder in (_PACKAGE / "_models", checkout_folder("models")):
        if folder is not None and (folder / "manifest.json").is_file():
            return folder
    raise ModelError("no model found; reinstall notes-lint, or run 'notes-lint train' in a checkout")


def checkout_folder(name: str) -> Path | None:
    """A folder of the source checkout that the package runs from, or None for an installed wheel."""
    root = _PACKAGE.parent
    return root / name if (root / "pyproject.toml").is_file() else None
