"""A note as it was found, and a problem in its place."""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        id: the identifier in the source, or the file (and row) where it stands.
        text: the words, as they are; offsets of findings count its characters.
        path: the file.
        place: where in the file, such as "row 12"; empty if the file is the note.
    """

    id: str
    text: str
    path: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be checked, said so that it can be mended; never with words of a note."""

    path: str
    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.path}: {self.place}" if self.place else self.path
        return f"{where}: {self.reason}; {self.remedy}"


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """Bytes as text: by byte order mark, else UTF-8, else Windows-1252, in which British systems write.

    Line ends stay as they are, since offsets count them.

    Raises:
        ValueError: none of these; the message says so.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise ValueError(f"the text is damaged (it is marked as {encoding} but is not)") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise ValueError("the text is in no known encoding (UTF-8, UTF-16, Windows-1252)") from None
    # a text file has tabs and line ends, but no other control characters
    if sum(ord(c) < 32 and c not in "\t\n\r\f\v\x1b" for c in text[:100_000]):
        raise ValueError("this is not a text file (it holds control characters)")
    return text
