"""What a program shares: uploaded in the console, and opened by whoever has the link, counted and by nobody."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.document_terms import File
from mentorly.mentoring.documents import Document, Edition
from mentorly.mentoring.media import LARGEST
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from tests.cast import Cast
from tests.doors.conftest import Browser, words

Open = Callable[..., Browser]
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def guide(cast: Cast) -> Document:
    """A guide in both languages."""
    now, titles = datetime.now(UTC), {"en": "First-week guide", "fr": "Guide de la première semaine"}
    document = Document.add(
        cast.program, cast.dave, now, titles=titles, purpose="first_week", language="en", what=File(PDF)
    )
    document.renew(File("Première semaine".encode()), "fr", cast.dave, now)
    cast.session.commit()
    return document


@pytest.fixture
def path(guide: Document, office: PostOffice) -> str:
    """Where the guide is opened."""
    return "/documents/" + office.desk.tokens.make("document", guide.id)


def openings(cast: Cast) -> list[int]:
    """How often each version was opened."""
    cast.session.rollback()
    counts = list(cast.session.scalars(select(Edition.openings).order_by(Edition.id)))
    cast.session.rollback()
    return counts


def upload(browser: Browser, to: str = "/console/documents", form: str = "", **fields: object) -> TestResponse:
    """Send a form with a file."""
    token = CSRF.search(browser.get(form or to).text)
    assert token
    return browser.client.post(to, data={"csrf_token": token[1], **fields}, content_type="multipart/form-data")


def test_looking_at_a_link_counts_nothing_and_sets_no_cookie(app: Flask, cast: Cast, path: str) -> None:
    for method in ("GET", "HEAD", "GET"):
        page = app.test_client().open(path, method=method)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"
    assert openings(cast) == [0, 0]
    assert "First-week guide" in words(page := app.test_client().get(path))
    assert "PDF, 1\u00a0KB" in page.text
    assert page.text.count("<form") == page.text.count("<button") == 2


def test_pressing_the_button_counts_and_gives_the_file_as_one_to_be_saved(app: Flask, cast: Cast, path: str) -> None:
    english, french = (app.test_client().post(path, data={"language": language}) for language in ("en", "fr"))
    assert (english.data, english.headers["Content-Type"]) == (PDF, "application/pdf")
    assert english.headers["Content-Disposition"] == 'attachment; filename="first-week-guide.pdf"'
    assert english.headers["X-Content-Type-Options"] == "nosniff"
    assert french.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert french.headers["Content-Disposition"] == 'attachment; filename="guide-de-la-premiere-semaine.txt"'
    assert openings(cast) == [1, 1]
    assert app.test_client().post(path, data={"language": "de"}).data == PDF


def test_the_page_speaks_the_language_of_the_browser_and_offers_its_version_first(app: Flask, path: str) -> None:
    page = app.test_client().get(path, headers={"Accept-Language": "fr-CA,fr"})
    assert "Guide de la première semaine" in words(page)
    assert re.findall(r'name="language" value="(\w+)"', page.text) == ["fr", "en"]


def test_a_link_leads_to_the_page_elsewhere_and_takes_no_referrer_along(
    app: Flask, cast: Cast, office: PostOffice
) -> None:
    link = "https://www.example.org/guide?a=1"
    document = Document.add(
        cast.program, cast.dave, datetime.now(UTC), titles={"en": "Guide"}, purpose="general", language="en", what=link
    )
    cast.session.commit()
    path = "/documents/" + office.desk.tokens.make("document", document.id)
    page = app.test_client().get(path)
    assert "www.example.org" in words(page)
    assert link not in page.text
    assert "form-action 'self' https:;" in page.headers["Content-Security-Policy"]
    led = app.test_client().post(path)
    assert (led.status_code, led.location) == (303, link)
    assert led.headers["Referrer-Policy"] == "no-referrer"
    assert openings(cast) == [1]


def test_a_retired_document_and_a_torn_link_end_in_a_sentence(
    app: Flask, cast: Cast, guide: Document, path: str, office: PostOffice
) -> None:
    guide.retire(cast.dave, datetime.now(UTC))
    cast.session.commit()
    for answer in (app.test_client().get(path), app.test_client().post(path)):
        assert "This document is no longer shared." in words(answer)
        assert "<form" not in answer.text
    assert openings(cast) == [0, 0]
    tokens = office.desk.tokens
    forged = (tokens.make("document", 99), tokens.make("answer", guide.id), path[11:-1] + "x", "x", "%00", "é" * 40)
    for token in forged:
        answer = app.test_client().get("/documents/" + token)
        assert answer.status_code == 404, token
        assert "There is no document at this address." in words(answer)


def test_a_document_is_opened_by_our_own_page_or_none(app: Flask, path: str) -> None:
    client = app.test_client()
    assert client.post(path, headers={"Origin": "https://evil.example.org"}).status_code == 403
    assert client.post(path, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_an_administrator_shares_a_file_renews_it_and_moves_and_retires_it(
    browser_of: Open, cast: Cast, path: str
) -> None:
    dave = browser_of(cast.dave)
    added = upload(
        dave, program="1", title_en="Handbook", purpose="general", language="en", file=(BytesIO(PDF), "x\x00\x1b.html")
    )
    assert (added.status_code, added.location) == (303, "/console/documents/2")
    assert "handbook.pdf" in words(dave.get(added.location))
    renewed = upload(
        dave, "/console/documents/2/version", "/console/documents/2", language="en", file=(BytesIO(b"x"), "")
    )
    assert renewed.status_code == 422
    upload(dave, "/console/documents/2/version", "/console/documents/2", language="en", file=(BytesIO(b"New"), "n.pdf"))
    told = words(dave.get("/console/documents/2"))
    assert "Version 2, by Dave Okoye" in told
    assert "handbook.txt" in told
    assert dave.get("/console/documents/2/en").data == b"New"
    assert dave.get("/console/documents/2/fr").status_code == 404
    assert upload(dave, "/console/documents/2/up", "/console/documents/2").status_code == 303
    assert upload(dave, "/console/documents/2/up", "/console/documents/2").status_code == 422
    assert upload(dave, "/console/documents/2/retire", "/console/documents/2").status_code == 303
    assert "no longer shared" in words(dave.get("/console/documents"))
    assert upload(dave, "/console/documents/2/restore", "/console/documents/2").status_code == 303
    assert upload(dave, "/console/documents/2/explode", "/console/documents/2").status_code == 404
    kept = upload(dave, "/console/documents/2", title_en="Handbook", title_fr="Manuel", purpose="meeting", attach="yes")
    assert kept.status_code == 303
    assert openings(cast) == [0] * 4, "what an administrator looks at is not counted"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("guide.pdf", b"<html>", "Choose a PDF"),
        ("guide.pdf", PDF[:-8], "cut off"),
        ("guide.docx", b"PK\x03\x04", "damaged"),
        ("guide.pdf", b"", "empty"),
        ("guide.txt", b"a" * (LARGEST + 9), "at most 5 MB"),
    ],
)
def test_what_cannot_be_shared_is_refused_and_what_was_typed_stays(
    browser_of: Open, cast: Cast, name: str, content: bytes, said: str
) -> None:
    typed = {"title_en": "My <guide>", "purpose": "midway", "language": "fr"}
    answer = upload(browser_of(cast.dave), program="1", file=(BytesIO(content), name), **typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="My &lt;guide&gt;"' in answer.text
    assert re.search(r'value="midway" selected.*value="fr" selected', answer.text, re.DOTALL)
    assert cast.session.scalars(select(Document)).all() == []


def test_an_upload_that_is_torn_or_far_too_large_ends_in_a_sentence(browser_of: Open, cast: Cast) -> None:
    client = browser_of(cast.dave).client
    torn = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
    answer = client.post("/console/documents", data=torn, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert "This form did not come through" in words(answer)
    huge = client.post("/console/documents", data={"file": (BytesIO(b"a" * 26 * 1024 * 1024), "a.pdf")})
    assert huge.status_code == 413


def test_a_lead_looks_and_changes_nothing_and_others_do_not_look(browser_of: Open, cast: Cast, path: str) -> None:
    carol = browser_of(cast.carol)
    listed, shown = carol.get("/console/documents"), carol.get("/console/documents/1")
    assert "First-week guide" in words(listed)
    assert "Not opened yet" in words(listed)
    for page in (listed, shown):
        assert "multipart" not in page.text
    assert carol.get("/console/documents/1/en").data == PDF
    for to in ("", "/1", "/1/version", "/1/up", "/1/retire"):
        assert carol.fill("/profile", "/console/documents" + to).status_code == 403
    assert browser_of(cast.alice).get("/console/documents/1").status_code == 403
    assert browser_of().get("/console/documents/1").status_code == 303


def test_a_lead_sees_the_documents_of_their_own_programs_alone(browser_of: Open, cast: Cast, guide: Document) -> None:
    other = Program.add(cast.session, "Other", "one-on-one", cast.program.starts_on, datetime.now(UTC))
    guide.program = other
    cast.session.commit()
    carol = browser_of(cast.carol)
    assert carol.get("/console/documents/1").status_code == carol.get("/console/documents/1/en").status_code == 404
    assert "guide" not in words(carol.get(f"/console/documents?program={other.id}"))


def test_no_form_about_documents_is_taken_without_its_csrf_token(browser_of: Open, cast: Cast, path: str) -> None:
    client = browser_of(cast.dave).client
    for to in ("", "/1", "/1/version", "/1/up", "/1/retire"):
        assert client.post("/console/documents" + to).status_code == 400, to


def test_who_is_signed_in_is_not_known_to_the_page_of_a_document(browser_of: Open, cast: Cast, path: str) -> None:
    person: Person = cast.bob
    page = browser_of(person).get(path)
    assert person.name not in page.text
    assert "Sign out" not in page.text
