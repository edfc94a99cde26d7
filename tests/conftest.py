from __future__ import annotations

from pathlib import Path

import pytest

from notes_lint import Linter
from notes_lint.reading import Reader
from notes_lint.rulebook import Rulebook, load_rulebook

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="session")
def reader(rulebook: Rulebook) -> Reader:
    return Reader(rulebook)


@pytest.fixture(scope="session")
def linter() -> Linter:
    return Linter()
