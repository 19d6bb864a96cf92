"""The text part of a mail: lines wrapped for reading, after the values went in."""

from collections.abc import Iterator
from functools import lru_cache

from mentorly.emails.blocks import BREAK, LINE

WIDTH = 74
RULE = "-" * 24
RULED = f"{LINE}r{RULE}"
NO_BREAK_SPACE = "\u00a0"


def laid_out(written: str) -> str:
    """Lay out the lines of a letter (see blocks.py), wrapped at 74 columns, addresses whole, paragraphs apart."""
    pieces: list[str] = []
    before, number = "", 0
    for line in written.split(LINE)[1:]:
        kind, words = line[0], line[1:]
        if not words or words.isspace():
            continue
        number = number + 1 if kind == "o" else 0
        if before:
            pieces.append("\n" if before == kind and kind in "uo" else "\n\n")
        pieces.append(_shape(kind, words, number))
        before = kind
    return "".join((*pieces, "\n")).replace(NO_BREAK_SPACE, " ")


def _shape(kind: str, words: str, number: int) -> str:
    if kind in "pr":
        return filled(words)
    if kind == "h":
        heading = filled(words)
        return f"{heading}\n{'-' * min(WIDTH, max(3, len(heading)))}"
    if kind == "b":
        return filled(words, "> ", "> ")
    if kind == "u":
        return filled(words, "- ", "  ")
    if kind == "o":
        return filled(words, f"{number}. ", " " * len(f"{number}. "))
    return filled(words)


@lru_cache(2048)
def filled(words: str, first: str = "", rest: str = "") -> str:
    """Wrap words at 74 columns; first and rest begin the first and the other lines. A word is never broken."""
    lines = [line for part in words.split(BREAK) for line in _wrapped(part, WIDTH - len(rest))]
    return "\n".join(((rest if place else first) + line).rstrip() for place, line in enumerate(lines))


def _wrapped(words: str, width: int) -> Iterator[str]:
    line = ""
    for word in words.split(" "):
        if not word:
            continue
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
