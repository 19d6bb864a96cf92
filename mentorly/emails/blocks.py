"""The blocks that a letter is made of, in the two shapes that they are sent in: MJML, and a line of the text part.

A line of the text part begins with LINE and a letter for its kind; BREAK ends a line within it. Neither can be typed:
both are taken out of every value. See plain.py, which lays the lines out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

LINE = "\x1e"
BREAK = "\x1f"


@dataclass(frozen=True)
class Words:
    """Words as HTML, as text, and plain: HTML without tags and addresses."""

    html: str = ""
    text: str = ""
    plain: str = ""

    def __add__(self, other: "Words") -> "Words":
        """Say one after the other."""
        return Words(self.html + other.html, self.text + other.text, self.plain + other.plain)


@dataclass(frozen=True)
class Block:
    """A piece of a letter.

    kind: p, h2, blockquote, ul, ol, progress, button or control (a bare Jinja2 tag). html: what stands inside it. text:
    its lines. plain: its words alone, as HTML.
    """

    kind: str
    html: str
    text: str
    plain: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it holds items."""
        return self.kind in {"ul", "ol"}

    @property
    def is_prose(self) -> bool:
        """Whether it stands among others in one piece of MJML."""
        return self.kind not in {"button", "control"}

    @property
    def prose(self) -> str:
        """Its HTML, with its own tag."""
        return self.html if self.kind == "progress" else f"<{self.kind}>{self.html}</{self.kind}>"


def control(tag: str) -> Block:
    """A Jinja2 tag that stands between blocks."""
    return Block("control", tag, tag)


def words(kind: str, said: Words) -> Block:
    """A paragraph (p), a heading (h2) or a quotation (blockquote)."""
    html = f"<p>{said.html}</p>" if kind == "blockquote" else said.html
    return Block(kind, html, f"{LINE}{kind[0]}{said.text}", said.plain)


def progress(said: Words, bar: str) -> Block:
    """A bar below the words that say the same. bar: what draws it, in either shape."""
    return Block("progress", f"<p>{said.html}</p>{bar}", f"{LINE}p{said.text}{BREAK}{bar}", said.plain)


def items(kind: str, written: Iterable[Words]) -> Block:
    """A list (ul or ol) of items."""
    said = list(written)
    html = "".join(f"<li>{item.html}</li>" for item in said)
    return Block(kind, html, "".join(f"{LINE}{kind[0]}{item.text}" for item in said))


def button(label: str, href: str, colon: str) -> Block:
    """A button. href: its address. colon: as the language writes it."""
    return Block("button", f'href="{href}">{escape(label)}', f"{LINE}p{label}{colon}{BREAK}{href}")


def gathered(blocks: Iterable[Block], loops: frozenset[str]) -> list[Block]:
    """The blocks, where a list alone between two tags of a loop becomes one list with the loop inside.

    loops: the tags that open or close a loop.
    """
    done: list[Block] = []
    for block in blocks:
        if len(done) > 1 and done[-1].is_list and {block.html, done[-2].html} <= loops:
            around = (*done[-2:], block)
            html, text = ("".join(one.html for one in around), "".join(one.text for one in around))
            done[-2:] = [Block(done[-1].kind, html, text)]
        else:
            done.append(block)
    return done


def mjml(blocks: Sequence[Block], css_class: str) -> str:
    """The blocks as the inside of an MJML column; css_class: of their words."""
    return "".join(_rows(blocks, css_class))


def _rows(blocks: Sequence[Block], css_class: str) -> Iterator[str]:
    for kind, run in groupby(blocks, key=lambda block: "prose" if block.is_prose else block.kind):
        if kind == "prose":
            written = "".join(block.prose for block in run)
            yield f'<mj-text mj-class="{css_class}" css-class="{css_class}">{written}</mj-text>'
        elif kind == "control":
            yield from (f'<mj-text css-class="control">{block.html}</mj-text>' for block in run)
        else:
            first, *others = run
            yield f'<mj-button mj-class="first" css-class="first" {first.html}</mj-button>'
            yield from (f'<mj-button mj-class="other" css-class="other" {block.html}</mj-button>' for block in others)


def text(blocks: Iterable[Block]) -> str:
    """The blocks as lines of the text part."""
    return "".join(block.text for block in blocks)


def first_sentence(blocks: Iterable[Block]) -> str:
    """The words of the first paragraph of sentences, for a list of mails; '' if a condition comes before it."""
    for block in blocks:
        if block.kind == "control":
            break
        if block.kind == "p" and block.plain.rstrip().endswith((".", "!", "?")):
            return block.plain
    return ""


BAR_LENGTH = 20
BAR = (
    '<table role="presentation" aria-hidden="true" cellpadding="0" cellspacing="0" style="width:100%;max-width:340px;'
    'border:1px solid #6f857e;border-collapse:collapse;margin:0 0 18px"><tr>{cells}</tr></table>'
)
CELL = '<td style="width:{share}%;height:10px;line-height:10px;font-size:1px;padding:0{colour}">&#160;</td>'
DONE = ";background-color:#2a9781"


def bar_as_html(share: int) -> str:
    """A bar of so many hundredths, drawn with the cells of a table: mail programs show it with images off, too.

    Its colours can be told apart on white and on black, so that no mail program need know which it shows.
    """
    share = min(100, max(0, share))
    cells = ((share, DONE), (100 - share, ""))
    return BAR.format(cells="".join(CELL.format(share=one, colour=colour) for one, colour in cells if one))


def bar_as_text(share: int) -> str:
    """The same with characters."""
    done = round(min(100, max(0, share)) * BAR_LENGTH / 100)
    return f"[{'#' * done}{'.' * (BAR_LENGTH - done)}]"
