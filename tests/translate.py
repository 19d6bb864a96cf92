"""The French of the pages: `python -m tests.translate` finds every text and brings messages.po and .mo up to date.

What is new stands in messages.po with an empty msgstr; what is no longer said is dropped.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "mentorly"
PO = PACKAGE / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")

# The terminal speaks English.
METHODS = [("cli/**.py", "ignore"), ("jobs/**.py", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"silent": "false"}}

# A refusal's and a reason's sentence is the key of its translation.
KEYWORDS = {
    **dict.fromkeys(
        ("_", "gettext", "lazy_gettext", "Refused", "NotOurs", "Expired", "Reason", "sentence", "Unreadable")
    ),
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}


def said_now(package: Path = PACKAGE) -> Catalog:
    """Every text of the code and the templates that a page may say."""
    catalog = Catalog()
    found = extract_from_dir(package, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for path, _line, message, comments, context in found:
        catalog.add(message, locations=[(path, None)], auto_comments=comments, context=context)
    return catalog


def french(path: Path = PO) -> Catalog:
    """What is translated."""
    with path.open("rb") as file:
        return read_po(file, locale="fr", domain="messages")


def compiled(catalog: Catalog) -> bytes:
    """A catalog as the pages read it."""
    data = BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def main() -> None:
    """Bring both files up to date, and say how many texts wait for their French."""
    catalog = french() if PO.exists() else Catalog(locale="fr", domain="messages")
    catalog.update(said_now(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    catalog = french()
    MO.write_bytes(compiled(catalog))
    print(sum(not _is_said(message.string) for message in catalog if message.id), "texts wait for their French")  # noqa: T201


def _is_said(string: str | list[str] | tuple[str, ...]) -> bool:
    return bool(string) if isinstance(string, str) else all(string)


if __name__ == "__main__":
    main()
