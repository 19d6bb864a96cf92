"""Received calendars as components and content lines (RFC 5545 3.1): one bad line costs that line alone.

The library reads line by line, and never the whole: its own whole reading refuses many real calendars for one line,
remembers the zones of one sender for the next, and spends hours on a rule that somebody made up to that end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from icalendar.parser import Contentline, Contentlines, unescape_backslash

LARGEST = 1_000_000
MOST_LINES = 50_000
DEEPEST = 10
LINE_ENDS = re.compile("\r\n?")
LOOSE = re.compile(r"\s*([A-Za-z0-9-]+)\s*((?:;[^:]*)?):(.*)", re.DOTALL)
LOOSE_PARAMETER = re.compile(r";\s*([A-Za-z0-9-]+)\s*=\s*(\"[^\"]*\"|[^;]*)")


class Unreadable(ValueError):
    """A calendar that cannot be taken; the text is a sentence that says why."""


class NoEvent(Unreadable):
    """A calendar without any event: there is nothing in it to be taken."""


@dataclass(frozen=True, repr=False)
class Line:
    """A content line: its name and parameters' names in capitals, its value as it was written."""

    name: str
    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as words (RFC 5545 3.3.11)."""
        return str(unescape_backslash(self.value)).strip()


@dataclass(repr=False)
class Component:
    """A component: its own lines, and the components in it."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """Every line of a name."""
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line | None:
        """The first line of a name."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """The words of the first line of a name; '' if there is none."""
        line = self.first(name)
        return line.text if line else ""

    def within(self, *names: str) -> list["Component"]:
        """The components of some names in it."""
        return [part for part in self.parts if part.name in names]


def calendar_of(data: bytes) -> Component:
    """The calendar in some bytes. Raises Unreadable, and nothing else."""
    if len(data) > LARGEST:
        raise Unreadable("The calendar is larger than a megabyte.")
    words = LINE_ENDS.sub("\n", _decoded(data)).replace("\0", "")
    if words.count("\n") > MOST_LINES:
        raise Unreadable("The calendar has too many lines.")
    found = [one for one in _built(words) if one.name == "VCALENDAR"]
    if not found:
        raise Unreadable("There is no calendar in it.")
    if len(found) > 1:
        raise Unreadable("There are several calendars in it.")
    return found[0]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _built(words: str) -> list[Component]:
    top = Component("")
    open_ones = [top]
    for line in _lines(words):
        if line.name == "BEGIN":
            if len(open_ones) > DEEPEST:
                raise Unreadable("The calendar is nested too deeply.")
            component = Component(line.value.strip().upper())
            open_ones[-1].parts.append(component)
            open_ones.append(component)
        elif line.name == "END":
            _close(open_ones, line.value.strip().upper())
        else:
            open_ones[-1].lines.append(line)
    return top.parts


def _close(open_ones: list[Component], name: str) -> None:
    """Close a component, and what was left open in it; an end that nothing began ends nothing."""
    if name in [component.name for component in open_ones[1:]]:
        while open_ones.pop().name != name:
            pass


def _lines(words: str) -> Iterator[Line]:
    for whole in Contentlines.from_ical(words):  # type: ignore[no-untyped-call]
        line = _line(whole) if whole.strip() else None
        if line is not None:
            yield line


def _line(whole: Contentline) -> Line | None:
    try:
        name, parameters, value = whole.raw_parts()
    except Exception:  # noqa: BLE001 - what the library raises for a line that it refuses is its own affair
        return _loose(whole)
    return Line(name.upper(), {key.upper(): _joined(said) for key, said in parameters.items()}, value)


def _joined(said: object) -> str:
    return ",".join(map(str, said)) if isinstance(said, list | tuple) else str(said)


def _loose(whole: str) -> Line | None:
    found = LOOSE.fullmatch(whole)
    if not found:
        return None
    name, parameters, value = found.groups()
    pairs = LOOSE_PARAMETER.findall(parameters)
    return Line(name.upper(), {key.upper(): said.strip('" ') for key, said in pairs}, value)
