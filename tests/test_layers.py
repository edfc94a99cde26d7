"""The layers of the package: a module imports only from its own layer's allies and from those below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import notes_lint

PACKAGE = Path(notes_lint.__file__).parent
LAYERS = [
    {"finding"},
    {"rulebook", "resources"},
    {"reading"},
    {"judging"},
    {"wording"},
    {"linter"},
    {"sources"},
    {"reports"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def part(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"{path.name}: relative import; write it out so that the layers can be read")
    return {name for name in found if name.split(".")[0] == "notes_lint"}


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imported(path):
        there = part(module)
        if there and there != here:
            assert LEVEL[there] < LEVEL[here], f"{here} may not import {module}"


def test_every_module_has_a_layer() -> None:
    parts = {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in MODULES}
    assert parts == set(LEVEL)
