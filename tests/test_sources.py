"""Notes in: every kind of file, and every kind of bad file, said by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from notes_lint.sources import Columns, Note, Problem, find_files, read_data, read_paths
from notes_lint.sources.note import decode


def read(data: bytes | str, name: str, **columns: str) -> list[Note | Problem]:
    return list(read_data(data.encode() if isinstance(data, str) else data, name, Columns(**columns)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "Zoë said “no” – it’s £5"
    assert decode(text.encode(encoding)) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_any_text_comes_back(text: str) -> None:
    assert decode(text.encode("utf-8")) == text.removeprefix("\ufeff")


@pytest.mark.parametrize("data", [b"\x81\x8d\x9d", b"\x00\x01\x02", b"\xff\xfe\x00", b"PK\x03\x04\x00\x00"])
def test_unknown_bytes_are_a_problem(data: bytes) -> None:
    (problem,) = read(data, "a.txt")
    assert isinstance(problem, Problem)
    assert problem.path == "a.txt"
    assert problem.remedy


def test_line_ends_stay() -> None:
    (note,) = read("a\r\nb\rc", "a.txt")
    assert note == Note("a.txt", "a\r\nb\rc", "a.txt")


def test_csv_columns_are_guessed_and_overridden() -> None:
    table = 'Ref,Worker,Case Note\n7,AB,"He said ""no"", then left"\n8,CD,\n9,EF,"two\nlines"\n'
    assert read(table, "t.csv") == [
        Note("7", 'He said "no", then left', "t.csv", "row 2"),
        Note("9", "two\nlines", "t.csv", "row 4"),
    ]
    (first, *_) = read(table, "t.csv", text="worker", id="Case Note")
    assert first == Note('He said "no", then left', "AB", "t.csv", "row 2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiters(delimiter: str) -> None:
    assert [n.text for n in read(f"id{delimiter}text\n1{delimiter}hello\n", "t.csv")] == ["hello"]


def test_csv_without_the_column_names_what_there_is() -> None:
    (problem,) = read("who,when\na,b\n", "t.csv")
    assert isinstance(problem, Problem)
    assert "who, when" in problem.remedy
    (problem,) = read("id,text\n1,b\n", "t.csv", text="story")
    assert "'story'" in str(problem)
    (problem,) = read("id,text\n1,b\n", "t.csv", id="story")
    assert "--id-column" in str(problem)


def test_bad_rows_are_named_and_the_rest_is_read() -> None:
    items = read('id,text\n1,good\n2\n3,"bad" quote\n4,also good\n', "t.csv")
    assert [type(item).__name__ for item in items] == ["Note", "Problem", "Problem", "Note"]
    assert [item.place for item in items] == ["row 2", "row 3", "row 4", "row 5"]


def test_an_unclosed_quotation_mark_swallows_nothing_silently() -> None:
    items = read('id,text\n1,good\n2,"open\n3,lost?\n', "t.csv")
    assert isinstance(items[-1], Problem)
    assert items[-1].place == "row 3"


def test_jsonl() -> None:
    items = read('{"id": 5, "text": "a"}\n\nnot json\n{"id": 6}\n[1]\n{"text": "b"}\n{"text": "\\ud800"}', "x.jsonl")
    assert items[0] == Note("5", "a", "x.jsonl", "line 1")
    assert [item.place for item in items] == ["line 1", "line 3", "line 4", "line 5", "line 6", "line 7"]
    assert [isinstance(item, Problem) for item in items] == [False, True, True, True, False, True]
    assert [n.text for n in read('{"n": 1, "body": "a"}', "x.jsonl", text="body", id="n")] == ["a"]


def test_docx_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("First")
    table = document.add_table(2, 2)
    for number, cell in enumerate(c for row in table.rows for c in row.cells):
        cell.text = f"cell {number}"
    table.cell(1, 0).merge(table.cell(1, 1))
    document.add_paragraph("Last")
    document.save(str(tmp_path / "a.docx"))
    (note,) = read_paths([tmp_path / "a.docx"])
    assert isinstance(note, Note)
    assert note.text == "First\ncell 0\tcell 1\ncell 2\ncell 3\nLast"


def test_bad_documents(tmp_path: Path) -> None:
    import zipfile

    (tmp_path / "a.docx").write_bytes(b"this is no zip")
    with zipfile.ZipFile(tmp_path / "b.docx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    Document().save(str(tmp_path / "c.docx"))
    whole = tmp_path / "c.docx"
    (tmp_path / "d.docx").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    items = list(read_paths([tmp_path]))
    assert [Path(item.path).name for item in items] == ["a.docx", "b.docx", "c.docx", "d.docx"]
    assert all(isinstance(item, Problem) for item in items)


def test_folders_are_walked_in_order_and_hidden_files_passed_over(tmp_path: Path) -> None:
    for name in ("b.txt", "sub/a.md", ".hidden/c.txt", "~$lock.docx", "picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("words")
    found = [str(p.relative_to(tmp_path)) for p in find_files([tmp_path]) if isinstance(p, Path)]
    assert found == ["b.txt", str(Path("sub/a.md"))]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.txt", "no such file"), ("empty.txt", "empty"), ("folder", "holds no notes"), ("a.xyz", "does not read")],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.xyz").write_text("words")
    (item,) = read_paths([tmp_path / name])
    assert isinstance(item, Problem)
    assert reason in item.reason
    assert name in str(item)
