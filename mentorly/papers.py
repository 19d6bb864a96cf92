"""Pure documents: what people signed becomes a PDF (Typst).

What a paper says goes in as data, never as Typst, and Typst finds no file: its root is an empty folder (rules B6).
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, NamedTuple

from typst import Compiler, Fonts

FOLDER = Path(__file__).with_suffix("")
LONGEST = 200_000
WORDS = {
    "en": {"page": "Page", "of": "of", "signed": "Signatures"},
    "fr": {"page": "Page", "of": "de", "signed": "Signatures"},
}
TURNS_OF_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
UNTYPED = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " "),
    **dict.fromkeys((*TURNS_OF_DIRECTION, 0xFEFF, *range(0xFFF9, 0xFFFE)), ""),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
LINE_END = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")
# What the fonts of the wheel can show: Latin (Nguyễn too), Greek, Cyrillic, Hebrew, and the signs between words.
IN_THE_WHEEL = re.compile(r"[\0-\u052f\u0590-\u05ff\u1e00-\u1fff\u2000-\u2060\u20a0-\u20bf\u2100-\u218f\ufffd]*")
ONE_AT_A_TIME = Lock()


class Signature(NamedTuple):
    """How somebody signed. typed: the name as they typed it. printed: as we know them. moment: when, as it is read."""

    typed: str
    printed: str
    moment: str


def signed_paper(
    language: str,
    title: str,
    program: str,
    sections: Sequence[tuple[str, str]],
    signatures: Sequence[tuple[str, str, str]],
    version: str,
    moment: datetime,
) -> bytes:
    """What was signed, on Letter paper, as a tagged PDF; the same bytes for the same values.

    sections: a heading ('' for none) and its text, whose paragraphs are divided by blank lines. signatures: see
    Signature. version: what stands at the foot of each page. moment: when it was signed last, aware; the date that the
    file bears. Raises ValueError with a sentence for what is too long for a paper.
    """
    values = {
        "title": _line(title),
        "program": _line(program),
        "version": _line(version),
        "sections": [{"heading": _line(heading), "paragraphs": _paragraphs(text)} for heading, text in sections],
        "signatures": [Signature(*map(_line, one))._asdict() for one in signatures],
    }
    return _paper("signed", language, values, moment)


def _paper(name: str, language: str, values: Mapping[str, Any], moment: datetime) -> bytes:
    """Compile one of the papers."""
    said = json.dumps({**values, **WORDS[language], "language": language}, ensure_ascii=False)
    if len(said) > LONGEST:
        raise ValueError("This is too long for a paper.")
    compiler = _compiler(with_system_fonts=not IN_THE_WHEEL.fullmatch(said))
    with ONE_AT_A_TIME:  # a compiler keeps what it learned from the paper before, and serves one at a time
        made = compiler.compile(
            _source(name), format="pdf", sys_inputs={"paper": said}, timestamp=int(moment.timestamp())
        )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


@cache
def _compiler(*, with_system_fonts: bool) -> Compiler:
    """A compiler with the fonts of the wheel, and for other scripts with whatever this machine has besides."""
    fonts = Fonts(include_system_fonts=with_system_fonts)
    with TemporaryDirectory() as nowhere:  # it is gone when the first paper is made
        return Compiler(b"", root=nowhere, font_paths=fonts, package_path=nowhere, package_cache_path=nowhere)


@cache
def _source(name: str) -> bytes:
    return (FOLDER / f"{name}.typ").read_bytes()


def _line(text: str) -> str:
    """A text on one line, without what cannot be seen."""
    return " ".join(text.translate(UNTYPED).split())


def _paragraphs(text: str) -> list[list[str]]:
    """The lines of each paragraph of a text."""
    paragraphs: list[list[str]] = [[]]
    for line in map(_line, LINE_END.split(text)):
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [lines for lines in paragraphs if lines]
