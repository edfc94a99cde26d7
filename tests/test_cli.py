"""The command line as a person meets it: output, streams, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BLAMING = "Jade continues to put herself at risk by going back to the flat."
CLEAN = "Home visit on Tuesday. Mum made tea and we filled in the nursery form."


def run(*args: str | Path, stdin: str | bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "notes_lint", *map(str, args)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "120", **env},
        timeout=120,
    )


def out(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode()


def err(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode()


def test_findings_show_sentence_words_reason_and_alternatives() -> None:
    done = run("check", "-", stdin=f"Seen at home. {BLAMING} Plan made.")
    assert done.returncode == 1
    text = out(done)
    assert "«" in text
    assert "put herself at risk»" in text
    assert "Jade" in text
    assert "Plan made" not in text
    assert "SR001 high, self risk: " in text
    assert text.count("      - ") >= 2
    assert "1 note checked; 1 finding (1 high) in 1 note" in text
    assert err(done) == ""


def test_clean_note() -> None:
    done = run("check", "-", stdin=CLEAN)
    assert (done.returncode, out(done)) == (0, "1 note checked; nothing found.\n")


def test_jsonl_is_the_contract_in_order(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    rows = [{"id": "a", "text": BLAMING}, {"id": "b", "text": CLEAN}, {"id": "c", "text": BLAMING}]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    done = run("check", path, "--format", "jsonl", "--exit-zero")
    assert done.returncode == 0
    lines = [json.loads(line) for line in out(done).splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert all(list(line) == ["schema", "id", "findings"] and line["schema"] == 1 for line in lines)
    found = lines[0]["findings"][0]
    assert BLAMING[found["start"] : found["end"]] == found["text"]


def test_json_is_one_object(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BLAMING)
    done = run("check", tmp_path, tmp_path / "gone.txt", "--format", "json")
    answer = json.loads(out(done))
    assert done.returncode == 2
    assert answer["results"][0]["path"].endswith("a.txt")
    assert answer["not_checked"][0]["reason"] == "no such file"
    assert answer["summary"]["findings"] == {"high": 1}
    assert json.loads(out(run("check", "-", "--format", "json", stdin=CLEAN)))["results"][0]["findings"] == []


def test_everything_else_is_still_checked_and_the_bad_is_named(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(BLAMING)
    (tmp_path / "bad.docx").write_bytes(b"nope")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "odd.txt").write_bytes(b"\x00\x81\x8d")
    (tmp_path / "table.csv").write_text("who,when\na,b\n")
    (tmp_path / "none").mkdir()
    done = run("check", tmp_path, tmp_path / "none", tmp_path / "gone.txt")
    assert done.returncode == 2
    assert "1 note checked; 6 not checked; 1 finding" in out(done)
    for name in ("bad.docx", "empty.txt", "odd.txt", "table.csv", "none", "gone.txt"):
        assert sum(name in line for line in err(done).splitlines()) == 1, name
    assert all(line.startswith("notes-lint: not checked: ") for line in err(done).splitlines())


def test_errors_hold_no_words_of_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"Kezia secret" word\n2,"Kezia open\n')
    (tmp_path / "b.jsonl").write_text('{"id": 1, "text": "Kezia secret"\n{"text": ["Kezia"]}\n')
    done = run("check", tmp_path)
    assert done.returncode == 2
    assert "Kezia" not in out(done) + err(done)


def test_an_internal_error_says_where_and_not_what() -> None:
    code = (
        "import sys, notes_lint.cli as c, notes_lint.linter as l\n"
        "def broken(self, texts): raise ValueError(texts[0])\n"
        "l.Linter._check = broken\n"
        "sys.argv = ['notes-lint', 'check', '-']\n"
        "c.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"Kezia secret", capture_output=True, cwd=ROOT)
    assert done.returncode == 2
    assert "internal error: ValueError at " in err(done)
    assert "Kezia" not in err(done) + out(done)


def test_fail_level_and_exit_zero() -> None:
    low = "YP DNA'd the appointment."
    assert (
        run(
            "check",
            "-",
            stdin=BLAMING,
        ).returncode
        == 1
    )
    assert run("check", "-", "--exit-zero", stdin=BLAMING).returncode == 0
    assert run("check", "-", "--fail-on", "high", stdin=low).returncode == 0
    assert run("check", "gone.txt", "--exit-zero").returncode == 2


def test_standard_input_can_be_a_table() -> None:
    done = run("check", "-", "--stdin-filename", "x.csv", "--format", "jsonl", stdin=f"id,note\n9,{BLAMING}\n")
    assert json.loads(out(done))["id"] == "9"


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" not in out(run("check", "-", stdin=BLAMING))
    assert "\x1b[" in out(run("check", "-", stdin=BLAMING, FORCE_COLOR="1", TERM="xterm-256color"))
    assert "\x1b[" not in out(run("check", "-", stdin=BLAMING, NO_COLOR="1", TERM="xterm-256color"))


def test_output_that_is_not_unicode() -> None:
    done = run("check", "-", stdin=BLAMING, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert ">>" in out(done)


def test_json_is_utf8_whatever_the_terminal_is() -> None:
    done = run("check", "-", "--format", "jsonl", stdin="Zoë’s a known absconder.", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert json.loads(done.stdout.decode("utf-8"))["id"] == "stdin.txt"
    done = run("check", "-", stdin="Zoë’s mum says ☹ she puts herself at risk.", PYTHONIOENCODING="ascii")
    assert done.returncode == 1


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(json.dumps({"id": n, "text": BLAMING}) for n in range(2000)))
    command = f"{sys.executable} -m notes_lint check {path} --format jsonl | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT)
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_version_rules_and_explain_load_nothing_heavy() -> None:
    code = (
        "import sys, notes_lint.cli as c\n"
        "sys.argv = ['notes-lint', *{args!r}]\n"
        "try: c.main()\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        "heavy = {{'spacy', 'sklearn', 'numpy', 'scipy', 'docx', 'torch'}} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for args in (["--version"], ["--help"], ["rules"], ["explain", "sr001"], ["check", "--help"]):
        done = subprocess.run([sys.executable, "-c", code.format(args=args)], capture_output=True, cwd=ROOT)
        assert done.returncode == 0, err(done)
        assert done.stdout


def test_explain() -> None:
    text = out(run("explain", "SR001"))
    assert text.startswith("SR001: ")
    assert "Instead, perhaps:" in text
    assert "Source: " in text
    assert "{" not in text
    done = run("explain", "XX999")
    assert done.returncode == 2
    assert "XX999" in err(done)


def test_rules() -> None:
    lines = out(run("rules", "--category", "missing")).splitlines()
    assert lines
    assert all("  missing " in line for line in lines)
    assert {rule["category"] for rule in json.loads(out(run("rules", "--format", "json")))} >= {"agency", "missing"}
    assert run("rules", "--category", "weather").returncode == 2


def test_evaluate_prints_figures_intervals_and_baselines(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    start = BLAMING.index("put herself")
    span = {"start": start, "end": start + 19, "category": "self_risk", "severity": "high"}
    rows = [{"id": "1", "text": BLAMING, "spans": [span]}, {"id": "2", "text": CLEAN, "spans": []}]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    text = out(run("evaluate", path, "--repeats", "20"))
    assert "2 texts, 1 of them clean; 1 labelled spans" in text
    for name in ("span F1", "character F1", "notes-lint", "phrase list", "majority per phrase", "context only"):
        assert name in text
    assert "[" in text
    path.write_text('{"id": 1}\n')
    done = run("evaluate", path)
    assert done.returncode == 2
    assert "line 1" in err(done)


@pytest.mark.parametrize("args", [[], ["check"], ["check", "-", "--format", "xml"], ["nonsense"]])
def test_wrong_use_is_two(args: list[str]) -> None:
    assert run(*args).returncode == 2
