"""What the writer of a reply answered: the first line, if it is an answer and nothing else (rules A8)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

MOST_WORDS = 6
MOST_PLAIN_WORDS = 12
LONGEST_LINE = 200
MOST_NUMBERS = 20


class Meaning(StrEnum):
    """What an answer word means, in whatever language."""

    YES = "yes"
    NO = "no"
    DONE = "done"
    STOP = "stop"
    HELP = "help"
    WHO_SEES = "who sees"
    UNDO = "undo"


# As they are spelled without accents and in lower case; both languages are understood whatever the reader's own.
WORDS: Mapping[Meaning, str] = {
    Meaning.YES: "yes|yep|yeah|yup|ok|okay|oki|sure|of course|certainly|absolutely|agreed|accept|accepted|i accept|"
    "i agree|oui|ouais|d'accord|daccord|bien sur|bien entendu|certainement|absolument|volontiers|entendu|avec plaisir|"
    "with pleasure|gladly|accepte|acceptee|j'accepte|je suis d'accord",
    Meaning.NO: "no|nope|no thanks|no thank you|decline|declined|i decline|non|non merci|refuse|je refuse|je decline",
    Meaning.DONE: "done|finished|completed|complete|all done|it's done|it is done|fait|faite|faits|faites|c'est fait|"
    "termine|terminee|c'est termine|fini|finie|c'est fini|complete|completee|accompli",
    Meaning.STOP: "stop|unsubscribe|arret|arrete|arretez|arreter|desabonner|desabonnez-moi|desinscrire|me desabonner",
    Meaning.HELP: "help|help me|aide|aidez-moi|aide-moi|a l'aide|au secours",
    Meaning.WHO_SEES: "who sees|who sees this|who can see|qui voit|qui voit ca|qui voit quoi|qui peut voir",
    Meaning.UNDO: "undo|annuler|annule|annulez|annulation",
}
OF_A_LINE = frozenset({Meaning.YES, Meaning.NO, Meaning.DONE})
# How a mail tells the words that answer it.
SAID: Mapping[Meaning, Mapping[str, str]] = {
    Meaning.YES: {"en": "yes", "fr": "oui"},
    Meaning.NO: {"en": "no", "fr": "non"},
    Meaning.DONE: {"en": "done", "fr": "fait"},
}
BY_WORD: Mapping[str, Meaning] = {word: meaning for meaning, words in WORDS.items() for word in words.split("|")}
LONGEST_WORD = max(len(word.split()) for word in BY_WORD)

# What makes an answer depend on something, in English and in French.
CONDITIONS = frozenset({"but", "not", "except", "if", "unless", "mais", "pas", "sauf", "si", "cannot"})
CONDITION = re.compile(r"\wn't\b|\bs'ils?\b")
POLITE = re.compile(r"\bs'il (?:vous|te) plait\b")
OPPOSITES: Mapping[Meaning, Meaning] = {Meaning.YES: Meaning.NO, Meaning.NO: Meaning.YES}
MEANS_THE_CONTRARY = frozenset({"no problem", "no worries", "no doubt", "no pb", "no question", "non seulement"})

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc`\u00b4", "'"))
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
PIECE = re.compile(r"[^\W_]+")
NUMBER_BEFORE = r"(?:(?:no|nos|n|number|line|ligne|numero)[.°]?\s*)?"
NUMBERS = re.compile(rf"^[\s,:#.-]*{NUMBER_BEFORE}(\d{{1,3}}(?:\s*(?:,|;|&|\+|and|et|\s)\s*#?\d{{1,3}}\b)*)")
NUMBER_OF_SOMETHING = re.compile(r"^\W*no\.\s*\d")
DECORATION = " \t,;:.!…-–—*_»«”“"
UNIT = re.compile(
    r"^\s*(?:min|mins|minutes?|h|hrs?|hours?|heures?|days?|jours?|weeks?|semaines?|%|[:h]\d|/|,\s*\d{3,})"
)


@dataclass(frozen=True)
class Understood:
    """An answer. rest: what followed the answer word on its line, as typed; more: the lines after it.

    numbers: the lines of a digest that it answers (`done 2`); empty if it names none.
    """

    meaning: Meaning
    numbers: tuple[int, ...] = ()
    rest: str = field(default="", repr=False)
    more: str = field(default="", repr=False)


@dataclass(frozen=True)
class Remark:
    """Words that are no answer: they are kept as they are, and the writer is asked again with the buttons."""

    words: str = field(repr=False)


def understood(words: str) -> Understood | Remark:
    """What a person's own words answer: an answer word, then at most six words that change nothing about it."""
    lines = [line.strip() for line in words.strip().split("\n")]
    answer = _line(lines[0])
    if answer is None:
        return Remark(words.strip())
    return Understood(answer.meaning, answer.numbers, answer.rest, "\n".join(lines[1:]).strip())


def without_numbers(answer: Understood) -> str:
    """What followed the answer word and the numbers of lines, as typed."""
    return NUMBERS.sub("", answer.rest, count=1).strip(DECORATION) if answer.numbers else answer.rest


def numbered(words: str) -> list[Understood]:
    """The answers to the lines of a digest: every line from the first that is one and names its number.

    The last one has all that follows them.
    """
    lines = [line.strip() for line in words.strip().split("\n")]
    answers: list[Understood] = []
    for place, line in enumerate(lines):
        answer = _line(line)
        if answer and answer.numbers and answer.meaning in OF_A_LINE:
            answers.append(replace(answer, more="\n".join(lines[place + 1 :]).strip()))
        elif line:
            break
    return [*(replace(answer, more="") for answer in answers[:-1]), *answers[-1:]]


def _line(line: str) -> Understood | None:
    plain, places = _plain(line) if len(line) <= LONGEST_LINE else ("", [])
    found = list(WORD.finditer(plain))
    for count in range(min(LONGEST_WORD, len(found)), 0, -1):
        meaning = BY_WORD.get(" ".join(match.group() for match in found[:count]))
        if meaning is not None:
            end = found[count - 1].end()
            rest = line[places[end] :] if end < len(places) else ""
            return _with_rest(meaning, plain, end, rest)
    return None


def _with_rest(meaning: Meaning, plain: str, end: int, rest: str) -> Understood | None:
    after = POLITE.sub(" ", plain[end:])
    others = WORD.findall(after)
    asks = re.search(r"[?¿؟]", plain) and meaning is not Meaning.WHO_SEES
    if asks or len(others) > MOST_WORDS or _depends(after) or _contradicts(meaning, plain, others):
        return None
    return Understood(meaning, _numbers(plain[end:]), rest.strip(DECORATION))


def says(line: str, words: str) -> bool:
    """Whether a line is these words and no others, however they are spelled and marked."""
    return len(line) <= LONGEST_LINE and WORD.findall(_plain(line)[0]) == WORD.findall(_plain(words)[0])


def _depends(after: str) -> bool:
    return bool(CONDITIONS & set(PIECE.findall(after)) or CONDITION.search(after))


def is_plain(line: str) -> bool:
    """Whether a line states something: it asks nothing, depends on nothing, and is short."""
    plain, _ = _plain(line) if len(line) <= LONGEST_LINE else ("?", [])
    asks = re.search(r"[?¿؟]", plain)
    return not asks and not _depends(POLITE.sub(" ", plain)) and len(WORD.findall(plain)) <= MOST_PLAIN_WORDS


def _contradicts(meaning: Meaning, plain: str, others: list[str]) -> bool:
    """Whether the line says yes and no, or only begins like an answer (no problem; no. 3)."""
    opposite = OPPOSITES.get(meaning)
    both = opposite is not None and any(BY_WORD.get(other) is opposite for other in others)
    return both or " ".join(WORD.findall(plain)[:2]) in MEANS_THE_CONTRARY or bool(NUMBER_OF_SOMETHING.match(plain))


def _numbers(after: str) -> tuple[int, ...]:
    found = NUMBERS.match(after)
    if not found or UNIT.match(after[found.end() :]):
        return ()
    return tuple(dict.fromkeys(map(int, re.findall(r"\d+", found.group(1))[:MOST_NUMBERS])))


def _plain(line: str) -> tuple[str, list[int]]:
    """A line in lower case without accents, and for each letter its place in the line as it was typed."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(line.translate(APOSTROPHES)):
        for piece in unicodedata.normalize("NFKD", letter).lower():
            if not unicodedata.combining(piece):
                letters.append(piece)
                places.append(place)
    return "".join(letters), places
