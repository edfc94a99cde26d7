"""Recording shorthand: how practitioners abbreviate, and what they mean by it.

Every entry becomes a tokeniser exception, so that it stays one token, and sets the token's norm to the word it
stands for: phrases and features read ``refsd`` as ``refused``. Offsets are never touched.
"""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.symbols import NORM, ORTH  # type: ignore[import-not-found]

# Grouped by meaning; the norm is the full word in the form that phrase patterns know.
_SHORTHAND = {
    # who
    "yp": "yp yp's yps y.p. y/p",
    "social worker": "sw s/w s.w. asw dsw",
    "health visitor": "hv h/v",
    "foster carer": "fc f/c",
    "boyfriend": "bf b/f b.f. b/friend boyf",
    "girlfriend": "gf g/f g/friend",
    "mother": "mo m/o",
    "father": "fa",
    "grandmother": "mgm pgm",
    "grandfather": "mgf pgf",
    "someone": "s/one",
    # doing
    "refused": "refsd refsed refus'd ref'd refusd refuesd",
    "refuses": "refs refss",
    "refusing": "refsg refusng",
    "refusal": "refsl",
    "continues": "cont cont. conts conts. cont'd contd contd. ctd ctd.",
    "engaging": "engagng engging",
    "engagement": "engagemt engmt engt",
    "disengaged": "disengd diseng",
    "attended": "attd attd. att'd atnd",
    "attend": "att. attnd",
    "attending": "attg att'g",
    "attendance": "attnd. attdce attendnce",
    "absconded": "absconed abscnded abscondd absc absc. abscd absc'd abscounded",
    "absconding": "abscondng absconing",
    "dna": "dna dnas dna'd dnad d.n.a.",
    "fta": "fta fta'd f.t.a.",
    "wnb": "wnb w.n.b.",
    "misper": "misper mispers mis-per",
    "disclose": "disclse",
    "disclosed": "discl disclsd",
    "alleges": "alleg. allgs",
    "alleged": "alld alleg'd",
    "claims": "clms",
    "manipulative": "manip manip. manipultive",
    "aggressive": "agg agg. aggr",
    "behaviour": "beh beh. behav behav. bhvr b/hviour behavior behavoiur behavour",
    "behaviours": "behavs behaviors",
    "relationship": "rel'ship relship r/ship r'ship relshp rel/ship realtionship",
    "inappropriate": "inapprop inapprop. inappr",
    "lifestyle": "lifestlye",
    "promiscuous": "promiscous promiscuos",
    "consensual": "consentual concensual consensul",
    "vulnerable": "vuln vuln. vulnerble",
    "challenging": "challanging chall.",
    "running": "runing",
    "intoxicated": "intox intox. intoxd",
    "themselves": "themselfs",
    # small words
    "at": "@",
    "with": "w/ w.",
    "without": "w/o",
    "and": "&",
    "because": "b/c bc cos coz",
    "about": "abt",
    "should": "shd shld",
    "would": "wd wld",
    "could": "cd cld",
    "his": "hs",
}
_ABBREVIATIONS = (
    # kept whole so that their full stop is not taken for the end of a sentence
    "approx. appt. appts. tel. ref. refs. prev. poss. prob. incl. excl. esp. info. obs. temp. resp. dept. assoc. "
    "min. mins. hr. hrs. wk. wks. mth. mths. yr. yrs. no. nos. re. attn. ext. max. rec'd. recd. sched. sup. "
    "neg. diff. int. med. meds. est. conf. cons. ed. asst. asap. i.e. e.g. etc. vs. cf. a.m. p.m. d.o.b. n.b. "
    "p.s. b/w r/v r/vs f/u t/c p/c c/o d/w o/e i/v h/o c/w n/a o/s a/w a/l u/k tbc. dr. mr. mrs. ms. prof. st. rd. "
    "ave. sgt. insp. supt. cllr. rev. s47 s.47 s20 s.20 s31 s.31 s17 s.17 r.i. "
    "mon. tue. tues. wed. thu. thur. thurs. fri. sat. sun. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec."
).split()
# Forms that are also common words, or ambiguous in capitals, are left to the reader's judgement.
_ONLY_WITH_STOP = frozenset({"no.", "min.", "mar.", "sat.", "sun.", "ed.", "med.", "max.", "sup.", "int.", "wed."})


def shorthand_norms() -> dict[str, str]:
    """Every abbreviated form, in lower case, with the words it stands for."""
    return {form: full for full, forms in _SHORTHAND.items() for form in forms.split()}


def abbreviations() -> frozenset[str]:
    """Lower-case tokens whose final full stop does not end a sentence."""
    shorthand = {form for form in shorthand_norms() if form.endswith(".")}
    return frozenset(a for a in _ABBREVIATIONS if a.endswith(".") and a not in _ONLY_WITH_STOP) | shorthand


def add_shorthand(nlp: Language) -> None:
    """Teach the tokeniser of ``nlp`` the shorthand above, in lower case, capitalised and in capitals."""
    norms = shorthand_norms()
    tokenizer: Any = nlp.tokenizer  # typed as any callable, and spaCy has no stub for it
    for form in (*norms, *(a for a in _ABBREVIATIONS if a not in _ONLY_WITH_STOP)):
        norm = norms.get(form, form.rstrip("."))
        # "DNA'd", "YPs": capitals with a small ending
        stem, apostrophe, ending = form.replace("’", "'").partition("'")
        mixed = stem.upper() + apostrophe + ending if apostrophe else form[:-1].upper() + form[-1]
        cased = {form, form.capitalize(), form.upper(), mixed}
        for text in cased | {text.replace("'", "’") for text in cased}:
            if text in ("No", "Mo", "Fa", "Refs", "BC", "Bc", "CD", "Cd", "HS", "Hs", "Beh"):
                continue
            tokenizer.add_special_case(text, [{ORTH: text, NORM: norm}])
