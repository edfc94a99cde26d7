"""The library as others use it: the contract, offsets, streams, threads, privacy."""

from __future__ import annotations

import dataclasses
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import notes_lint
from notes_lint import Finding, Linter
from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.sources import Note, read_paths
from tests.conftest import ROOT

BLAMING = "Jade continues to put herself at risk by going back to the flat."
SAMPLES = [item for item in read_paths([ROOT / "data/samples"]) if isinstance(item, Note)]


def assert_whole(text: str, findings: list[Finding]) -> None:
    for finding in findings:
        assert text[finding.start : finding.end] == finding.text
        assert finding.text.strip() == finding.text != ""
        assert finding.category in CATEGORIES
        assert finding.severity in SEVERITIES
        assert 0 <= finding.score <= 1
        assert re.fullmatch(r"[A-Z]{2}\d{3}", finding.code)
        assert finding.message
        assert len(finding.suggestions) >= 2
        assert not any("{" in s for s in finding.suggestions)
    for before, after in zip(findings, findings[1:], strict=False):
        assert before.end <= after.start


def test_the_contract(linter: Linter) -> None:
    (finding,) = linter.check(BLAMING)
    assert "put herself at risk" in finding.text
    assert finding.code == "SR001"
    assert finding.category == "self_risk"
    assert finding.severity == "high"
    assert finding.reported is False
    assert_whole(BLAMING, [finding])
    assert list(finding.as_dict()) == [
        "start", "end", "text", "code", "category", "severity", "score", "reported", "message", "suggestions",
        "unsure",
    ]  # fmt: skip
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.start = 0  # type: ignore[misc]


def test_nothing_in_gives_nothing_out(linter: Linter) -> None:
    assert linter.check("") == []
    assert linter.check("   \n ") == []
    assert linter.check("Home visit on Tuesday. Mum made tea and we filled in the nursery form.") == []


def test_streams_take_texts_pairs_and_objects_and_keep_order(linter: Linter) -> None:
    notes = [BLAMING, ("b", "All fine."), {"id": "c", "text": BLAMING}]
    results = list(linter.check_many(notes))
    assert [r.id for r in results] == ["1", "b", "c"]
    assert [bool(r.findings) for r in results] == [True, False, True]


def test_streams_are_lazy(linter: Linter) -> None:
    def endless():
        while True:
            yield BLAMING

    stream = linter.check_many(endless())
    assert next(stream).findings


def test_batches_change_nothing(linter: Linter) -> None:
    texts = [note.text for note in SAMPLES] * 3
    together = [list(r.findings) for r in linter.check_many(texts)]
    assert together == [linter.check(text) for text in texts]


def test_threads_share_a_linter(linter: Linter) -> None:
    texts = [note.text for note in SAMPLES] * 4
    expected = [linter.check(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(linter.check, texts)) == expected


@pytest.mark.parametrize("note", SAMPLES, ids=lambda n: n.id)
def test_offsets_hold_on_every_sample(linter: Linter, note: Note) -> None:
    assert_whole(note.text, linter.check(note.text))


ODD = st.sampled_from(
    ["😀", "👩‍👧", "é", "e\u0301", "\r\n", "\t", "\n\n", "\u200b", "\xa0", "…", " ", "ﬁ", "\x0c", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_offsets_hold_with_odd_characters_anywhere(linter: Linter, data: st.DataObject) -> None:
    note = data.draw(st.sampled_from(SAMPLES))
    text = note.text[:600]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(ODD) + text[at:]
    assert_whole(text, linter.check(text))


def test_carriage_returns_shift_offsets_and_nothing_else(linter: Linter) -> None:
    plain = f"Visit.\n{BLAMING}\nPlan: ring school."
    dos = plain.replace("\n", "\r\n")
    (a,), (b,) = linter.check(plain), linter.check(dos)
    assert (b.text, b.code) == (a.text, a.code)
    assert b.start == a.start + 1


def test_long_texts_are_read_whole(linter: Linter) -> None:
    filler = "We talked about school and the dog. " * 3000
    text = filler + BLAMING + " " + filler
    found = [f for f in linter.check(text) if f.category == "self_risk"]
    assert [f.start for f in found] == [len(filler) + text[len(filler) :].index(f.text) for f in found] != []


def test_five_megabytes_without_a_line_end(linter: Linter) -> None:
    text = "x" * 2_000_000 + " " + BLAMING
    assert [f.code for f in linter.check(text)] == ["SR001"]


def test_no_socket_is_opened(linter: Linter, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the linter opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert linter.check(BLAMING)
    assert Linter().check(BLAMING)


def test_nothing_is_printed_or_logged(linter: Linter, capfd: pytest.CaptureFixture[str], caplog) -> None:
    caplog.set_level(0)
    linter.check(BLAMING)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_public_names() -> None:
    assert set(notes_lint.__all__) == {"Finding", "Linter", "ModelError", "Result", "__version__"}
    for name in notes_lint.__all__:
        assert getattr(notes_lint, name)
    with pytest.raises(AttributeError):
        notes_lint.nothing  # noqa: B018
    assert (Path(notes_lint.__file__).parent / "py.typed").is_file()
