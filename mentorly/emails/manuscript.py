"""A Markdown text read into blocks; a mark stands for each piece of Jinja2 while Markdown and MJML are at work."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import NoReturn

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mentorly.emails import blocks
from mentorly.emails.blocks import BREAK, Block, Words

CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
MARK = re.compile(r"jj(\d{4})jj")
LOOP = re.compile(r"\{%-?\s*(?:for|endfor)\b")
NOT_OURS = ["image", "html_inline", "html_block", "entity", "code", "fence"]
MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(NOT_OURS)
BUTTON_PARTS = 3
COLON = {"en": ":", "fr": " :"}


class Manuscript:
    """The texts of one mail.

    labels: what stands on each button, in the order of the letter. pages: the names of those that it links to.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.labels: dict[str, str] = {}
        self.pages: set[str] = set()
        self._code: list[str] = []

    def read(self, source: str) -> list[Block]:
        """Read Markdown into blocks. Raises ValueError for what a letter cannot hold."""
        apart = "\n".join(f"\n{line}\n" if self._is_tags(line) else line for line in self._marked(source).split("\n"))
        loops = frozenset(f"jj{number:04d}jj" for number, code in enumerate(self._code) if LOOP.match(code))
        return blocks.gathered(self._blocks(iter(MARKDOWN.parse(apart))), loops)

    def marked_line(self, source: str) -> str:
        """Read one line that is no Markdown: its words typeset, marks in the place of its Jinja2."""
        return self._typeset(self._marked(source))

    def mark(self, code: str) -> str:
        """Keep a piece of Jinja2, and return its mark; a comment is dropped."""
        if code.startswith("{#"):
            return ""
        self._code.append(code)
        return f"jj{len(self._code) - 1:04d}jj"

    def restored(self, marked: str, known: Mapping[str, str] | None = None) -> str:
        """The Jinja2 in the place of its marks. known: words for what it shows, by the code between {{ and }}."""
        said = known or {}
        codes = [said.get(code[2:-2].strip(), code) if code.startswith("{{") else code for code in self._code]
        return MARK.sub(lambda found: codes[int(found[1])], marked)

    def _marked(self, source: str) -> str:
        if MARK.search(source):
            raise ValueError("a letter cannot hold what looks like our own marks (jj0000jj)")
        return CODE.sub(lambda found: self.mark(found[0]), source)

    def _is_tags(self, line: str) -> bool:
        codes = [self._code[int(mark)] for mark in MARK.findall(line)]
        return bool(codes) and not MARK.sub("", line).strip() and all(code.startswith("{%") for code in codes)

    def _blocks(self, tokens: Iterator[Token]) -> Iterator[Block]:
        for token in tokens:
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                yield blocks.items(token.tag, map(self._words, _inside(tokens, token)))
            elif token.type == "blockquote_open":
                yield from (blocks.words("blockquote", self._words(item)) for item in _inside(tokens, token))
            elif token.type == "heading_open" and token.tag == "h2":
                yield blocks.words("h2", self._words(next(tokens)))
            elif token.type == "inline":
                yield from self._paragraph(token)
            elif token.type not in {"paragraph_open", "paragraph_close", "heading_close"}:
                _refuse(token)

    def _paragraph(self, token: Token) -> Iterator[Block]:
        children = token.children or []
        href = _href(children[0]) if len(children) == BUTTON_PARTS else ""
        if self._is_tags(token.content):
            yield from (blocks.control(found[0]) for found in MARK.finditer(token.content))
        elif href.startswith("button:"):
            yield self._button(href.removeprefix("button:"), children[1].content)
        elif href.startswith("again:"):
            yield self._again(self.restored(href.removeprefix("again:")).strip("{} "), children[1].content)
        elif href.startswith("progress:"):
            yield self._progress(self.restored(href.removeprefix("progress:")).strip("{} "), children[1])
        else:
            yield blocks.words("p", self._words(token))

    def _button(self, name: str, label: str) -> Block:
        if MARK.search(label):
            raise ValueError(f"the label of the button {name} cannot hold values")
        shown = self.labels.setdefault(name, self._typeset(label))
        return blocks.button(shown, self.mark(f"{{{{ button_{name} }}}}"), self._typeset(COLON[self.language]))

    def _again(self, name: str, label: str) -> Block:
        """A button of an earlier mail: name is an expression, and the label may hold values."""
        return blocks.button(label, self.mark(f"{{{{ again({name}) }}}}"), self._typeset(COLON[self.language]))

    def _progress(self, share: str, label: Token) -> Block:
        """A bar: share is an expression, of a hundred; the label says the same in words, and may hold values."""
        return blocks.progress(self._word(label), self.mark(f"{{{{ ({share})|bar }}}}"))

    def _words(self, token: Token) -> Words:
        return self._inline(iter(token.children or []))

    def _inline(self, tokens: Iterator[Token]) -> Words:
        said = Words()
        for token in tokens:
            if token.type == "link_close":
                break
            said += self._link(_href(token), self._inline(tokens)) if token.type == "link_open" else self._word(token)
        return said

    def _word(self, token: Token) -> Words:
        if token.type == "text":
            words = self._typeset(token.content)
            return Words(escape(words), words, escape(words))
        if token.type == "softbreak":
            return Words(" ", " ", " ")
        if token.type == "hardbreak":
            return Words("<br />", BREAK, " ")
        if token.type == "code_inline":
            return Words(f"<code>{escape(token.content)}</code>", token.content, escape(token.content))
        if token.tag in {"strong", "em"}:
            return Words(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
        return _refuse(token)

    def _link(self, href: str, label: Words) -> Words:
        scheme, _, rest = href.partition(":")
        if scheme == "page":
            address = beside = self.mark(self._page(rest.partition("/")[0], self.restored(rest.partition("/")[2])))
        elif scheme == "answer":
            address = beside = self.mark(f"{{{{ answer({self.restored(rest).strip('{} ')}) }}}}")
        elif scheme == "mailto":
            address, beside = f"mailto:{self._mailbox(rest)}", rest
        elif scheme == "https":
            address = beside = rest = href
        else:
            raise ValueError(
                f"a letter cannot link to {href}: write page:, answer:, mailto: or https:; a button stands alone"
            )
        same = self.restored(label.text) == self.restored(beside)
        text = label.text if same else f"{label.text} ({beside})"
        return Words(f'<a href="{escape(address)}">{label.html}</a>', text, label.plain)

    def _page(self, name: str, number: str) -> str:
        """The address of a page: known before a mail is written, but for the number of what it shows."""
        if number:
            return f"{{{{ page('{name}', {number.strip('{} ')}) }}}}"
        self.pages.add(name)
        return f"{{{{ page_{name} }}}}"

    def _mailbox(self, address: str) -> str:
        value = self.restored(address)
        return self.mark(f"{{{{ ({value.strip('{} ')})|mailbox }}}}") if value.startswith("{{") else address

    def _typeset(self, words: str) -> str:
        return typeset(words, self.language)


def typeset(words: str, language: str) -> str:
    """Set apostrophes, and in French the no-break spaces that Canadian usage wants."""
    curled = re.sub(r"(?<=\w)'", "’", words)
    return re.sub(r" (?=[:»%$])|(?<=«) ", "\u00a0", curled) if language == "fr" else curled


def _href(token: Token) -> str:
    return str(token.attrGet("href") or "")


def _inside(tokens: Iterator[Token], opening: Token) -> Iterator[Token]:
    """The words inside a list or a quotation, one paragraph each."""
    closing = opening.type.replace("_open", "_close")
    for token in tokens:
        if token.type == closing:
            return
        if token.type == "inline":
            yield token
        elif token.type not in {"list_item_open", "list_item_close", "paragraph_open", "paragraph_close"}:
            _refuse(token)


def _refuse(token: Token) -> NoReturn:
    raise ValueError(f"a letter cannot hold {token.type.removesuffix('_open').replace('_', ' ')}: {token.content[:40]}")
