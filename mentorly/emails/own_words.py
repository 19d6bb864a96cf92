"""Own words: what the writer of a reply wrote, without the mail that they answer and without a signature.

In this order: the line of our own mails above which people reply; what each mail program marks in its HTML; the
patterns of attributions in thirteen languages. When in doubt too much is kept: no word of a person's may be lost.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from mentorly.emails.html_reading import CERTAIN, read_html
from mentorly.emails.quotations import (
    COLONS,
    DELIMITER,
    SIGNATURE_MARK,
    attribution_at,
    bare,
    headers_at,
    is_quoted,
    is_sent_from,
    opening_at,
)

MARKER: Mapping[str, str] = {
    "en": "-- Reply above this line --",
    "fr": "-- Répondez au-dessus de cette ligne --",
}
LONGEST_TEXT = 200_000
LONGEST_MARKER_LINE = 80
LONGEST_SIGNATURE = 8
LONGEST_SIGNATURE_LINE = 80
MOST_LINES_BEFORE_MARKER = 16
MOST_COLONS = 60
MOST_OPENINGS = 50
MOST_TRIMMINGS = 12


def own_words(text: str, html: str = "") -> str:
    """The writer's own words from the text part and the HTML part of a reply; '' if there are none."""
    plain = _lines(text)
    beside = _beside_marker(plain)
    if beside is not None and (words := _trimmed(beside)):
        return words
    marked = _lines(read_html(html)) if html.strip() else []
    elsewhere = _beside_marker(marked)
    if beside is not None or elsewhere is not None:
        return _trimmed(elsewhere or [])
    if any(line.startswith(CERTAIN) for line in marked):
        words = _trimmed(_without_certain(marked))
        if words:
            return words
    lines = plain if any(line.strip() for line in plain) else [line.replace(CERTAIN, "> ") for line in marked]
    return _trimmed(_without_quotation(lines))


def _lines(text: str) -> list[str]:
    return text[:LONGEST_TEXT].replace("\r\n", "\n").replace("\xa0", " ").split("\n")


def _letters(line: str) -> str:
    spelled = unicodedata.normalize("NFKD", line[: LONGEST_MARKER_LINE + 1]).casefold()
    return "".join(letter for letter in spelled if "a" <= letter <= "z")


MARKER_LETTERS = frozenset(_letters(marker) for marker in MARKER.values())


def is_marker(line: str) -> bool:
    """Whether a line is the one above which people reply, however a mail program quoted or decorated it."""
    return len(line) <= LONGEST_MARKER_LINE and _letters(line) in MARKER_LETTERS


def _beside_marker(lines: Sequence[str]) -> list[str] | None:
    """What stands above the marker, and unquoted below one that is quoted; None if there is no marker."""
    place = next((number for number, line in enumerate(lines) if is_marker(line)), None)
    if place is None:
        return None
    above = _without_opening(lines[:place])
    if not is_quoted(lines[place]):
        return above
    return [*above, "", *(line for line in lines[place:] if not is_quoted(line))]


def _without_opening(lines: Sequence[str]) -> list[str]:
    """Lines without what a mail program wrote at their end, before the quotation."""
    last = max(-1, len(lines) - MOST_LINES_BEFORE_MARKER - 1)
    places = range(len(lines) - 1, last, -1)
    headers = next((place for place in places if headers_at(lines, place)), None)
    if headers is not None:
        return list(lines[:headers])
    openings = [place for place in places if _attributes_the_rest(lines, place)]
    return list(lines[: min(openings)] if openings else lines)


def _attributes_the_rest(lines: Sequence[str], start: int) -> bool:
    """Whether an attribution begins here and nothing unquoted follows it; the earliest such is the whole of it."""
    count = attribution_at(lines, start)
    return bool(count) and not any(line.strip() and not is_quoted(line) for line in lines[start + count :])


def _without_tail(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip() or is_quoted(kept[-1])):
        kept.pop()
    return kept


def _without_certain(lines: Sequence[str]) -> list[str]:
    first = next(place for place, line in enumerate(lines) if line.startswith(CERTAIN))
    after = [line for line in lines[first:] if not line.startswith(CERTAIN)]
    return [*_without_opening(lines[:first]), "", *after]


def _without_quotation(lines: list[str]) -> list[str]:
    """Text without its quotation, by patterns; a quotation between the writer's words stays with them."""
    place = colons = openings = 0
    while place < len(lines) and openings < MOST_OPENINGS:
        colons += lines[place].rstrip().endswith(COLONS)
        count = opening_at(lines, place, thoroughly=colons < MOST_COLONS)
        if not count:
            place += 1
            continue
        openings += 1
        before, after = lines[:place], lines[place + count :]
        quoted = is_quoted(next((line for line in after if line.strip()), ""))
        if _says_something(before) and not (quoted and _says_something(_without_head(after))):
            return before
        if not _says_something(before) and quoted and not _says_something(_without_quoted(after)):
            return before
        after = after if _says_something(before) else _without_head(after)
        lines = [*before, "", *after]
        place = len(before) + 1
    rest = _without_tail(lines)
    return rest if _says_something(rest) else lines


def _without_head(lines: Sequence[str]) -> list[str]:
    """Lines without the quoted ones at their beginning."""
    kept = list(lines)
    while kept and (not kept[0].strip() or is_quoted(kept[0])):
        kept.pop(0)
    return kept


def _without_quoted(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not is_quoted(line)]


def _says_something(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    is_signature = SIGNATURE_MARK.match(first) and len(lines) <= LONGEST_SIGNATURE
    return not is_signature and bool(_trimmed([line for line in lines if not line.startswith(CERTAIN)]))


def _trimmed(lines: Sequence[str]) -> str:
    """Words without the signature and what a telephone adds of itself, without empty lines at both ends."""
    kept = [line.replace(CERTAIN, "").rstrip() for line in lines]
    for _ in range(MOST_TRIMMINGS):
        while kept and (not bare(kept[-1]) or DELIMITER.match(kept[-1]) or is_sent_from(kept[-1])):
            kept.pop()
        kept = _without_signature(kept)
    while kept and not kept[0]:
        kept.pop(0)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(kept))


def _without_signature(lines: list[str]) -> list[str]:
    """Lines without a signature after its mark (RFC 3676 4.3), if it is as short as signatures are."""
    for place in range(len(lines) - 1, max(0, len(lines) - LONGEST_SIGNATURE - 2), -1):
        if SIGNATURE_MARK.match(lines[place]) and bare("".join(lines[:place])):
            short = all(len(line) <= LONGEST_SIGNATURE_LINE for line in lines[place:])
            return lines[:place] if short else lines
    return lines
