"""The table of access as a page of the documentation."""

from collections.abc import Iterable

from tests.doors.access import HATS, SECTIONS, Row

BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def page_of(page: str) -> str:
    """The page with the table as it is now, between the two marks; what is written around it stays."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{_hats()}\n{''.join(_section(*section) for section in SECTIONS.items())}{END}{after}"


def _hats() -> str:
    return "".join(f"- **{hat}**: {who}\n" for hat, who in HATS.items())


def _section(heading: str, rows: Iterable[Row]) -> str:
    heads = "| ".join(HATS)
    lines = "".join(f"| {_door(row)} | {' | '.join(row.comes[hat] for hat in HATS)} |\n" for row in rows)
    return f"## {heading}\n\n| door | {heads.replace('| ', ' | ')} |\n|---|{'---|' * len(HATS)}\n{lines}\n"


def _door(row: Row) -> str:
    typed = f" with {row.typed.replace('|', ' ')}" if row.typed else ""
    return f"`{row.name}{typed}`"
