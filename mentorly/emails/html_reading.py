"""HTML of a reply becomes text, in which what a mail program itself marks as quoted begins with CERTAIN."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

CERTAIN = "\ue000"
QUOTE = "> "
DEEPEST = 1_000
LONGEST_HTML = 400_000
UNSEEN = frozenset({"head", "style", "script", "title", "template", "noscript", "object", "svg"})
LINES = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tr",
        "ul",
    ]
)
PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
CLOSED_BY_THEMSELVES = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "colgroup",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "o:p",
        "option",
        "p",
        "param",
        "source",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "wbr",
    ]
)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*+)[^<>]*+>")
HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

# What each client puts around, or before, the mail that is answered.
QUOTING_CLASSES = frozenset(
    [
        "gmail_attr",
        "moz-cite-prefix",
        "moz-forward-container",
        "yahoo_quoted",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        "OutlookMessageHeader",
        "ms-outlook-mobile-reference-message",
        "WordSection1Quote",
    ]
)
QUOTING_IDS = frozenset({"mail-editor-reference-message-container", "OLK_SRC_BODY_SECTION", "isReplyContent"})
ENDING_IDS = frozenset({"appendonsend", "divRplyFwdMsg", "stopSpelling"})
RULE_ABOVE = re.compile(r"border-top\s*:\s*solid\s+#[0-9a-f]{6}", re.IGNORECASE)
HEADER_LABEL = re.compile(r"\s*(?:From|De|Von|Da|Van|Expéditeur)\s*:")
OWN_INDENT = re.compile(r"border\s*:\s*none", re.IGNORECASE)


def read_html(html: str) -> str:
    """The text that a person sees, line by line.

    Lines that the sender's mail program marked as the mail answered begin with CERTAIN; other block quotations with
    `> `, as in a plain mail.
    """
    html = html[:LONGEST_HTML].replace(CERTAIN, "")
    if _deepest(html) > DEEPEST:
        return _roughly(html)
    page = _Page()
    root = LexborHTMLParser(html).body
    for node, depth, entering in _walk(root) if root is not None else ():
        page.take(node, depth, entering=entering)
    return page.text


def _deepest(html: str) -> int:
    """How deep the tags nest, at most; counted beforehand, since a parser's work grows with the square of it."""
    depth = deepest = 0
    for found in TAG.finditer(html):
        closing, name = found.groups()
        if name.lower() not in CLOSED_BY_THEMSELVES and not found.group().endswith("/>"):
            depth = max(0, depth + (-1 if closing else 1))
            deepest = max(deepest, depth)
    return deepest


def _roughly(html: str) -> str:
    return TAG.sub("\n", html)


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, int, bool]]:
    """Every node that is seen, on the way in and on the way out, without a call for each level."""
    node, depth = root, 0
    while True:
        yield node, depth, True
        if node.child is not None and not _is_hidden(node):
            node, depth = node.child, depth + 1
            continue
        yield node, depth, False
        while node.next is None:
            if depth == 0 or node.parent is None:
                return
            node, depth = node.parent, depth - 1
            yield node, depth, False
            if depth == 0:
                return
        if depth == 0:
            return
        node = node.next


def _is_hidden(node: LexborNode) -> bool:
    return node.tag in UNSEEN or bool(HIDDEN.search(_attribute(node, "style")))


def _attribute(node: LexborNode, name: str) -> str:
    return (node.attributes.get(name) or "") if node.is_element_node else ""


def _quotes(node: LexborNode) -> str:
    """How what a node holds is marked: CERTAIN, QUOTE, or ''."""
    classes = set(_attribute(node, "class").split())
    if classes & QUOTING_CLASSES or _attribute(node, "id").removeprefix("x_") in QUOTING_IDS:
        return CERTAIN
    if node.tag != "blockquote" or OWN_INDENT.search(_attribute(node, "style")):
        return ""
    cited = _attribute(node, "type").lower() == "cite" or _attribute(node, "cite") or "gmail_quote" in classes
    return CERTAIN if cited else QUOTE


def _begins_the_rest(node: LexborNode) -> bool:
    """Whether all from here on is the mail answered, as Outlook writes it."""
    if _attribute(node, "id").removeprefix("x_") in ENDING_IDS:
        return True
    ruled = node.tag == "div" and RULE_ABOVE.search(_attribute(node, "style"))
    return bool(ruled and HEADER_LABEL.match(node.text(deep=True)))


class _Page:
    """The lines of a page as they come about."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes: list[tuple[int, str]] = []
        self._preformatted = 0
        self._rest = False

    @property
    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def take(self, node: LexborNode, depth: int, *, entering: bool) -> None:
        """Take one node on the way in or out."""
        if node.is_text_node:
            if entering:
                self._write(node.text_content or "")
        elif node.is_element_node:
            (self._enter if entering else self._leave)(node, depth)

    def _enter(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if tag in LINES:
            self._end_line()
        self._rest = self._rest or _begins_the_rest(node)
        marked = _quotes(node)
        if marked:
            self._quotes.append((depth, marked))
        self._preformatted += tag == "pre"
        if tag == "br":
            self._end_line(empty=True)
        if tag == "li":
            self._line.append("- ")

    def _leave(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if tag in LINES:
            self._end_line()
        if tag in PARAGRAPHS:
            self._lines.append(self._mark.rstrip())
        if tag in {"td", "th"}:
            self._line.append(" ")
        self._preformatted -= tag == "pre"
        if self._quotes and self._quotes[-1][0] == depth:
            self._quotes.pop()

    @property
    def _mark(self) -> str:
        if self._rest or any(marked == CERTAIN for _, marked in self._quotes):
            return CERTAIN
        return QUOTE if self._quotes else ""

    def _write(self, words: str) -> None:
        if self._preformatted:
            *whole, last = words.split("\n")
            for line in whole:
                self._line.append(line)
                self._end_line(empty=True)
            self._line.append(last)
        else:
            self._line.append(re.sub(r"[ \t\r\n\f]+", " ", words))

    def _end_line(self, *, empty: bool = False) -> None:
        words = re.sub(r" {2,}", " ", "".join(self._line)).strip().replace("\xa0", " ")
        if words.strip() or empty:
            self._lines.append((self._mark + words).rstrip())
        self._line.clear()
