"""What stands in the tables of an instrument's text, value by value."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from mentorly.mentoring.base import Refused, sentence
from mentorly.mentoring.questions import Texts
from mentorly.mentoring.typography import set_well

LANGUAGES = ("en", "fr")
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
QUESTION_HEAD = re.compile(r"^\s*\[\[\s*questions\s*\]\]", re.MULTILINE)
MOST_WORDS = 4000

Named = TypeVar("Named", bound=StrEnum)
Part = TypeVar("Part")


class Misread(Refused):
    """Something is wrong with an instrument. key: what is; place: of which question, from 0; None: of no question.

    fault: what is wrong, without the line.
    """

    def __init__(self, line: int, key: str, place: int | None, fault: Refused) -> None:
        super().__init__(sentence("Line {line}: {what}"), line=line, what=fault)
        self.key = key
        self.place = place
        self.fault = fault


class Reading:
    """Reads the tables of one text; a fault is told with its line. found: where faults go that do not end it."""

    def __init__(self, source: str, data: dict[str, Any], found: list[Misread] | None = None) -> None:
        self.source = source
        self.data = data
        self.found = found
        self.starts = [source.count("\n", 0, found.start()) + 1 for found in QUESTION_HEAD.finditer(source)]

    def part(self, read: Callable[[], Part], missing: Part) -> Part:
        """What is read; where faults are collected, what stands for what cannot be read."""
        try:
            return read()
        except Misread as fault:
            if self.found is None:
                raise
            self.found.append(fault)
            return missing

    def check_keys(self, table: dict[str, Any], known: frozenset[str], place: int | None) -> None:
        """Refuse a key that nothing is called."""
        for key in table:
            if key not in known:
                self.refuse(key, Refused("Nothing here is called {key}.", key=key[:60]), place)

    def texts(
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
            self.refuse(where, Refused("This needs words in English (en) and in French (fr)."), place)
        for said in words.values():
            if not isinstance(said, str) or not said.strip():
                self.refuse(where, Refused("This needs words in English (en) and in French (fr)."), place)
            if len(said) > most:
                long = Refused("This has at most {most} characters; yours has {length}.", most=most, length=len(said))
                self.refuse(where, long, place)
            if any(ord(letter) < ord(" ") and letter not in "\n\t" for letter in said):
                unwritten = Refused("This holds a character that no keyboard writes. Please type it again.")
                self.refuse(where, unwritten, place)
        return {language: set_well(words[language].strip(), language) for language in LANGUAGES}

    def number(self, table: dict[str, Any], key: str, within: range, missing: int, place: int | None = None) -> int:
        """A whole number. missing: what none means."""
        number = table.get(key, missing)
        if type(number) is not int or number not in within:
            fault = Refused("Write a whole number from {least} to {most}.", least=within[0], most=within[-1])
            self.refuse(key, fault, place)
        return number

    def flag(self, table: dict[str, Any], key: str, place: int | None = None) -> bool:
        """Whether something is said to be true; it is not where nothing is said."""
        flag = table.get(key, False)
        if type(flag) is not bool:
            self.refuse(key, Refused("This is true or false."), place)
        return flag

    def one_of(self, table: dict[str, Any], key: str, names: type[Named], missing: Named | None) -> Named:
        """One of some names. missing: what none means; None: one is needed."""
        try:
            return names(str(table.get(key, missing)))
        except ValueError:
            return self.refuse(key, Refused("This is one of {names}.", names=", ".join(names)))

    def several(self, key: str, names: type[Named]) -> list[Named]:
        """One or more of some names, each once."""
        listed = self.data.get(key)
        if not isinstance(listed, list) or not listed or len(set(map(str, listed))) != len(listed):
            self.refuse(key, Refused("This is one or more of {names}, each once.", names=", ".join(names)))
        return [self.one_of({key: one}, key, names, None) for one in listed]

    def refuse(self, key: str, fault: Refused, place: int | None = None) -> NoReturn:
        """Raise Misread. place: of which question, from 0; None: of no question."""
        raise Misread(self._line(key, place), key, place, fault)

    def _line(self, key: str, place: int | None) -> int:
        """The line of a key: below the heading of its question, or anywhere; else where its table begins."""
        first = self.starts[place] if place is not None and place < len(self.starts) else 1
        after = self.starts[place + 1] if place is not None and place + 1 < len(self.starts) else None
        lines = self.source.split("\n")[first - 1 : after - 1 if after else None]
        stated = re.compile(rf"\s*(?:{re.escape(key)}\s*=|\[+(?:questions\.)?{re.escape(key)}\]+)")
        return first + next((number for number, line in enumerate(lines) if stated.match(line)), 0)
