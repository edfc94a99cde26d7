"""The model on disk: heads (joblib), encoder (ONNX) with its vocabulary, a manifest that pins them, a model card.

joblib is pickle, and a pickle runs code. So a model is loaded only if its manifest is the very one this package
was released with (its hash stands in ``manifest.sha256`` beside this module) and every file has the hash that the
manifest gives. A model of one's own needs ``trust=True``, said by the person who made it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from notes_lint.judging.baselines import Baselines
from notes_lint.judging.judge import Judge
from notes_lint.reading.encoder import MODEL, TOKENIZER, Encoder
from notes_lint.resources import ModelError

SCHEMA = 2
"""Of the manifest and of what the heads file holds; another one is refused."""

MANIFEST = "manifest.json"
HEADS = "heads.joblib"
ENCODER = "encoder.json"
"""How the encoder was made: its plan, the authors whose texts it has seen, the hashes of those texts."""
PIN = Path(__file__).with_name("manifest.sha256")
_PINNED = ("scikit-learn", "spacy", "numpy", "scipy", "joblib", "lemminflect", "onnxruntime", "tokenizers")
_ENCODER_FILES = (MODEL, TOKENIZER, ENCODER)


@dataclass
class Model:
    """What is saved: the judge, and the baselines that its figures stand beside."""

    judge: Judge
    baselines: Baselines


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encoder_history(folder: Path) -> dict[str, Any]:
    """How the encoder in ``folder`` was made: ``seen`` and ``held_out`` (authors), ``plan``, ``data``, ``epochs``.

    Raises:
        ModelError: the folder holds no encoder, or not all of its files.
    """
    if not all((folder / name).is_file() for name in _ENCODER_FILES):
        raise ModelError(f"{folder}: holds no encoder ({', '.join(_ENCODER_FILES)}); run: notes-lint train-encoder")
    return dict(json.loads((folder / ENCODER).read_text(encoding="utf-8")))


def save(
    model: Model,
    folder: Path,
    *,
    data: Mapping[str, str],
    figures: Mapping[str, Any],
    release: bool,
    encoder: Path | None = None,
) -> None:
    """Write a model and its manifest.

    Parameters:
        encoder: folder of the encoder that the judge was made with; its files are copied beside the heads.
        data: SHA-256 of each file of training texts.
        figures: measured quality, for the card.
        release: also pin the manifest in the package, so that this model is trusted by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / HEADS, compress=("lzma", 3))
    names = [HEADS]
    if encoder is not None:
        names += _ENCODER_FILES
        for name in _ENCODER_FILES:
            if encoder.resolve() != folder.resolve():
                shutil.copyfile(encoder / name, folder / name)
    manifest = {
        "schema": SCHEMA,
        "files": {name: file_hash(folder / name) for name in names},
        "data": dict(sorted(data.items())),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PINNED},
        "figures": figures,
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    if release:
        PIN.write_text(file_hash(path) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a model.

    Raises:
        ModelError: there is none, or it is not one.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest["files"], dict) or not isinstance(manifest.get("schema"), int):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(f"{folder}: holds no model (no {MANIFEST} that can be read)") from None
    return dict(manifest)


def load(folder: Path, *, trust: bool = False) -> Model:
    """Load a model after checking every hash.

    Parameters:
        trust: load a model that did not come with this package. Its files still have to match its manifest.

    Raises:
        ModelError: missing, changed since it was made, not trusted, or made with another scikit-learn.
    """
    manifest = read_manifest(folder)
    pinned = PIN.read_text(encoding="utf-8").strip() if PIN.is_file() else ""
    if not trust and file_hash(folder / MANIFEST) != pinned:
        raise ModelError(
            f"{folder}: this model did not come with notes-lint. A model file can run code: if you made it, "
            "say --trust-model (trust_model=True)"
        )
    for name, expected in manifest["files"].items():
        path = folder / name
        if Path(name).name != name or not path.is_file() or file_hash(path) != expected:
            raise ModelError(f"{folder}: {name} is missing or not the file that was trained; reinstall or retrain")
    if manifest["schema"] != SCHEMA:
        raise ModelError(f"{folder}: made by another release of notes-lint; retrain it with this one")
    made, here = manifest["versions"]["scikit-learn"], version("scikit-learn")
    if made.split(".")[:2] != here.split(".")[:2]:
        raise ModelError(
            f"{folder}: made with scikit-learn {made}, but {here} is installed; "
            f"run: pip install 'scikit-learn~={'.'.join(made.split('.')[:2])}.0', or retrain"
        )
    model = joblib.load(folder / HEADS)
    if not isinstance(model, Model):
        raise ModelError(f"{folder}: {HEADS} holds no notes-lint model")
    if model.judge.fusion is not None:
        missing = [name for name in _ENCODER_FILES if name not in manifest["files"]]
        if missing:
            raise ModelError(f"{folder}: the manifest names no {missing[0]}, which these heads need; retrain")
        model.judge.encoder = Encoder(folder)
    return model
