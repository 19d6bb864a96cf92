"""How long something took, as people write it: 45 minutes, 1h30, an hour and a half, une heure et demie."""

import re
import unicodedata
from collections.abc import Iterator

NUMBERS = {
    **dict.fromkeys(("a", "an", "one", "un", "une"), 1),
    **dict.fromkeys(("two", "deux"), 2),
    **dict.fromkeys(("three", "trois"), 3),
    **dict.fromkeys(("four", "quatre"), 4),
    **dict.fromkeys(("twenty", "vingt"), 20),
    **dict.fromkeys(("thirty", "trente"), 30),
    **dict.fromkeys(("forty", "quarante"), 40),
    **dict.fromkeys(("fifty", "cinquante"), 50),
}
HOUR = 60
HALF, QUARTER = HOUR // 2, HOUR // 4
_NUMBER = rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_HOURS = r"(?:hours?|hrs?|heures?|h)"
_MINUTES = r"(?:minutes?|mins?|mn)"
_PART = r"(?P<half>half|demie?)|(?P<quarters>three[ -]quarters|trois[ -]quarts)|(?P<quarter>a quarter|quarter|quart)"
_FILLER = r"(?:(?:for|about|around|almost|pendant|durant|environ|presque|duree|length|:)\s+)?"
WRITTEN = (
    re.compile(
        rf"(?<!\d){_FILLER}\b(?P<hours>{_NUMBER})\s*{_HOURS}(?![a-z])\s*"
        rf"(?:(?:and|et)\s+(?:(?:a|an|un|une)\s+)?(?:{_PART})|(?:(?:and|et)\s+)?(?P<minutes>\d{{1,2}})\s*{_MINUTES}?)?(?!\w)"
    ),
    re.compile(rf"\b{_FILLER}(?:an? |one |une? )(?P<hours>hour|heure)\s+(?:and|et)\s+(?:an? |une? )?(?:{_PART})\b"),
    re.compile(rf"\b{_FILLER}(?P<hours>{_NUMBER})\s+(?:and\s+a|et)\s+(?:{_PART})\s+(?:hour|heure)s?\b"),
    re.compile(
        rf"\b{_FILLER}(?:an? |une? )?(?:{_PART})(?:[ -]|\s+(?:of\s+)?|\s+d')(?:an? |one |une? )?'?(?:hour|heure)s?\b"
    ),
    re.compile(rf"\b{_FILLER}(?:an? |une? )?(?:{_PART})[ -](?:an? )?(?:hour|heure)s?\b"),
    re.compile(rf"(?<![\d:]){_FILLER}\b(?P<minutes>{_NUMBER})\s*{_MINUTES}\b"),
    re.compile(r"(?<![\d:])\b(?P<hours>\d)[:](?P<minutes>[0-5]\d)\b(?!\s*[ap]\.?m)"),
)
BARE = re.compile(r"\W*(\d{1,3})\W*")
AGREEING = re.compile(r"^(?:yes|yeah|yep|oui|ok|done|fait)\b[\s,:;.!-]*", re.IGNORECASE)
AROUND = " \t,;:.!-–—"


def read_length(words: str) -> tuple[int | None, str]:
    """The minutes that words tell first, None if they tell none; and the words without them, as written."""
    plain = _plain(words)
    found = min(_found(plain), key=lambda one: (one[1], -one[2]), default=None)
    if found is None:
        bare = BARE.fullmatch(plain)
        return (int(bare[1]), "") if bare else (None, _tidy(words))
    minutes, start, end = found
    return minutes, _tidy(f"{words[:start].rstrip(AROUND)}, {words[end:].lstrip(AROUND)}")


def _found(plain: str) -> Iterator[tuple[int, int, int]]:
    for pattern in WRITTEN:
        for match in pattern.finditer(plain):
            minutes = _minutes(match.groupdict())
            if minutes:
                yield minutes, match.start(), match.end()


def _minutes(told: dict[str, str | None]) -> int:
    hours, minutes = _number(told.get("hours")), _number(told.get("minutes"))
    part = HALF if told.get("half") else 3 * QUARTER if told.get("quarters") else QUARTER if told.get("quarter") else 0
    return round(hours * HOUR + minutes) + part


def _number(word: str | None) -> float:
    if not word:
        return 0
    if word in {"hour", "heure"}:
        return 1
    return NUMBERS[word] if word in NUMBERS else float(word.replace(",", "."))


def _tidy(words: str) -> str:
    lines = [line.strip(AROUND) for line in AGREEING.sub("", words.strip(AROUND)).splitlines()]
    return "\n".join(lines).strip(AROUND + "\n")


def _plain(words: str) -> str:
    """Words in lower case without accents, letter by letter, so that each keeps its place."""
    return "".join(_letter(letter) for letter in words.replace("\u2019", "'"))


def _letter(letter: str) -> str:
    first = unicodedata.normalize("NFKD", letter)[:1].lower()
    return first if len(first) == 1 else letter
