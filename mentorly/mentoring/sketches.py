"""Sketches: an instrument as a form holds it, finished or not; and its TOML once it is whole."""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Self

import tomli_w

from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_files import MOST_SOURCE, MOST_VERSION, faults_in
from mentorly.mentoring.instrument_questions import KINDS, MOST_QUESTIONS, RESERVED
from mentorly.mentoring.instrument_reading import LANGUAGES, Misread
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.questions import Amount, Choice, Pick, Question, Scale, YesNo

Typed = dict[str, str]
KIND_OF = {made: kind for kind, made in KINDS.items()}
WHOLE = re.compile(r"-?[0-9]{1,9}")
BETWEEN = re.compile(r"[\s,;]+")
WORD = re.compile(r"[a-z0-9]+")
LONGEST_NAME = 40
ON = "yes"
HEAD_TEXTS = ("title", "about", "seen", "text")
HEAD = (
    *("kind", "asks", "opens", "days", "months", "reminds", "tells", "optional"),
    *(f"{key}_{language}" for key in HEAD_TEXTS for language in LANGUAGES),
)
QUESTION_TEXTS = ("hint", "low", "high", "options", "advice")
QUESTION = (
    *("name", "kind", "required", "least", "most", "option_names", "effect", *LANGUAGES),
    *(f"{key}_{language}" for key in QUESTION_TEXTS for language in LANGUAGES),
)


@dataclass
class Sketch:
    """What is typed of an instrument. head: of the whole; questions: in their order; each by the name of its field."""

    head: Typed
    questions: list[Typed] = field(default_factory=list)

    @classmethod
    def of(cls, instrument: Instrument) -> Self:
        """An instrument as a form shows it."""
        head = {
            "kind": str(instrument.kind),
            "asks": " ".join(instrument.asks),
            "opens": " ".join(instrument.opens),
            "days": str(instrument.days),
            "months": ", ".join(map(str, instrument.months)),
            "reminds": ", ".join(map(str, instrument.reminds)),
            "tells": ON * instrument.tells,
            "optional": ON * instrument.optional,
        }
        for key in HEAD_TEXTS:
            head |= _typed_texts(f"{key}_", getattr(instrument, key))
        return cls(head, [_typed_question(instrument, one) for one in instrument.questions])

    @classmethod
    def loads(cls, words: str) -> Self:
        """A sketch as it was kept."""
        kept = json.loads(words)
        return cls(kept["head"], kept["questions"])

    def dumps(self) -> str:
        """The sketch, to be kept."""
        return json.dumps({"head": self.head, "questions": self.questions}, ensure_ascii=False)

    @property
    def digest(self) -> str:
        """What tells whether anything of it was changed."""
        return digest([self.head, *self.questions])

    def question(self, name: str) -> Typed | None:
        """The question of a name."""
        return next((one for one in self.questions if one["name"] == name), None)

    def data(self, version: int = 1) -> dict[str, Any]:
        """What TOML would say, whether it is right or not."""
        head = self.head
        told = {
            "version": version,
            "kind": head.get("kind", ""),
            "asks": head.get("asks", "").split(),
            "opens": head.get("opens", "").split(),
            "days": _number(head.get("days", "") or "0"),
            "months": _numbers(head.get("months", "")) or [0],
            "reminds": _numbers(head.get("reminds", "")),
            "tells": bool(head.get("tells")),
            "optional": bool(head.get("optional")),
        }
        for key in HEAD_TEXTS:
            told |= _texts(head, key)
        return told | {"questions": [_table(one) for one in self.questions]}

    def faults(self, name: str) -> list[Misread]:
        """All that has to be mended before it can be used."""
        found = faults_in(self.data(), name)
        if not found and len(self.source(MOST_VERSION)) > MOST_SOURCE:
            found = [Misread(1, "questions", None, Refused("This is longer than an instrument can be."))]
        return found

    def source(self, version: int) -> str:
        """Its TOML."""
        data = self.data(version)
        questions = data.pop("questions")
        parts = [tomli_w.dumps(data, multiline_strings=True)]
        for one in questions:
            table = tomli_w.dumps({"questions": one}, multiline_strings=True)
            parts.append(table.replace("[questions]", "[[questions]]", 1))
        return "\n".join(parts)


def digest(typed: object) -> str:
    """What tells whether something that was typed has been changed."""
    return sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()[:16]


def kept(fields: Collection[str], typed: Mapping[str, str]) -> Typed:
    """What was typed into some fields, with the line ends of a file and without what no database keeps."""
    words = {name: re.sub(r"\r\n?", "\n", typed.get(name, "").replace("\x00", "")).strip() for name in fields}
    return {name: said for name, said in words.items() if said}


def named(words: str, taken: Collection[str], otherwise: str) -> str:
    """A name made from words, which nothing else has. otherwise: for words without a letter of the alphabet."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    made = "_".join(WORD.findall(plain))[:LONGEST_NAME].strip("_") or otherwise
    made = made if made[0].isalpha() else f"{otherwise}_{made}"
    number, name = 1, made
    while name in taken or name in RESERVED:
        number += 1
        name = f"{made}_{number}"
    return name


def renamed_options(question: Typed, before: Typed | None) -> str:
    """The names of the options that were typed; an option whose words stay keeps its name."""
    old = dict(zip(_lines(before, "en"), before.get("option_names", "").split(), strict=False)) if before else {}
    names: list[str] = []
    for line in _lines(question, "en"):
        name = old.get(line, "")
        names.append(name if name and name not in names else named(line, [*names, *old.values()], "option"))
    if before and len(_lines(before, "en")) == len(names):
        names = _kept_in_place(names, before.get("option_names", "").split())
    return " ".join(names)


def _kept_in_place(names: list[str], before: list[str]) -> list[str]:
    """An option of which only the words were changed keeps its name."""
    if len(before) != len(names):
        return names
    return [new if new in before or old in names else old for new, old in zip(names, before, strict=True)]


def is_full(sketch: Sketch) -> bool:
    """Whether it has as many questions as an instrument may have."""
    return len(sketch.questions) >= MOST_QUESTIONS


def _typed_texts(key: str, texts: Mapping[str, str]) -> Typed:
    return {f"{key}{language}": words for language, words in texts.items()}


def _typed_question(instrument: Instrument, question: Question) -> Typed:
    typed = {"name": question.name, "kind": KIND_OF[type(question)], **question.label}
    typed |= _typed_texts("hint_", question.hint) | _typed_texts("advice_", instrument.advice.get(question.name, {}))
    typed["required"] = ON * question.required
    typed["effect"] = ON * (question.name in instrument.calls)
    if isinstance(question, Amount):
        typed |= {"least": str(question.least), "most": str(question.most)}
    if isinstance(question, Scale):
        typed |= _typed_texts("low_", question.low) | _typed_texts("high_", question.high)
    if isinstance(question, Choice) and not isinstance(question, YesNo):
        typed["option_names"] = " ".join(question.options)
        for language in LANGUAGES:
            lines = (words[language] for words in question.options.values())
            typed[f"options_{language}"] = "\n".join(lines)
    return {key: words for key, words in typed.items() if words}


def _table(typed: Typed) -> dict[str, Any]:
    made = KINDS.get(typed.get("kind", ""))
    table: dict[str, Any] = {"name": typed.get("name", ""), "kind": typed.get("kind", "")}
    if typed.get("required"):
        table["required"] = True
    for key in ("least", "most") if made in {Amount, Scale} else ():
        if typed.get(key):
            table[key] = _number(typed[key])
    if made is YesNo and typed.get("effect"):
        table["effect"] = "call"
    table |= {language: typed[language] for language in LANGUAGES if typed.get(language)}
    for key in ("hint", *(("low", "high") if made is Scale else ()), "advice"):
        table |= _texts(typed, key)
    if made is Pick:
        table["options"] = _options(typed)
    return table


def _options(typed: Typed) -> dict[str, Typed]:
    columns = (typed.get("option_names", "").split(), *(_lines(typed, language) for language in LANGUAGES))
    return {
        name or f"option_{place}": {language: words for language, words in zip(LANGUAGES, said, strict=True) if words}
        for place, (name, *said) in enumerate(zip_longest(*columns, fillvalue=""))
        if any(said)
    }


def _lines(typed: Typed | None, language: str) -> list[str]:
    lines = (typed or {}).get(f"options_{language}", "").split("\n")
    return [line.strip() for line in lines if line.strip()]


def _texts(typed: Typed, key: str) -> dict[str, Typed]:
    words = {language: typed[f"{key}_{language}"] for language in LANGUAGES if typed.get(f"{key}_{language}")}
    return {key: words} if words else {}


def _number(words: str) -> int | str:
    return int(words) if WHOLE.fullmatch(words.strip()) else words


def _numbers(words: str) -> list[int | str]:
    return [_number(one) for one in BETWEEN.split(words.strip()) if one]
