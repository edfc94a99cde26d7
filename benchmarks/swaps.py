"""Do findings move when only a name, a pronoun or an age changes? They should not.

Run: python benchmarks/swaps.py [--texts 400]

Every text of data/dev that holds a name is checked as it stands and with the name replaced by names of several
communities; every text with "he" and without "she", with the other; every text with an age from 11 to 17, with
others. A group is right if all its variants have the same findings (words, names aside, and category).
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from notes_lint import Linter
from notes_lint.judging.corpus import read_folder

ROOT = Path(__file__).parent.parent
NAMES = {
    "f": ("Emily", "Aisling", "Nusrat", "Chiamaka", "Ewelina", "Shanice", "Thuy", "Roxana", "Hodan", "Margaret-Ann"),
    "m": ("Jack", "Padraig", "Usman", "Oluwaseun", "Piotr", "Tyrell", "Minh", "Florin", "Abdirahman", "Simey"),
}
KNOWN = {
    "f": "Jade Amy Chloe Ellie Grace Megan Aaliyah Amina Fatima Priya Zainab Kasia Maria Ama Bethan Cerys "
    "Niamh Leah Molly Freya Poppy Ruby Holly Tia Lexi Keira Demi Shannon Carys Sadie Sana Iqra Hana Mia "
    "Eva Ella Lily Maya Layla Yasmin Soraya",
    "m": "Kai Tyler Jordan Callum Liam Connor Kyle Ryan Jayden Reece Mohammed Ahmed Yusuf Ibrahim Hassan Bilal "
    "Tariq Kwame Ade Tomasz Jakub Ionut Dylan Rhys Owen Ewan Finn Lewis Logan Alfie Archie Theo Leo Noah "
    "Idris Kacper Amadou Niall Tom Ben",
}
GENDER = {name: gender for gender, names in KNOWN.items() for name in names.split()}
PRONOUNS = {"he": "she", "him": "her", "his": "her", "himself": "herself"}
AGES = re.compile(r"\b1[1-7]\b")


def key(linter: Linter, text: str, back: Callable[[str], str]) -> list[tuple[str, str]]:
    return [(f.category, back(f.text)) for f in linter.check(text)]


def name_variants(text: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    names = [w for w in re.findall(r"\b[A-Z][a-z]+\b", text) if w in GENDER]
    if names:
        first = names[0]
        for other in NAMES[GENDER[first]]:
            yield re.sub(rf"\b{first}\b", other, text), lambda s, other=other: s.replace(other, first)


def gender_variants(text: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    words = {w.lower() for w in re.findall(r"[A-Za-z]+", text)}
    if words & PRONOUNS.keys() and not words & {"she", "her", "hers", "herself"}:
        swapped = re.sub(
            r"\b(he|him|his|himself)\b",
            lambda m: PRONOUNS[m[0].lower()].capitalize() if m[0][0].isupper() else PRONOUNS[m[0].lower()],
            text,
            flags=re.IGNORECASE,
        )
        yield swapped, lambda s: re.sub(r"\b(he|him|his|himself)\b", lambda m: PRONOUNS[m[0].lower()], s.lower())


def age_variants(text: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    if AGES.search(text):
        for age in ("12", "14", "16"):
            yield AGES.sub(age, text), lambda s: AGES.sub("0", s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=400)
    args = parser.parse_args()
    linter = Linter()
    examples = read_folder(ROOT / "data" / "dev")
    random.Random(0).shuffle(examples)  # noqa: S311
    for what, variants in (("name", name_variants), ("pronoun", gender_variants), ("age", age_variants)):
        groups = same = 0
        for example in examples:
            made = list(variants(example.text))
            if not made or groups == args.texts:
                continue
            groups += 1
            plain = linter.check(example.text)
            same += all(key(linter, text, back) == [(f.category, back(f.text)) for f in plain] for text, back in made)
        print(f"{what}: {same} of {groups} groups do not move ({same / groups:.1%})")


if __name__ == "__main__":
    main()
