"""Instruments: surveys, agreements, codes and sheets as data; each is a text in TOML, which this reads and checks."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from mentorly.mentoring.base import Refused, sentence
from mentorly.mentoring.particulars import is_visible
from mentorly.mentoring.questions import (
    Amount,
    Day,
    Heading,
    Line,
    Pick,
    Question,
    Scale,
    Text,
    Texts,
    YesNo,
)

FOLDER = Path(__file__).parent.parent / "instruments"
LANGUAGES = ("en", "fr")
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
LINE_OF_FAULT = re.compile(r"\(at line (\d+), column \d+\)")
QUESTION_HEAD = re.compile(r"^\s*\[\[\s*questions\s*\]\]", re.MULTILINE)
NUMBERED = re.compile(r"\s*(\d{1,2})\s*[.):]\s+(.*)")
MOST_QUESTIONS = 80
MOST_SOURCE = 200_000
MOST_VERSION = 999_999
MOST_WORDS = 4000
MOST_TEXT = 20_000
MOST_OPTIONS = 20
SHORT = 5
DAYS = range(-365, 366)
MONTHS = range(37)
STEPS = range(101)
MOST_STEPS = 11
SIGNATURE = "signature"
TAKEN = frozenset({SIGNATURE, "csrf_token"})


class Kind(StrEnum):
    """What an instrument is, which says who sees what is written in it."""

    SURVEY = "survey"
    SHEET = "sheet"
    AGREEMENT = "agreement"
    CODE = "code"
    SELF = "self"


class Opening(StrEnum):
    """What an instrument opens with; OWN: it is there for who wants it, and nobody is asked."""

    MATCH = "match"
    FIRST_MEETING = "first_meeting"
    MIDWAY = "midway"
    END = "end"
    ENDED = "ended"
    OWN = "own"


class Role(StrEnum):
    """Who is asked. ANYBODY: who opens it by themself."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    LEAD = "lead"
    ANYBODY = "anybody"


@dataclass(frozen=True)
class Instrument:
    """A survey, an agreement, a code or a sheet.

    name: the same over all versions. opens: with what it opens, once for each; days, months: how long after that.
    reminds: days after it was asked. tells: whether project leads hear that something is unfinished. optional: off
    until a program turns it on. title, about, seen, text: words by language; text is what is signed besides
    the answers. advice: what to read or do after a low answer, by the question's name. calls: questions whose
    yes asks for a call.
    """

    name: str
    version: int
    kind: Kind
    asks: tuple[Role, ...]
    title: Texts
    about: Texts
    seen: Texts
    text: Texts = field(default_factory=dict)
    opens: tuple[Opening, ...] = (Opening.OWN,)
    days: int = 0
    months: tuple[int, ...] = (0,)
    reminds: tuple[int, ...] = ()
    tells: bool = False
    optional: bool = False
    questions: tuple[Question, ...] = ()
    advice: Mapping[str, Texts] = field(default_factory=dict)
    calls: frozenset[str] = frozenset()

    @property
    def is_signed(self) -> bool:
        """Whether it is finished by a signature."""
        return self.kind in SIGNED

    @property
    def answerable(self) -> list[Question]:
        """Its questions without the headings."""
        return [question for question in self.questions if not isinstance(question, Heading)]

    @property
    def is_short(self) -> bool:
        """Whether a reply can answer it."""
        return not self.is_signed and 0 < len(self.answerable) <= SHORT

    @property
    def minutes(self) -> int:
        """How long it takes to answer, about."""
        seconds = sum(60 if isinstance(question, Text) else 12 for question in self.answerable)
        return max(1, round((seconds + len(self.text.get("en", "").split()) / 3) / 60))

    def question(self, name: str) -> Question | None:
        """The question of a name."""
        return next((one for one in self.answerable if one.name == name), None)

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], str]:
        """What a reply's words answer, as it would be typed, and the words that answer nothing.

        Several questions are answered in their order, a line each, or by their number; the last one, if it asks for
        words of one's own, by all the lines that are left.
        """
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        if not self.is_short or not lines:
            return {}, words
        if len(self.answerable) > 1 and sum(not isinstance(one, Text) for one in self.answerable) == 1:
            return self._read_first(lines, zone, now)
        typed: dict[str, str] = {}
        left: list[str] = []
        for place, line in enumerate(lines):
            number = NUMBERED.fullmatch(line)
            at, said = (int(number[1]) - 1, number[2]) if number else (place, line)
            question = self.answerable[at] if 0 <= at < len(self.answerable) else None
            answer = question.read(said, zone, now) if question and question.name not in typed else None
            last = self.answerable[-1]
            if question is not None and answer is not None:
                typed[question.name] = answer
            elif question is None and not number and last.name in typed and last.takes_lines:
                typed[last.name] += f"\n{line}"
            else:
                left.append(line)
        return typed, "\n".join(left)

    def _read_first(self, lines: Sequence[str], zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], str]:
        """The answer to the only question that is not about words of one's own, and those for the first that is."""
        first = next(one for one in self.answerable if not isinstance(one, Text))
        words = next(one for one in self.answerable if isinstance(one, Text))
        answer, below = first.read(lines[0], zone, now), "\n".join(lines[1:])
        if answer is None:
            return {}, "\n".join(lines)
        return {first.name: answer} | ({words.name: below} if below else {}), ""


@cache
def shipped() -> Mapping[str, Instrument]:
    """The instruments that come with Mentorly, by name."""
    return {name: parsed(source, name) for name, source in sources().items()}


@cache
def sources() -> Mapping[str, str]:
    """The TOML of the instruments that come with Mentorly, by name."""
    files = sorted(FOLDER.glob("*.toml"))
    return {file.stem: file.read_text("utf-8") for file in files if file.stem != "opening_questions"}


class Misread(Refused):
    """Something is wrong with an instrument. key: what is; place: of which question, from 0; None: of no question.

    fault: what is wrong, without the line.
    """

    def __init__(self, line: int, key: str, place: int | None, fault: Refused) -> None:
        super().__init__(sentence("Line {line}: {what}"), line=line, what=fault)
        self.key = key
        self.place = place
        self.fault = fault


@lru_cache(512)
def parsed(source: str, name: str) -> Instrument:
    """Read an instrument. Raises Refused with the line, and what is wrong there."""
    if len(source) > MOST_SOURCE:
        raise Refused("This file is too long for an instrument.")
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = LINE_OF_FAULT.search(str(error))
        line = int(found[1]) if found else source.count("\n") + 1
        what = LINE_OF_FAULT.sub("", str(error)).strip()
        raise Misread(line, "", None, Refused("TOML is not written like this ({what}).", what=what)) from None
    except (RecursionError, ValueError):
        raise Misread(1, "", None, Refused("TOML is not written like this.")) from None
    return _Reading(source, data).instrument(name)


def faults_in(data: dict[str, Any], name: str) -> list[Misread]:
    """All that is wrong with an instrument: the first of each thing that is said in it."""
    reading = _Reading("", data, [])
    with suppress(Misread):
        reading.instrument(name)
    return reading.found or []


Named = TypeVar("Named", bound=StrEnum)
Part = TypeVar("Part")


class _Reading:
    """Reads the tables of one file; a fault is told with its line. found: where faults go that do not end it."""

    def __init__(self, source: str, data: dict[str, Any], found: list[Misread] | None = None) -> None:
        self.source = source
        self.data = data
        self.found = found
        self.starts = [source.count("\n", 0, found.start()) + 1 for found in QUESTION_HEAD.finditer(source)]

    def instrument(self, name: str) -> Instrument:
        part, data = self._part, self.data
        if not NAME.fullmatch(name):
            self._refuse("name", Refused("The name of an instrument is written in small letters, digits and _."))
        part(lambda: self._check_keys(data, KNOWN_HERE, None), None)
        kind = part(lambda: self._one_of(data, "kind", Kind, None), Kind.SURVEY)
        questions = part(self._tables, list[dict[str, Any]]())
        read = Instrument(
            name=name,
            version=part(lambda: self._number(data, "version", range(1, MOST_VERSION + 1), 1), 1),
            kind=kind,
            asks=tuple(part(lambda: self._several("asks", Role), [])),
            title=part(lambda: self._title(data), {}),
            about=part(lambda: self._texts(data, "about", None), {}),
            seen=part(lambda: self._texts(data, "seen", None, 300), {}),
            text=part(lambda: self._texts(data, "text", None if kind in SIGNED else {}, MOST_TEXT), {}),
            opens=tuple(part(lambda: self._several("opens", Opening), [])),
            days=part(lambda: self._number(data, "days", DAYS, 0), 0),
            months=part(self._months, (0,)),
            reminds=part(self._reminds, ()),
            tells=part(lambda: self._flag(data, "tells"), missing=False),
            optional=part(lambda: self._flag(data, "optional"), missing=False),
            questions=tuple(self._questions(questions)),
            advice=part(lambda: self._advice(questions), {}),
            calls=frozenset(str(table.get("name")) for table in questions if table.get("effect") == "call"),
        )
        part(lambda: self._check(read), None)
        return read

    def _part(self, read: Callable[[], Part], missing: Part) -> Part:
        """What is read; where faults are collected, what stands for what cannot be read."""
        try:
            return read()
        except Misread as fault:
            if self.found is None:
                raise
            self.found.append(fault)
            return missing

    def _check(self, read: Instrument) -> None:
        """Refuse what would ask nobody or nothing."""
        if Role.LEAD in read.asks and not {Opening.END, Opening.ENDED} & set(read.opens):
            self._refuse(
                "opens", Refused("Project leads are asked when the program ends: let it open with the end too.")
            )
        if read.kind is not Kind.CODE and not read.answerable and not self.data.get("questions"):
            self._refuse("questions", Refused("Ask at least one question."))

    def _check_keys(self, table: dict[str, Any], known: frozenset[str], place: int | None) -> None:
        for key in table:
            if key not in known:
                self._refuse(key, Refused("Nothing here is called {key}.", key=key[:60]), place)

    def _tables(self) -> list[dict[str, Any]]:
        tables = self.data.get("questions", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._refuse("questions", Refused("Each question begins with [[questions]]."))
        if len(tables) > MOST_QUESTIONS:
            self._refuse("questions", Refused("There are at most {most} questions.", most=MOST_QUESTIONS))
        return tables

    def _questions(self, tables: Sequence[dict[str, Any]]) -> Iterator[Question]:
        seen: set[str] = set()
        for place, table in enumerate(tables):
            question: Question | None = self._part(partial(self._question, table, place), None)
            name = str(table.get("name"))
            if name in seen:
                twice = Refused("Two questions are called {name}.", name=name[:60])
                self._part(partial(self._refuse, "name", twice, place), None)
            seen.add(name)
            if question is not None:
                yield question

    def _question(self, table: dict[str, Any], place: int) -> Question:
        part = self._part
        name = table.get("name", "")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self._refuse("name", Refused("A question needs a name, in small letters, digits and _."), place)
        if name in TAKEN:
            self._refuse("name", Refused("No question can be called {name}.", name=name), place)
        part(lambda: self._check_keys(table, KNOWN, place), None)
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            self._refuse("kind", Refused("The kind of a question is one of {kinds}.", kinds=", ".join(KINDS)), place)
        part(lambda: self._check_kind(table, kind, place), None)
        label = {key: table[key] for key in LANGUAGES if key in table}
        more: dict[str, Any] = {}
        made = KINDS[kind]
        if made in {Amount, Scale}:
            more |= part(lambda: self._bounds(table, place, made), more)
        if made is Scale:
            ends = {
                key: part(partial(self._texts, table, key, {}, 60, place=place), Texts()) for key in ("low", "high")
            }
            more |= ends
        if made is Pick:
            more["options"] = part(partial(self._options, table, place), dict[str, Texts]())
        return made(
            name=name,
            label=part(partial(self._texts, {"label": label}, "label", None, place=place), {}),
            hint=part(partial(self._texts, table, "hint", {}, place=place), {}),
            required=part(lambda: self._flag(table, "required", place), missing=False),
            **more,
        )

    def _check_kind(self, table: dict[str, Any], kind: str, place: int) -> None:
        if table.get("effect") not in {None, "call"} or ("effect" in table and kind != "yes_no"):
            fault = Refused("The only effect is “call”, of a question of the kind yes_no.")
            self._refuse("effect", fault, place)
        if self.data.get("kind") == Kind.AGREEMENT and kind not in {"line", "text", "heading"}:
            fault = Refused("An agreement is filled in together, so its questions are of the kinds line and text.")
            self._refuse("kind", fault, place)

    def _advice(self, tables: Sequence[dict[str, Any]]) -> dict[str, Texts]:
        return {
            str(table.get("name")): self._texts(table, "advice", {}, place=place)
            for place, table in enumerate(tables)
            if "advice" in table
        }

    def _bounds(self, table: dict[str, Any], place: int, made: type[Question]) -> dict[str, Any]:
        scale = made is Scale
        within = STEPS if scale else range(1_000_000)
        least = self._number(table, "least", within, 1 if scale else 0, place)
        most = self._number(table, "most", within, 5 if scale else 999_999, place)
        if not least < most or (scale and most - least >= MOST_STEPS):
            fault = Refused("The most is above the least, and a scale has at most {steps} steps.", steps=MOST_STEPS)
            self._refuse("most", fault, place)
        return {"least": least, "most": most}

    def _options(self, table: dict[str, Any], place: int) -> dict[str, Texts]:
        options = table.get("options")
        if not isinstance(options, dict) or not 2 <= len(options) <= MOST_OPTIONS:
            self._refuse("options", Refused("A choice has 2 to {most} options.", most=MOST_OPTIONS), place)
        if not all(NAME.fullmatch(name) for name in options):
            self._refuse("options", Refused("An option needs a name, in small letters, digits and _."), place)
        read = {name: self._texts(options, name, None, 200, place=place, within="options") for name in options}
        return {name: {key: " ".join(words.split("\n")) for key, words in said.items()} for name, said in read.items()}

    def _texts(
        self,
        table: dict[str, Any],
        key: str,
        missing: Texts | None,
        most: int = MOST_WORDS,
        *,
        place: int | None = None,
        within: str = "",
    ) -> Texts:
        """Words in all languages. missing: what no words mean; None: they are needed. within: the key above."""
        words = table.get(key)
        if not words and missing is not None:
            return missing
        where = within or key
        if not isinstance(words, dict) or set(words) != set(LANGUAGES):
            self._refuse(where, Refused("This needs words in English (en) and in French (fr)."), place)
        for said in words.values():
            if not isinstance(said, str) or not said.strip():
                self._refuse(where, Refused("This needs words in English (en) and in French (fr)."), place)
            if len(said) > most:
                long = Refused("This has at most {most} characters; yours has {length}.", most=most, length=len(said))
                self._refuse(where, long, place)
            if any(ord(letter) < ord(" ") and letter not in "\n\t" for letter in said):
                unwritten = Refused("This holds a character that no keyboard writes. Please type it again.")
                self._refuse(where, unwritten, place)
        return {language: words[language].strip() for language in LANGUAGES}

    def _title(self, data: dict[str, Any]) -> Texts:
        """The title, which is the subject of mails."""
        title = self._texts(data, "title", None, 120)
        if not all(map(is_visible, title.values())):
            self._refuse("title", Refused("A title is one line of visible characters."))
        return title

    def _number(self, table: dict[str, Any], key: str, within: range, missing: int, place: int | None = None) -> int:
        number = table.get(key, missing)
        if type(number) is not int or number not in within:
            fault = Refused("Write a whole number from {least} to {most}.", least=within[0], most=within[-1])
            self._refuse(key, fault, place)
        return number

    def _flag(self, table: dict[str, Any], key: str, place: int | None = None) -> bool:
        flag = table.get(key, False)
        if type(flag) is not bool:
            self._refuse(key, Refused("This is true or false."), place)
        return flag

    def _one_of(self, table: dict[str, Any], key: str, names: type[Named], missing: Named | None) -> Named:
        try:
            return names(str(table.get(key, missing)))
        except ValueError:
            return self._refuse(key, Refused("This is one of {names}.", names=", ".join(names)))

    def _several(self, key: str, names: type[Named]) -> list[Named]:
        listed = self.data.get(key)
        if not isinstance(listed, list) or not listed or len(set(map(str, listed))) != len(listed):
            self._refuse(key, Refused("This is one or more of {names}, each once.", names=", ".join(names)))
        return [self._one_of({key: one}, key, names, None) for one in listed]

    def _months(self) -> tuple[int, ...]:
        months = self.data.get("months", 0)
        listed = months if isinstance(months, list) and months else [months]
        if not all(type(one) is int and one in MONTHS for one in listed) or len(set(listed)) != len(listed):
            self._refuse("months", Refused("Months are whole numbers from 0 to {most}, each once.", most=MONTHS[-1]))
        return tuple(listed)

    def _reminds(self) -> tuple[int, ...]:
        days = self.data.get("reminds", [])
        known = (
            isinstance(days, list) and len(days) <= 5 and all(type(day) is int and day in range(1, 91) for day in days)
        )
        if not known or days != sorted(set(days)):
            fault = Refused("Reminders are at most five numbers of days from 1 to 90, the smallest first.")
            self._refuse("reminds", fault)
        return tuple(days)

    def _refuse(self, key: str, fault: Refused, place: int | None = None) -> NoReturn:
        raise Misread(self._line(key, place), key, place, fault)

    def _line(self, key: str, place: int | None) -> int:
        """The line of a key: below the heading of its question, or anywhere; else where its table begins."""
        first = self.starts[place] if place is not None and place < len(self.starts) else 1
        after = self.starts[place + 1] if place is not None and place + 1 < len(self.starts) else None
        lines = self.source.split("\n")[first - 1 : after - 1 if after else None]
        stated = re.compile(rf"\s*(?:{re.escape(key)}\s*=|\[+(?:questions\.)?{re.escape(key)}\]+)")
        return first + next((number for number, line in enumerate(lines) if stated.match(line)), 0)


KINDS: Mapping[str, type[Question]] = {
    "scale": Scale,
    "number": Amount,
    "choice": Pick,
    "yes_no": YesNo,
    "date": Day,
    "line": Line,
    "text": Text,
    "heading": Heading,
}
KNOWN = frozenset(
    {"name", "kind", "required", "least", "most", "low", "high", "hint", "options", "effect", "advice", *LANGUAGES}
)
KNOWN_HERE = frozenset(Instrument.__dataclass_fields__) - {"advice", "calls", "name"}
SIGNED = frozenset({Kind.AGREEMENT, Kind.CODE})
