"""Everything that a page may say is said in French."""

import re
from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog

from tests.translate import MO, compiled, french, said_now

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|%%")
# The French singular is said of 0 too: these are never said of 0, by their rules or by an `if` around them.
NEVER_NONE = {
    "About one minute.",
    "It is used. One person is asked.",
    "Of one mail nobody knows whether it arrived: the connection was lost at the last moment.",
    "One day to answer a proposal.",
    "One mail waits for its moment, such as its reader’s morning.",
    "One mail was sent.",
    "One meeting of at least %(least)s held.",
    "One mentee stays without a mentor",
    "One month after the end",
    "One more task waits.",
    "One new organization: %(names)s.",
    "One person is not reached by mail",
    "One question.",
    "Opened once",
    "The record of its mails is kept for one month.",
    "The words that are signed have changed: one person who has signed is asked to sign again.",
    "Up to one day late",
    "What %(program)s mails is kept for one month.",
    "What is written in %(program)s is deleted one month after a relationship ends.",
    "What is written in a relationship is deleted one month after its end.",
    (
        "What you write in %(program)s is deleted one month after a relationship ends; session log and signatures "
        "after seven years."
    ),
    "one hour",
    "one minute",
    "one new mail",
}
REMEDY = "write it in messages.po, after python -m tests.translate"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return french()


@pytest.fixture(scope="module")
def said() -> Catalog:
    return said_now()


def strings(one: str | list[str] | tuple[str, ...]) -> list[str]:
    return [one] if isinstance(one, str) else list(one)


def read(data: bytes) -> dict[object, object]:
    """What gettext reads in a compiled catalog; which Babel compiled it is no matter."""
    translations = GNUTranslations(BytesIO(data))
    return translations._catalog | {"": translations.info()["plural-forms"]}


def test_every_text_has_its_french(catalog: Catalog, said: Catalog) -> None:
    found = {message.id: catalog.get(message.id, message.context) for message in said if message.id}
    missing = [text for text, known in found.items() if not known or known.fuzzy or not all(strings(known.string))]
    assert missing == [], REMEDY


def test_no_french_is_kept_for_what_is_no_longer_said(catalog: Catalog, said: Catalog) -> None:
    known = {str(message.id) for message in said}
    assert [message.id for message in catalog if message.id and str(message.id) not in known] == []


def test_the_french_has_the_places_of_the_english(catalog: Catalog) -> None:
    for message in catalog:
        wanted = [set(PLACES.findall(text)) for text in strings(message.id)]
        given = [set(PLACES.findall(text)) for text in strings(message.string) if text]
        assert all(places <= wanted[-1] and places >= wanted[0] - {"%(num)s"} for places in given), message.id


def test_no_french_says_one_of_none(catalog: Catalog) -> None:
    several = [message for message in catalog if not isinstance(message.id, str)]
    hiding = {message.id[0] for message in several if "%(num)s" not in strings(message.string)[0]}
    assert hiding == NEVER_NONE


def test_the_french_is_set_as_in_canada(catalog: Catalog) -> None:
    for message in catalog:
        for text in strings(message.string) if message.id else []:
            assert not re.search(r"\w'\w", text), f"an apostrophe is ’: {text}"
            assert not re.search(r"\w[^\S\u00a0]?:(\s|$)", text), f"a no-break space comes before a colon: {text}"
            assert not re.search(r"\s[;!?]", text), f"no space comes before ; ! ?: {text}"
            assert not re.search("«[^\u00a0]|[^\u00a0]»", text), f"no-break spaces are inside « »: {text}"


def test_the_pages_read_what_is_written(catalog: Catalog) -> None:
    assert read(MO.read_bytes()) == read(compiled(catalog)), "run python -m tests.translate"


def test_a_text_without_its_french_would_be_seen(catalog: Catalog) -> None:
    assert catalog.get("A sentence that nobody says.") is None
    assert said_now().get("Sign in") is not None
    assert said_now().get("You have accepted this match already.") is not None
    assert said_now().get("What does my organization see about me?") is not None
