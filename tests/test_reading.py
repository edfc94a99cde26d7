"""Reading: sentences, shorthand, people and voices in notes as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notes_lint.reading import Reader, split_text


def sentences(reader: Reader, text: str) -> list[str]:
    return [s.text.strip() for s in reader.read_piece(text).sents]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Saw T. She was ok.", ["Saw T.", "She was ok."]),
        ("Met J. Smith at school. All fine.", ["Met J. Smith at school.", "All fine."]),
        ("Home visit at 10.30 with Mum. Dog barked.", ["Home visit at 10.30 with Mum.", "Dog barked."]),
        ("Seen 4 p.m. today. Well.", ["Seen 4 p.m. today.", "Well."]),
        ("YP cont. to miss tea. TC to nan.", ["YP cont. to miss tea.", "TC to nan."]),
        ("- Mum tearful\n- Baby asleep\n- Plan agreed", ["- Mum tearful", "- Baby asleep", "- Plan agreed"]),
        ("PRESENTATION\nHe was cheerful.", ["PRESENTATION", "He was cheerful."]),
        ("mum rang. he was late. no worries", ["mum rang.", "he was late.", "no worries"]),
        ('"I hate it," she said. "I really do."', ['"I hate it," she said.', '"I really do."']),
        ("Is she safe? I think so! Yes.", ["Is she safe?", "I think so!", "Yes."]),
        ("One line\n\nanother para", ["One line", "another para"]),
        (
            "> Thanks for coming to the meeting about Kofi on Tuesday, which we all felt was\n> useful. See you soon.",
            [
                "> Thanks for coming to the meeting about Kofi on Tuesday, which we all felt was\n> useful.",
                "See you soon.",
            ],
        ),
        ("1. Apologies\n2. Matters arising\n3. AOB", ["1. Apologies", "2. Matters arising", "3. AOB"]),
    ],
)
def test_sentence_ends(reader: Reader, text: str, expected: list[str]) -> None:
    assert sentences(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("refsd", "refused"),
        ("Cont.", "continues"),
        ("@", "at"),
        ("DNA'd", "dna"),
        ("b/f", "boyfriend"),
        ("absconed", "absconded"),
        ("YPs", "yp"),
    ],
)
def test_shorthand_is_one_token_and_means_what_it_stands_for(reader: Reader, text: str, norm: str) -> None:
    (token,) = reader.read_piece(text)
    assert token.norm_ == norm
    assert token.text == text


def people(reader: Reader, text: str) -> dict[str, str]:
    doc = reader.read_piece(text)
    return {span.text: span.label_ for span in doc.spans["people"]}


def test_people_and_their_pronouns(reader: Reader) -> None:
    assert people(reader, "Mum said she was tired.")["she"] == "FAMILY"
    assert people(reader, "The perpetrator waited and he drove off.")["he"] == "HARMER"
    assert people(reader, "Spoke to her at home.")["her"] == "CHILD"
    assert people(reader, "I rang the social worker.") == {"I": "WRITER", "worker": "PROFESSIONAL"}
    assert people(reader, "The young person and a young adult left.")["person"] == "CHILD"


def group(reader: Reader, name: str, text: str) -> list[tuple[str, str]]:
    doc = reader.read_piece(text)
    return [(span.text, span.label_) for span in doc.spans[name]]


@pytest.mark.parametrize(
    ("text", "words", "speaker"),
    [
        ('She said "he loves me" and left.', "he loves me", "CHILD"),
        ("She said “he loves me” and left.", "he loves me", "CHILD"),
        ("She said ‘he loves me’ and left.", "he loves me", "CHILD"),
        ("She said 'he doesn't love me' and left.", "he doesn't love me", "CHILD"),
        ('Mum said "I cannot cope with this".', "I cannot cope with this", "FAMILY"),
        ('The officer said "it was a lifestyle choice".', "it was a lifestyle choice", "PROFESSIONAL"),
        ('Seen with her "boyfriend" again.', "boyfriend", "SCARE"),
        ('"I chose him," she said.', "I chose him,", "CHILD"),
    ],
)
def test_quotations_and_speakers(reader: Reader, text: str, words: str, speaker: str) -> None:
    assert group(reader, "quoted", text) == [(words, speaker)]


def test_apostrophes_are_no_quotations(reader: Reader) -> None:
    assert group(reader, "quoted", "The boys' room and Jo's bag weren't 'ere.") == []


def test_unclosed_quotation_ends_with_its_sentence(reader: Reader) -> None:
    assert group(reader, "quoted", 'She said "leave me alone. Then she left.')[0][0] == "leave me alone."


def test_reported_denied_criticised(reader: Reader) -> None:
    assert group(reader, "reported", "School feel that he is manipulative.") == [
        ("that he is manipulative.", "PROFESSIONAL")
    ]
    assert group(reader, "denied", "This was not a lifestyle choice, but grooming.")[0][0] == "a lifestyle choice"
    assert group(reader, "criticised", "I challenged the term promiscuous in the report.")
    assert not group(reader, "criticised", "She was promiscuous.")


@given(st.text(max_size=300), st.integers(min_value=5, max_value=60))
def test_split_text_loses_nothing(text: str, longest: int) -> None:
    pieces = list(split_text(text, longest))
    assert "".join(part for _, part in pieces) == text
    assert all(text[offset : offset + len(part)] == part for offset, part in pieces)
    assert all(0 < len(part) <= longest for _, part in pieces)


def test_text_without_words_is_read_as_nothing(reader: Reader) -> None:
    assert reader.read("") == []
    assert reader.read(" \n\t ... ") == []
