"""notes-lint finds victim-blaming language in children's records and suggests child-centred wording.

>>> from notes_lint import Linter
>>> linter = Linter()                                        # loads once, about a second
>>> findings = linter.check("Jade continues to put herself at risk.")
>>> findings[0].category
'self_risk'

Everything runs on this machine: nothing is sent, logged or kept.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from notes_lint.finding import Finding, Result

if TYPE_CHECKING:
    from notes_lint.linter import Linter
    from notes_lint.resources import ModelError

__all__ = ["Finding", "Linter", "ModelError", "Result", "__version__"]
__version__ = "0.1.0"

_LATER = {"Linter": "notes_lint.linter", "ModelError": "notes_lint.resources"}


def __getattr__(name: str) -> Any:
    # spaCy and scikit-learn take more than a second to import: only those who lint pay for it
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
