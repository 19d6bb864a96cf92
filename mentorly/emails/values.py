"""How values go into a text: as words that end no line and turn no direction, and escaped where the text is HTML."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from mentorly.emails import blocks, spoken
from mentorly.emails.blocks import BREAK

TURNS_OF_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
NO_CHARACTERS = range(0xD800, 0xE000)
UNTYPED = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys((*TURNS_OF_DIRECTION, *NO_CHARACTERS)),
}


@cache
def environment_of(language: str, *, autoescape: bool) -> Environment:
    """Where texts of a language are compiled. autoescape: whether they are HTML."""
    shown = _marked_up if autoescape else clean
    environment = Environment(autoescape=autoescape, undefined=StrictUndefined, finalize=shown)  # noqa: S701 - off for text

    def listed(names: Iterable[object]) -> str:
        return spoken.listed(names, language)

    def zoned(say: Callable[[Any, str, str], str]) -> Callable[[Context, Any], str]:
        return pass_context(lambda context, moment: say(moment, language, context["reader"].timezone))

    environment.filters |= {"listed": listed, "lines": _lines, "mailbox": in_a_link, "bar": _bar}
    environment.filters |= {"day": zoned(spoken.day), "dated": zoned(spoken.dated), "moment": zoned(spoken.at_time)}
    environment.filters |= {"hour": zoned(spoken.hour), "lasting": spoken.length}
    return environment


@pass_context
def _lines(context: Context, words: str) -> Markup:
    """What somebody wrote, in their own lines."""
    lines = [clean(line) for line in words.strip().splitlines()]
    if context.eval_ctx.autoescape:
        return Markup("<br />").join(lines)
    return Markup(BREAK.join(lines))  # noqa: S704 - a text part is no HTML


@pass_context
def _bar(context: Context, share: int) -> Markup:
    """How far something is, of a hundred, drawn as a bar."""
    draw = blocks.bar_as_html if context.eval_ctx.autoescape else blocks.bar_as_text
    return Markup(draw(share))  # noqa: S704 - it is made of a number


def in_a_link(address: str) -> str:
    """A mail address as it stands in a link (RFC 6068, 2)."""
    return quote(clean(address), safe="@!$*+'")


def clean(value: object) -> str:
    """A value as text that cannot end a line, a paragraph or a header, nor turn the direction of what follows."""
    if isinstance(value, Markup):
        return value
    if value is None:
        raise UndefinedError("a text shows a value that is None")
    words = str(value)
    return words if words.isprintable() else words.translate(UNTYPED)


def _marked_up(value: object) -> str:
    """A value for the HTML, in ASCII like the frame around it."""
    words = clean(value)
    return words if words.isascii() else Markup(escaped(words))  # noqa: S704 - it was escaped


def escaped(words: str) -> str:
    """Words that mean themselves in HTML."""
    return in_ascii(escape(words))


def in_ascii(html: str) -> str:
    """HTML in which a number stands for each letter beyond ASCII: the frame need not be read again for each mail."""
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")
