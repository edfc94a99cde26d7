"""The wheel: built, unpacked away from the source tree, it finds its own rules and model."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(not (ROOT / "notes_lint").is_dir(), reason="the source tree is not here")
def test_the_wheel_works_without_the_source_tree(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert not [n for n in names if n.startswith(("data/", "tests/"))]
    code = (
        "import notes_lint, pathlib\n"
        "from notes_lint.resources import model_folder, checkout_folder\n"
        "here = pathlib.Path(notes_lint.__file__).parent\n"
        f"assert here == pathlib.Path({str(tmp_path / 'site' / 'notes_lint')!r}), here\n"
        "assert model_folder() == here / '_models' and checkout_folder('models') is None\n"
        "assert notes_lint.Linter().check('She puts herself at risk.')[0].code == 'SR001'\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    # -P keeps the working directory, and with it a checkout, off the path
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
