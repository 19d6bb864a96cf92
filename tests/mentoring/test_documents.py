"""Documents: what a program shares, in its versions, and who may change that."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.document_terms import File, Purpose, checked_link
from mentorly.mentoring.documents import MOST, Document, Edition, documents_for, shelf
from mentorly.mentoring.people import Person
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
GUIDE = File(b"A guide to the first week.")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


def shared(cast: Cast, now: datetime, title: str = "Guide", purpose: str = "first_week", by: Person | None = None,
           what: File | str = GUIDE) -> Document:  # fmt: skip
    """Dave shares something in English."""
    document = Document.add(
        cast.program, by or cast.dave, now, titles={"en": title}, purpose=purpose, language="en", what=what
    )
    cast.session.commit()
    return document


def test_a_document_is_shared_in_versions_of_each_language_and_the_last_one_counts(cast: Cast, now: datetime) -> None:
    document = shared(cast, now)
    document.renew(File(b"A better guide."), "en", cast.dave, now + DAY)
    document.renew(File(b"Un guide"), "fr", cast.dave, now + DAY)
    cast.session.commit()
    cast.session.expire_all()
    numbers = [(one.language, one.number, one.replaced_at is None) for one in document.editions]
    assert numbers == [("fr", 1, True), ("en", 2, True), ("en", 1, False)]
    assert [one.content for one in document.current] == [b"A better guide.", b"Un guide"]
    assert document.editions[2].content == GUIDE.content


def test_there_is_one_present_version_of_a_language(cast: Cast, now: datetime) -> None:
    document = shared(cast, now)
    second = Edition.of(GUIDE, "en", 2, cast.dave, now)
    second.document_id = document.id
    cast.session.add(second)
    with pytest.raises(IntegrityError):
        cast.session.flush()


def test_who_reads_french_gets_french_where_there_is_some(cast: Cast, now: datetime) -> None:
    document = shared(cast, now)
    assert document.title("fr") == document.title("en") == "Guide"
    found = document.edition_for("fr")
    assert found is not None
    assert found.language == "en"
    document.describe(cast.dave, titles={"en": "Guide", "fr": "Le guide"}, purpose="meeting", attach=False)
    document.renew(GUIDE, "fr", cast.dave, now)
    assert (document.title("fr"), document.edition_for("fr")) == ("Le guide", document.edition("fr"))


def test_an_opening_is_counted_for_its_version_and_for_nobody(cast: Cast, now: datetime) -> None:
    document = shared(cast, now)
    first = document.open("en")
    document.open("fr")
    second = document.renew(GUIDE, "en", cast.dave, now)
    document.open("en")
    cast.session.commit()
    cast.session.expire_all()
    assert (first.openings, second.openings) == (2, 1)


def test_what_is_retired_is_opened_by_nobody_and_named_nowhere_until_it_is_shared_again(
    cast: Cast, now: datetime
) -> None:
    document = shared(cast, now)
    document.retire(cast.dave, now)
    cast.session.commit()
    cast.session.expire_all()
    with pytest.raises(Refused, match="no longer shared"):
        document.open("en")
    assert documents_for(cast.program) == []
    document.restore(cast.dave)
    cast.session.commit()
    cast.session.expire_all()
    assert documents_for(cast.program) == [document]


def test_documents_have_a_purpose_and_an_order(cast: Cast, now: datetime) -> None:
    first, second, third = (shared(cast, now, title) for title in ("One", "Two", "Three"))
    elsewhere = shared(cast, now, "Agenda", "meeting")
    second.move(cast.dave, up=True)
    third.move(cast.dave, up=False)
    cast.session.commit()
    cast.session.expire_all()
    assert documents_for(cast.program, Purpose.FIRST_WEEK) == [second, first, third]
    assert list(shelf(cast.session, cast.program)) == [second, first, elsewhere, third]
    with pytest.raises(Refused, match="there already"):
        second.move(cast.dave, up=True)


def test_administrators_alone_change_what_is_shared(cast: Cast, now: datetime) -> None:
    document = shared(cast, now)
    for person in (cast.alice, cast.bob, cast.carol):
        for change in (
            lambda by: shared(cast, now, by=by),
            lambda by: document.renew(GUIDE, "en", by, now),
            lambda by: document.describe(by, titles={"en": "x"}, purpose="general", attach=False),
            lambda by: document.move(by, up=True),
            lambda by: document.retire(by, now),
            document.restore,
        ):
            with pytest.raises(Refused, match="Only an administrator"):
                change(person)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "at least one language"),
        ("a\nb", "one line"),
        ("a\x00", "one line"),
        ("a\u202eb", "one line"),
        ("a" * 121, "at most 120"),
    ],
)
def test_a_title_that_is_none_is_refused(cast: Cast, now: datetime, title: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        shared(cast, now, title)


def test_a_purpose_that_is_none_a_language_that_we_do_not_write_and_too_many_are_refused(
    cast: Cast, now: datetime
) -> None:
    document = shared(cast, now)
    with pytest.raises(Refused, match="what the document is for"):
        shared(cast, now, purpose="profit")
    with pytest.raises(Refused, match="no language we write"):
        document.renew(GUIDE, "de", cast.dave, now)
    with pytest.raises(Refused, match="A file stays a file"):
        document.renew("https://example.org/", "en", cast.dave, now)
    cast.session.add_all(
        Document(
            program=cast.program, purpose="general", place=number, title_en="x", title_fr="", is_link=True,
            attach=False, added_at=now, added_by_id=cast.dave.id,
        )
        for number in range(MOST - 1)
    )  # fmt: skip
    with pytest.raises(Refused, match="at most 100 documents"):
        shared(cast, now)


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org/",
        "https://",
        "https://localhost/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://a@example.org/",
        "https://example.org/a b",
        "https://example.org/\r\nSet-Cookie: a=b",
        "https://[::1",
        "https://example.org:99999/",
        "https://exämple.org/",
        "https://example.org/<b>",
        "https://example.org/" + "a" * 500,
    ],
)
def test_a_link_leads_to_a_page_over_https_or_is_refused(link: str) -> None:
    with pytest.raises(Refused, match="address"):
        checked_link(link)


def test_a_link_is_kept_as_it_was_copied(cast: Cast, now: datetime) -> None:
    link = "https://www.example.org/guide/%C3%A9t%C3%A9?a=1&b=(2)#part'3"
    document = shared(cast, now, what=f" {link}\n")
    assert document.is_link
    assert (document.current[0].link, document.current[0].host) == (link, "www.example.org")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Guide d’été: la 1re semaine!", "guide-dete-la-1re-semaine.txt"),
        ("漢字", "document.txt"),
        ("../../x", "x.txt"),
        ("a" * 120, "a" * 50 + ".txt"),
    ],
)
def test_a_file_is_saved_under_its_title_in_ascii(cast: Cast, now: datetime, title: str, name: str) -> None:
    assert shared(cast, now, title).current[0].file_name == name
