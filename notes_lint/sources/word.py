"""Word documents: the text of paragraphs and tables, in the order in which they stand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from notes_lint.sources.note import Note, Problem


def read_docx(data: bytes, name: str) -> Iterator[Note | Problem]:
    """One .docx as one note: a line for each paragraph, cells of a table row parted by tabs."""
    from docx import Document  # python-docx takes a third of a second to import
    from docx.table import Table

    try:
        document = Document(io.BytesIO(data))
        lines: list[str] = []
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                for row in block.rows:
                    cells = {cell._tc: cell.text for cell in row.cells}  # a merged cell stands once
                    lines.append("\t".join(cells.values()))
            else:
                lines.append(block.text)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        yield Problem(name, "", "not a Word document, whatever its name says", "open it in Word and save it as .docx")
        return
    except Exception as error:  # lxml and python-docx raise many kinds on a damaged file
        yield Problem(name, "", f"a damaged Word document ({type(error).__name__})", "open and save it again in Word")
        return
    text = "\n".join(lines)
    if text.strip():
        yield Note(name, text, name)
    else:
        yield Problem(name, "", "the document holds no text", "is it a scan? Type or paste the words")
