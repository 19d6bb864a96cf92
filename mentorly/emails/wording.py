"""Wording: one Markdown text becomes the subject, the text part and the HTML part of a mail, in the one MJML frame.

A text is compiled once, when it is loaded; values go in afterwards, escaped. So nothing that a person typed is ever
read as Markdown, HTML, Jinja2 or a header.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from string import Template as Form
from typing import Any, Protocol

import mrml
from jinja2 import Template, UndefinedError

from mentorly.emails import blocks
from mentorly.emails.blocks import Block
from mentorly.emails.manuscript import Manuscript, typeset
from mentorly.emails.own_words import MARKER
from mentorly.emails.plain import RULED, laid_out
from mentorly.emails.values import clean, environment_of, escaped, in_a_link, in_ascii

FOLDER = Path(__file__).parent
SUBJECT_LENGTH = 90
WHERE_REPLIES_ARRIVE = "{% if takes_replies is defined and takes_replies %}"
LINE_SIGN = "= "
OUR_NAME = re.compile(r"^Mentor(?:ing|at)\s?:\s*")
NEEDLESS = re.compile(
    r"#outlook a \{[^}]*\}\n|img \{[^}]*\}\n|p \{ display[^}]*\}\n|<!--\[if lte mso 11\]>.*?<!\[endif\]-->\n"
    r"|<style[^>]*>@media only screen.*?</style>|<style media[^>]*>.*?</style>|text-transform:none;|cursor:auto;"
    r'|word-spacing:normal;| target="_blank"',
    re.DOTALL,
)
# Between blocks a line may end: a mail's lines are short then, as long as nobody writes a very long one.
BLOCK = re.compile(r">(?=<(?:body|div|h[12]|li|ol|p|table|tbody|td|tr|ul)[ >])")
# Stands between the subject and the lines; like those of blocks.py it cannot be typed.
BELOW = "\x1d"
TAG_ROW = re.compile(r'<tr><td class="control"[^>]*><div[^>]*>(jj\d{4}jj)</div></td></tr>')


class Page(Hashable, Protocol):
    """Gives the address of a page of the service by its name and, for some, a number or a token."""

    def __call__(self, name: str, number: int | str | None = None, /) -> str:
        """Return the address."""


class Reader(Protocol):
    """Who a mail is written to."""

    @property
    def name(self) -> str:
        """The whole name."""

    @property
    def first_name(self) -> str:
        """What a letter calls them."""

    @property
    def language(self) -> str:
        """The language they chose."""

    @property
    def timezone(self) -> str:
        """The IANA name of the zone they live in."""


@dataclass(frozen=True)
class Links:
    """What a mail points to.

    button: the address of the form behind a button. page: the address of a page of the service. why: why the reader
    gets the mail, in their language. contact: the mail address to write to when it reached the wrong person. again: the
    address of a button of the earlier mail that this one is about. stop: the token of the page that stops mails of this
    kind; '' for those that are needed. answer: the address of a button of any other mail (a Choice), for a mail that
    speaks of several.
    """

    button: Callable[[str], str]
    page: Page
    why: str
    contact: str
    again: Callable[[str], str] = str
    stop: str = ""
    answer: Callable[[Any], str] = str


@dataclass(frozen=True)
class Written:
    """A mail as it is read: one line of subject, a text part, an HTML part in ASCII."""

    subject: str
    text: str
    html: str


class Wording:
    """The words of one kind of mail in one language.

    labels: what stands on each button, by its name, in the order of the letter. why: why the reader gets the mail; ''
    if the text does not say so.
    """

    def __init__(self, source: str, language: str) -> None:
        """Compile a text: a line of subject, the letter in Markdown, and perhaps, below a line ---, why it is sent.

        A second line that begins with "= " is what a digest says of the mail; without it that is the subject.
        Raises ValueError with a sentence for what a text cannot hold.
        """
        subject, _, rest = source.strip().partition("\n")
        line, _, below = rest.partition("\n")
        own_line = line.removeprefix(LINE_SIGN) if line.startswith(LINE_SIGN) else ""
        letter, _, why = (below if own_line else rest).partition("\n---\n")
        if not subject or not letter.strip():
            raise ValueError("a mail text needs a subject in its first line, and a letter below")
        if "{" in why:
            raise ValueError("why a mail is sent is said without values")
        self.language = language
        self.why = typeset(" ".join(why.split()), language)
        manuscript = Manuscript(language)
        marker = manuscript.read(f"{WHERE_REPLIES_ARRIVE}\n{MARKER[language]}\n{{% endif %}}")
        said = manuscript.read(letter)
        self.labels: Mapping[str, str] = dict(manuscript.labels)
        foot = manuscript.read((FOLDER / f"frame.{language}.md").read_text("utf-8"))
        framed = _framed(marker, said, foot, manuscript.mark("{{ title_of_mail }}"), language)
        self._manuscript = manuscript
        self._subject = manuscript.marked_line(subject)
        self._plain = self._subject + BELOW + blocks.text([*marker, *said]) + RULED + blocks.text(foot)
        self._marked_up = in_ascii(framed)
        for marked in (self._plain, self._marked_up):
            environment_of(language, autoescape=True).parse(manuscript.restored(marked))
        self._line = environment_of(language, autoescape=False).from_string(
            manuscript.restored(manuscript.marked_line(own_line or OUR_NAME.sub("", subject)))
        )

    @classmethod
    @cache
    def load(cls, path: Path) -> "Wording":
        """Compile the text of a file called x.<language>.md, once. Raises ValueError with the file's name."""
        try:
            return cls(path.read_text("utf-8"), path.name.split(".")[-2])
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from error

    @property
    def buttons(self) -> tuple[str, ...]:
        """The names of its buttons, in the order of the letter."""
        return tuple(self.labels)

    def line(self, values: Mapping[str, Any], reader: Reader) -> str:
        """What a digest says of the mail, in one sentence. Raises jinja2.UndefinedError as write() does."""
        said = " ".join(filter(None, self._line.render({**values, "reader": reader}).split(" ")))
        return said[:1].upper() + said[1:]

    def write(self, values: Mapping[str, Any], reader: Reader, links: Links) -> Written:
        """Write the mail to a reader. Raises jinja2.UndefinedError if the text speaks of a value that was not given."""
        plain, marked_up = self._compiled(links.page, links.why, links.contact)
        given = {**values, "reader": reader, "why": links.why, "contact": links.contact, "page": links.page}
        given |= {f"button_{name}": links.button(name) for name in self.labels}
        given |= {"again": links.again, "stop": links.stop, "answer": links.answer}
        subject, _, lines = _rendered(plain, given).partition(BELOW)
        given["title_of_mail"] = title = _cut(" ".join(filter(None, subject.split(" "))))
        return Written(" ".join(title.split()), laid_out(lines), _rendered(marked_up, given))

    def subject(self, values: Mapping[str, Any], reader: Reader) -> str:
        """The subject alone. Raises LookupError if it speaks of a value that was not given."""
        try:
            return _cut(" ".join(_rendered(self._heading, {**values, "reader": reader}).split()))
        except UndefinedError as error:
            raise LookupError("the subject speaks of what is not there") from error

    @cached_property
    def _heading(self) -> Template:
        return environment_of(self.language, autoescape=False).from_string(self._manuscript.restored(self._subject))

    @lru_cache(512)  # noqa: B019 - a wording lives as long as its process
    def _compiled(self, page: Page, why: str, contact: str) -> tuple[Template, Template]:
        """The templates; what is the same in all mails of this kind stands in them as words."""
        fixed = {"why": why, "contact": contact, **{f"page_{name}": page(name) for name in self._manuscript.pages}}
        fixed |= {"(contact)|mailbox": in_a_link(contact)}
        words = {code: clean(value) for code, value in fixed.items() if "{" not in value}
        html = {code: escaped(value) for code, value in words.items()}
        return (
            environment_of(self.language, autoescape=False).from_string(self._manuscript.restored(self._plain, words)),
            environment_of(self.language, autoescape=True).from_string(
                self._manuscript.restored(self._marked_up, html)
            ),
        )


def _rendered(template: Template, given: dict[str, Any]) -> str:
    """What a template makes of values; those that Jinja2 gives to every template are left out."""
    return template.environment.concat(template.root_render_func(template.new_context(given, shared=True)))


def _cut(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_LENGTH else subject[: SUBJECT_LENGTH - 1].rstrip() + "…"


def _framed(marker: list[Block], said: list[Block], foot: list[Block], title: str, language: str) -> str:
    """The letter as HTML, with marks in the place of its Jinja2."""
    frame = Form((FOLDER / "frame.mjml").read_text("utf-8")).substitute(
        language=language,
        title=title,
        preview=blocks.first_sentence(said),
        marker=blocks.mjml(marker, "foot"),
        letter=blocks.mjml(said, "letter"),
        foot=blocks.mjml(foot, "foot"),
    )
    try:
        html = mrml.to_html(frame, render_options=mrml.RenderOptions(disable_comments=True, fonts={})).content
    except OSError as error:
        raise ValueError(f"MJML cannot read this letter: {error}") from error
    return BLOCK.sub(">\n", TAG_ROW.sub(r"\1", NEEDLESS.sub("", html)))
