"""The console's door: who may open what, what each sees, and that a refusal loses nothing that was typed."""

import re
from collections.abc import Callable, Sized
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.emails import records
from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.envelope import Envelope, SampleRequest, State
from mentorly.emails.post_office import PostOffice
from mentorly.extensions import db
from mentorly.mentoring import sights
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.document_terms import File
from mentorly.mentoring.documents import Document
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.unreached import Loss, Unreached, Verdict
from tests.cast import Cast, Clock, Keeper

DATA = Path(__file__).parents[1] / "data"
LARGEST_PAGE = 60_000
FOR_LEADS = {
    "",
    "/people",
    "/people/new",
    "/people/import",
    "/matching",
    "/proposals",
    "/relationships",
    "/unreached",
    "/documents",
}
FOR_ADMINISTRATORS = {"/programs", "/mails", "/mails/match_proposed", "/upcoming", "/deliveries", "/post"}

Counter = Callable[[Engine], AbstractContextManager[Sized]]


@dataclass
class Visitor:
    """A browser in which somebody has signed in. Before each request, the test lets go of SQLite's lock."""

    client: FlaskClient
    session: Session

    def open(self, path: str) -> TestResponse:
        """Open a page of the console."""
        self.session.commit()
        return self.client.get("/console" + path)

    def get(self, path: str, status: int = 200) -> str:
        """Open a page of the console; returns what it says."""
        answer = self.open(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        return unescape(answer.text)

    def send(self, form: str, to: str, **fields: object) -> TestResponse:
        """Send a form. form: the page that it stands on. to: where it goes."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.open(form).text)
        assert token, f"{form} has no form"
        return self.client.post("/console" + to, data={"csrf_token": token[1], **fields})


@pytest.fixture
def entering(app: Flask, cast: Cast) -> Callable[[Person], Visitor]:
    """Sign somebody in, in a browser of their own."""

    def enter(person: Person) -> Visitor:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = f"{person.id}:{person.sessions}"
            cookie["_fresh"] = True
        return Visitor(client, cast.session)

    return enter


@pytest.fixture
def carol(cast: Cast, entering: Callable[[Person], Visitor]) -> Visitor:
    """Carol's browser: the lead."""
    return entering(cast.carol)


@pytest.fixture
def dave(cast: Cast, entering: Callable[[Person], Visitor]) -> Visitor:
    """Dave's browser: the administrator."""
    return entering(cast.dave)


def join(cast: Cast, name: str, role: str, organization: Organization | None, **part: object) -> Person:
    """Register somebody more."""
    address = name.lower().replace(" ", ".") + "@example.org"
    now = datetime.now(UTC) - timedelta(hours=1)
    person = Person.register(cast.session, address, name, now, by=None, organization=organization)
    person.welcomed_at = now
    given = Participation.join(person, cast.program, role, now, by=None)
    for column, value in part.items():
        setattr(given, column, value)
    cast.session.commit()
    return person


def matched(cast: Cast, mentor: Person | None = None, mentee: Person | None = None) -> Relationship:
    """Two people who are matched."""
    now = datetime.now(UTC)
    mentor, mentee = mentor or cast.alice, mentee or cast.bob
    proposal = propose_match(cast.session, cast.program, mentor, mentee, now, by=cast.dave)
    together = proposal.accept(mentor, now)
    cast.session.commit()
    return together


def lapsed(cast: Cast, by: Person | None = None) -> Proposal:
    """A proposal that its mentor did not answer."""
    begun = datetime.now(UTC) - timedelta(days=20)
    proposal = cast.propose(begun, by)
    proposal.asked(begun)
    cast.session.commit()
    return proposal


class Outline(HTMLParser):
    """The headings, the fields without a label and the frames without a title of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.labelled: set[str | None] = set()
        self.fields: list[dict[str, str | None]] = []
        self.depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labelled.add(given.get("for"))
            self.depth += 1
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden":
            self.fields.append({**given, "inside": "yes" if self.depth else ""})

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "label"

    @property
    def unlabelled(self) -> list[dict[str, str | None]]:
        return [field for field in self.fields if not field["inside"] and field.get("id") not in self.labelled]


@pytest.mark.parametrize("path", sorted(FOR_LEADS | FOR_ADMINISTRATORS))
def test_nobody_opens_the_console_without_signing_in(app: Flask, path: str) -> None:
    answer = app.test_client().get("/console" + path)
    assert answer.status_code == 303
    assert "/sign-in" in answer.location


@pytest.mark.parametrize("path", sorted(FOR_LEADS | FOR_ADMINISTRATORS))
def test_a_mentee_cannot_open_the_console(cast: Cast, entering: Callable[[Person], Visitor], path: str) -> None:
    entering(cast.bob).get(path, 403)


@pytest.mark.parametrize("path", sorted(FOR_ADMINISTRATORS))
def test_a_lead_cannot_open_what_is_for_administrators(carol: Visitor, path: str) -> None:
    carol.get(path, 403)


@pytest.mark.parametrize("path", sorted(FOR_LEADS | FOR_ADMINISTRATORS))
def test_every_page_has_one_first_heading_and_a_label_for_every_field(dave: Visitor, cast: Cast, path: str) -> None:
    lapsed(cast, cast.dave)
    outline = Outline(dave.get(path))
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert not outline.unlabelled


@pytest.mark.parametrize("path", ["/people/99999999999999999999", "/proposals/4294967296", "/people?page=99999999999"])
def test_a_number_that_no_row_has_is_no_error(dave: Visitor, path: str) -> None:
    assert dave.open(path).status_code in {200, 404}


def test_every_page_of_the_console_is_guarded(app: Flask, cast: Cast) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            assert app.test_client().get(path).status_code == 303, path


def test_a_lead_sees_the_people_of_their_own_organization_alone(carol: Visitor, cast: Cast) -> None:
    page = carol.get("/people")
    assert "Alice Gagnon" in page
    assert "Eve Marchand" not in page
    carol.get(f"/people/{cast.alice.id}")
    carol.get(f"/people/{cast.eve.id}", 404)


def test_a_person_is_registered_and_welcomed(dave: Visitor, cast: Cast) -> None:
    fields = {"name": "Frank Petit", "email": "Frank@Example.org", "organization": "Neuf", "role": "mentor"}
    answer = dave.send(
        "/people/new", "/people/new", **fields, program=cast.program.id, language="fr", timezone="Europe/Paris"
    )
    assert answer.status_code == 303
    frank = Person.called(cast.session, "frank@example.org")
    assert (frank.language, frank.timezone, frank.registered_by_id) == ("fr", "Europe/Paris", cast.dave.id)
    assert frank.organization
    assert frank.organization.name == "Neuf"
    assert [part.role for part in frank.participations] == ["mentor"]


def test_a_refused_registration_keeps_what_was_typed_and_changes_nothing(dave: Visitor, cast: Cast) -> None:
    fields = {"name": "Bob's <Double>", "email": cast.bob.email, "organization": "Neuf", "role": "mentor"}
    answer = dave.send("/people/new", "/people/new", **fields, program=cast.program.id, timezone="Europe/Paris")
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "Somebody with this address is registered already." in page
    assert 'value="Bob\'s <Double>"' in page
    assert 'value="Europe/Paris"' in page
    assert "Neuf" not in list(sights.organization_names(cast.session, cast.dave))


def test_a_lead_registers_no_people_of_other_organizations(carol: Visitor, cast: Cast) -> None:
    fields = {"name": "Frank Petit", "email": "frank@example.org", "role": "mentor", "timezone": "America/Toronto"}
    answer = carol.send("/people/new", "/people/new", **fields, program=cast.program.id, organization=cast.prairie.name)
    assert answer.status_code == 422
    assert "your own organization only" in answer.text


def test_an_address_is_corrected_while_its_owner_never_used_it(carol: Visitor, cast: Cast) -> None:
    page = f"/people/{cast.bob.id}"
    assert carol.send(page, page + "/address", email="bobby@example.org").status_code == 303
    cast.session.refresh(cast.bob)
    assert cast.bob.email == "bobby@example.org"
    assert cast.bob.welcomed_at is None


def test_an_address_in_use_is_not_corrected(carol: Visitor, cast: Cast) -> None:
    cast.bob.answered_at = datetime.now(UTC)
    cast.session.commit()
    page = f"/people/{cast.bob.id}"
    assert "Correct the address" not in carol.get(page)
    answer = carol.send("/people/new", page + "/address", email="bobby@example.org")
    assert answer.status_code == 422
    cast.session.refresh(cast.bob)
    assert cast.bob.email == "bob@boreal.example.org"


def deliver(office: PostOffice, *answers: Outcome) -> None:
    """One round, with what the mail server answers."""
    keeper = Keeper()
    keeper.answers = list(answers)
    office.round(Clock(datetime.now(UTC)), keeper)


def test_an_administrator_sees_what_was_sent_and_sends_it_again(dave: Visitor, cast: Cast, office: PostOffice) -> None:
    cast.propose(datetime.now(UTC))
    deliver(office, Outcome(Came.REFUSED, "550 no such user here"))
    page = dave.get(f"/people/{cast.alice.id}")
    assert "Match proposed" in page
    assert "refused by the recipient's mail server" in page
    assert "550 no such user here" in page
    assert "Bob" not in page
    envelope = cast.session.scalars(select(Envelope).where(Envelope.state == State.REFUSED)).one()
    assert "1 refused" in dave.get("")
    assert "Alice Gagnon" in dave.get("/deliveries")
    dave.send("/people/new", f"/people/{cast.alice.id}/mails/{envelope.id}/again")
    again = cast.session.scalars(select(Envelope).where(Envelope.again == 1)).one()
    assert (again.kind, again.state) == ("match_proposed", State.WAITING)
    assert "refused" not in dave.get("").replace("recipient", "")
    assert records.troubles(cast.session) == {}


def two_lapsed(cast: Cast, office: PostOffice, ago: timedelta) -> datetime:
    """Carol proposes two mentees to Alice, who answers neither; returns the morning of Alice's digest."""
    asked = datetime.now(UTC) - ago
    mentees = [cast.bob, join(cast, "Zoe Roy", "mentee", cast.boreal)]
    for mentee in mentees:
        propose_match(cast.session, cast.program, cast.alice, mentee, asked, by=cast.carol)
    cast.session.commit()
    office.round(Clock(asked), Keeper())
    chased = cast.session.scalars(select(Proposal)).first()
    assert chased is not None
    assert chased.chase_at is not None
    return cast.alice.rhythm.next_morning(chased.chase_at)


def test_what_a_digest_told_leads_an_administrator_to_it(dave: Visitor, cast: Cast, office: PostOffice) -> None:
    morning = two_lapsed(cast, office, timedelta(days=12))
    assert [one.fold for one in office.upcoming(morning, morning + timedelta(days=1), cast.alice)] == [
        "",
        *[str(morning.date())] * 2,
    ]
    cast.session.rollback()
    office.round(Clock(morning), Keeper())
    page = dave.get(f"/people/{cast.alice.id}")
    assert page.count("told in a digest") == 2
    digest = cast.session.scalars(select(Envelope).where(Envelope.kind == "digest")).one()
    assert page.count(f'href="/console/deliveries/{digest.id}"') == 2
    leads = dave.open(f"/deliveries/{digest.id}")
    assert (leads.status_code, leads.location) == (303, f"/console/people/{cast.alice.id}?page=1#mail-{digest.id}")
    assert f'id="mail-{digest.id}"' in page
    dave.get("/deliveries/999", 404)


def test_the_page_behind_a_digest_shows_its_lines_and_their_buttons(app: Flask, cast: Cast, office: PostOffice) -> None:
    morning = two_lapsed(cast, office, timedelta(days=5))
    office.round(Clock(morning), Keeper())
    digest = cast.session.scalars(select(Envelope).where(Envelope.kind == "digest")).one()
    cast.session.commit()
    page = unescape(app.test_client().get(f"/a/{office.desk.token(digest.id, cast.alice)}").text)
    assert "Would you be the mentor of Bob Tremblay?" in page
    for one in cast.session.scalars(select(Envelope).where(Envelope.fold_id == digest.id)):
        assert f'href="/a/{office.desk.token(one.id, cast.alice)}/accept"' in page


def test_the_console_says_why_a_mail_waits(dave: Visitor, cast: Cast, office: PostOffice) -> None:
    cast.carol.weekly = True
    two_lapsed(cast, office, timedelta(days=7, minutes=1))
    office.collect(datetime.now(UTC))
    page = dave.get(f"/people/{cast.carol.id}")
    assert page.count("this person chose one mail a week for what is not urgent") == 2
    assert "in the digest" in dave.get("/upcoming?days=14")


def test_a_mail_that_waits_is_not_sent_again(dave: Visitor, cast: Cast, office: PostOffice) -> None:
    cast.propose(datetime.now(UTC))
    office.collect(datetime.now(UTC))
    envelope = cast.session.scalars(select(Envelope)).one()
    dave.send("/people/new", f"/people/{cast.alice.id}/mails/{envelope.id}/again")
    assert "waiting to be sent already" in dave.get("")
    assert cast.session.scalar(select(func.count()).select_from(Envelope)) == 1


def test_a_lead_sees_no_delivery_log(carol: Visitor, cast: Cast, office: PostOffice) -> None:
    cast.propose(datetime.now(UTC))
    deliver(office)
    page = carol.get(f"/people/{cast.alice.id}")
    assert "Match proposed" not in page
    assert "What was sent" not in page
    assert carol.send("/people/new", f"/people/{cast.alice.id}/mails/1/again").status_code == 403


def test_a_personal_kind_is_named_nowhere(
    dave: Visitor, cast: Cast, office: PostOffice, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = app.extensions["mentorly"].register["match_proposed"]
    monkeypatch.setattr(type(kind), "personal", True)
    cast.propose(datetime.now(UTC))
    assert "personal" in dave.get("/upcoming")
    assert "<strong>Match proposed</strong>" not in dave.get("/upcoming")
    deliver(office, Outcome(Came.REFUSED, "550 no"))
    for page in (dave.get(f"/people/{cast.alice.id}"), dave.get("/deliveries")):
        assert "personal" in page
        assert "Match proposed" not in page


def upload(visitor: Visitor, data: bytes, do: str, program: int, **fields: object) -> TestResponse:
    """Send a roster."""
    return visitor.send(
        "/people/import", "/people/import", file=(BytesIO(data), "pilot.csv"), do=do, program=program, **fields
    )


def test_a_roster_is_looked_at_and_then_imported(dave: Visitor, cast: Cast) -> None:
    before = cast.session.scalar(select(func.count(Person.id)))
    answer = upload(dave, (DATA / "pilot.csv").read_bytes(), "check", cast.program.id)
    page = unescape(answer.text)
    assert answer.status_code == 200
    assert re.search(r"<dt>New people</dt><dd>43</dd>", page)
    assert len(answer.data) < LARGEST_PAGE
    assert cast.session.scalar(select(func.count(Person.id))) == before
    carried = re.search(r'name="carried" value="([^"]+)"', answer.text)
    assert carried
    fields = {"carried": unescape(carried[1]), "name": "pilot.csv", "do": "import", "program": cast.program.id}
    assert dave.send("/people/import", "/people/import", **fields).status_code == 303
    cast.session.rollback()
    assert cast.session.scalar(select(func.count(Person.id))) == (before or 0) + 43


def test_faulty_rows_are_named_by_line_and_nothing_is_changed(dave: Visitor, cast: Cast) -> None:
    before = cast.session.scalar(select(func.count(Person.id)))
    for do in ("check", "import"):
        page = unescape(upload(dave, (DATA / "broken.csv").read_bytes(), do, cast.program.id).text)
        assert "10 rows need another look" in page
        assert len(re.findall(r"<strong>Line \d+</strong>", page)) == 10
        assert "Import it" not in page
    assert cast.session.scalar(select(func.count(Person.id))) == before


def test_a_roster_too_large_to_carry_is_asked_for_again(dave: Visitor, cast: Cast) -> None:
    rows = [f"p{number}@example.org,Person {number:x},mentee,Org {hash(number) % 7}" for number in range(20000)]
    data = "\n".join(["email,name,role,organization", *rows]).encode()
    answer = upload(dave, data, "check", cast.program.id, new_organizations="1")
    assert "Choose the same file once more" in answer.text
    assert 'name="carried"' not in answer.text
    assert len(answer.data) < LARGEST_PAGE


def test_what_a_form_carries_is_checked_like_a_file(dave: Visitor, cast: Cast) -> None:
    for carried in ("not base64", "bm90IHppcHBlZA=="):
        fields = {"carried": carried, "name": "x.csv", "do": "import", "program": cast.program.id}
        answer = dave.send("/people/import", "/people/import", **fields)
        assert answer.status_code == 422
        assert "Choose the file again." in answer.text


def test_an_export_imports_to_no_change(dave: Visitor, cast: Cast) -> None:
    answer = dave.open(f"/people/export?program={cast.program.id}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=roster.csv"
    page = unescape(upload(dave, answer.data, "check", cast.program.id).text)
    assert "There is nothing to import" in page


def test_a_lead_exports_their_own_organization(carol: Visitor, cast: Cast) -> None:
    text = carol.open(f"/people/export?program={cast.program.id}").text
    assert cast.alice.email in text
    assert cast.eve.email not in text


def test_suggestions_say_why_and_show_no_score(carol: Visitor, cast: Cast) -> None:
    join(cast, "Frank Petit", "mentor", cast.boreal, skills=("networking",))
    join(cast, "Heidi Roy", "mentee", cast.boreal, wants=("Networking",))
    page = carol.get("/matching")
    assert "Frank Petit can teach" in page
    assert not re.search(r"score|\d+\.\d", page.partition("<main")[2])
    assert "Eve Marchand" not in page


def test_a_pair_is_proposed_by_a_button(carol: Visitor, cast: Cast) -> None:
    pair = f"{cast.alice.id}-{cast.bob.id}"
    assert f'value="{pair}"' in carol.get("/matching")
    carol.send("/matching", "/matching/propose", program=cast.program.id, pair=pair)
    proposal = cast.session.scalars(select(Proposal)).one()
    assert (proposal.mentor, proposal.mentee, proposal.proposed_by) == (cast.alice, cast.bob, cast.carol)
    assert "Alice Gagnon is asked by mail." in carol.get("/matching")
    assert f'value="{pair}"' not in carol.get("/matching")


def test_a_lead_cannot_propose_people_whom_they_cannot_see(carol: Visitor, cast: Cast) -> None:
    pair = f"{cast.alice.id}-{cast.eve.id}"
    answer = carol.send("/matching", "/matching/propose", program=cast.program.id, pair=pair)
    assert answer.status_code == 404
    assert "Eve" not in answer.text


@pytest.mark.parametrize("pair", ["", "1", "x-y", "1-2-3", "9999999999999999999999-1", "-"])
def test_a_torn_pair_is_no_error(carol: Visitor, cast: Cast, pair: str) -> None:
    answer = carol.send("/matching", "/matching/propose", program=cast.program.id, pair=pair)
    assert answer.status_code in {303, 404}
    assert cast.session.scalar(select(func.count(Proposal.id))) == 0


def test_a_pair_named_by_hand_goes_through_with_warnings_and_can_be_taken_back(dave: Visitor, cast: Cast) -> None:
    cast.bob.manager_email = cast.alice.email
    Conflict.declare(cast.bob, cast.alice, datetime.now(UTC))
    cast.session.commit()
    form = f"/matching/mentees/{cast.bob.id}?program={cast.program.id}"
    pair = f"{cast.alice.id}-{cast.bob.id}"
    assert f'value="{pair}"' in dave.get(form)
    answer = dave.send(form, "/matching/propose", program=cast.program.id, pair=pair)
    page = dave.get(answer.location.removeprefix("/console"))
    assert "Alice Gagnon is the manager of Bob Tremblay." in page
    assert "A conflict of interest or a personal relationship was declared" in page
    assert "Take the proposal back" in page
    proposal = cast.session.scalars(select(Proposal)).one()
    dave.send(f"/proposals/{proposal.id}", f"/proposals/{proposal.id}/withdraw")
    cast.session.refresh(proposal)
    assert proposal.withdrawn_at


def test_the_best_assignment_is_proposed_but_for_what_was_unchecked(carol: Visitor, cast: Cast) -> None:
    frank = join(cast, "Frank Petit", "mentor", cast.boreal)
    heidi = join(cast, "Heidi Roy", "mentee", cast.boreal)
    form = f"/matching/best?program={cast.program.id}"
    pairs = re.findall(r'name="pair" value="(\d+-\d+)" checked', carol.get(form))
    assert len(pairs) == 2
    assert cast.session.scalar(select(func.count(Proposal.id))) == 0
    carol.send(form, "/matching/best", program=cast.program.id, pair=pairs[:1])
    proposal = cast.session.scalars(select(Proposal)).one()
    assert f"{proposal.mentor_id}-{proposal.mentee_id}" == pairs[0]
    assert {proposal.mentor, proposal.mentee} <= {frank, heidi, cast.alice, cast.bob}


def test_a_refused_bulk_proposal_changes_nothing_and_keeps_the_check_marks(carol: Visitor, cast: Cast) -> None:
    frank = join(cast, "Frank Petit", "mentor", cast.boreal)
    heidi = join(cast, "Heidi Roy", "mentee", cast.boreal)
    form = f"/matching/best?program={cast.program.id}"
    both = [f"{frank.id}-{heidi.id}", f"{frank.id}-{cast.bob.id}"]
    answer = carol.send(form, "/matching/best", program=cast.program.id, pair=both)
    assert answer.status_code == 422
    assert "Frank Petit has no place left" in answer.text
    assert cast.session.scalar(select(func.count(Proposal.id))) == 0
    for pair, marked in re.findall(r'name="pair" value="(\d+-\d+)"( checked)?', answer.text):
        assert bool(marked) == (pair in both)


def test_a_reservation_is_read_by_who_was_told_alone(
    cast: Cast, carol: Visitor, dave: Visitor, entering: Callable[[Person], Visitor]
) -> None:
    proposal = cast.propose(datetime.now(UTC))
    proposal.reserve("conflict", "We are cousins.", cast.alice, datetime.now(UTC))
    cast.session.commit()
    path = f"/proposals/{proposal.id}"
    assert "We are cousins." in carol.get(path)
    assert "Alice Gagnon for Bob Tremblay" in carol.get("")
    for page in (dave.get(path), dave.get("/proposals"), dave.get("")):
        assert "cousins" not in page
        assert "A conflict of interest" not in page
        assert "reservation" not in page
    assert "not accepted" in dave.get(path)
    entering(cast.eve).get(path, 403)


def without_tokens(page: str) -> str:
    """A page without what a form bears against forgery: that is another one each second."""
    bare, found = re.subn(r'name="csrf_token" value="[^"]+"', "", page)
    assert found
    return bare


def test_others_cannot_tell_a_reservation_from_a_lapse(cast: Cast, dave: Visitor) -> None:
    proposal = lapsed(cast)
    silent = without_tokens(dave.get(f"/proposals/{proposal.id}"))
    proposal.reserve("other", "", cast.alice, datetime.now(UTC))
    cast.session.commit()
    assert without_tokens(dave.get(f"/proposals/{proposal.id}")) == silent


def test_nobody_sees_a_proposal_of_themself_before_it_is_accepted(
    cast: Cast, entering: Callable[[Person], Visitor]
) -> None:
    grace = join(cast, "Grace Chen", "mentee", cast.boreal)
    Participation.join(grace, cast.program, "lead", datetime.now(UTC), by=None)
    proposal = propose_match(cast.session, cast.program, cast.alice, grace, datetime.now(UTC), by=cast.carol)
    cast.session.commit()
    visitor = entering(grace)
    assert "Alice Gagnon for" not in visitor.get("/proposals")
    visitor.get(f"/proposals/{proposal.id}", 404)


def test_a_lapse_waits_for_who_proposed_until_somebody_else_is_asked(cast: Cast, carol: Visitor) -> None:
    lapsed(cast)
    assert "lapsed without an answer" in carol.get("")
    frank = join(cast, "Frank Petit", "mentor", cast.boreal)
    carol.send("/matching", "/matching/propose", program=cast.program.id, pair=f"{frank.id}-{cast.bob.id}")
    assert "lapsed without an answer" not in carol.get("")


def test_a_relationship_is_shown_as_far_as_the_table_allows(
    cast: Cast, carol: Visitor, dave: Visitor, entering: Callable[[Person], Visitor]
) -> None:
    together = matched(cast, cast.alice, cast.eve)
    path = f"/relationships/{together.id}"
    page = carol.get(path)
    assert "Eve Marchand" in page
    assert cast.eve.email not in page
    assert "First meeting" not in page
    assert "End early" not in page
    assert cast.eve.email in dave.get(path)
    grace = entering(join(cast, "Grace Chen", "lead", cast.prairie))
    assert cast.eve.email in grace.get(path)
    assert "End early" in grace.get(path)
    assert "Extend" not in grace.get(path)
    ivan = entering(join(cast, "Ivan Neuf", "lead", Organization.add(cast.session, "Third", datetime.now(UTC))))
    ivan.get(path, 404)
    assert "Eve Marchand" not in ivan.get("/relationships")


def test_who_is_in_a_group_sees_as_a_member_of_it(cast: Cast, entering: Callable[[Person], Visitor]) -> None:
    cast.program.most = 5
    Participation.of(cast.alice, cast.program, "mentor").capacity = 5  # type: ignore[union-attr]
    Participation.join(cast.carol, cast.program, "mentee", datetime.now(UTC), by=None)
    together = matched(cast, cast.alice, cast.eve)
    assert matched(cast, cast.alice, cast.carol) is together
    page = entering(cast.carol).get(f"/relationships/{together.id}")
    assert cast.alice.email in page
    assert cast.eve.email not in page
    assert "End early" not in page


def test_the_first_meeting_is_set_and_a_refusal_keeps_what_was_typed(cast: Cast, carol: Visitor) -> None:
    together = matched(cast)
    path = f"/relationships/{together.id}"
    answer = carol.send(path, path + "/first-meeting", at="2020-03-01T15:00")
    assert answer.status_code == 422
    assert "has to be in the future" in answer.text
    assert 'value="2020-03-01T15:00"' in answer.text
    at = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y-%m-%dT15:00")
    assert carol.send(path, path + "/first-meeting", at=at).status_code == 303
    cast.session.refresh(together)
    assert together.first_meeting_set_by_id == cast.carol.id


def test_an_administrator_extends_and_a_lead_does_not(cast: Cast, carol: Visitor, dave: Visitor) -> None:
    together = matched(cast)
    path, until = f"/relationships/{together.id}", together.ends_on + timedelta(days=30)
    assert carol.send(path, path + "/extend", until=until.isoformat()).status_code == 403
    assert "Write the day like this" in dave.send(path, path + "/extend", until="soon").text
    assert dave.send(path, path + "/extend", until=until.isoformat()).status_code == 303
    cast.session.refresh(together)
    assert together.ends_on == until


def test_a_lead_ends_a_relationship_of_their_mentee(cast: Cast, carol: Visitor) -> None:
    together = matched(cast)
    path = f"/relationships/{together.id}"
    assert carol.send(path, path + "/end").status_code == 303
    cast.session.refresh(together)
    assert together.ended_early
    assert "ended early" in carol.get(path)


def test_the_gallery_shows_every_kind_with_its_why(dave: Visitor, app: Flask) -> None:
    page = dave.get("/mails")
    for kind in app.extensions["mentorly"].register.values():
        assert f"/console/mails/{kind.name}" in page
        assert kind.why_in("en") in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_mail_is_previewed_in_both_languages(dave: Visitor, app: Flask, language: str) -> None:
    for kind in app.extensions["mentorly"].register.values():
        for view in ("html", "phone", "text", "source"):
            page = dave.get(f"/mails/{kind.name}?language={language}&view={view}&quotes=on")
            assert len(page.encode()) < LARGEST_PAGE
        answer = dave.open(f"/mails/{kind.name}/letter?language={language}")
        assert f'lang="{language}' in answer.text


def test_a_preview_is_shut_in_and_nothing_else_may_be_framed(dave: Visitor) -> None:
    letter = dave.open("/mails/welcome/letter").headers
    assert "style-src 'unsafe-inline'; " in letter["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in letter["Content-Security-Policy"]
    assert letter["X-Frame-Options"] == "SAMEORIGIN"
    page = dave.open("/mails/welcome").headers
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    dave.get("/mails/no_such_mail", 404)


def test_a_test_mail_goes_to_who_asks(dave: Visitor, cast: Cast) -> None:
    dave.send("/mails/welcome", "/mails/match_lapsed/test", language="fr")
    asked = cast.session.scalars(select(SampleRequest)).one()
    assert (asked.kind, asked.language, asked.person_id) == ("match_lapsed", "fr", cast.dave.id)


def test_what_is_going_to_be_sent_is_foreseen_and_nothing_is_written(dave: Visitor, cast: Cast) -> None:
    proposal = cast.propose(datetime.now(UTC))
    page = dave.get("/upcoming?days=14")
    for words in ("Match proposed", "Match proposed: the reminder", "Match lapsed", "Carol Roy"):
        assert words in page
    assert "Match lapsed" not in dave.get(f"/upcoming?days=14&person={cast.alice.id}")
    cast.session.refresh(proposal)
    assert proposal.answer_by is None


def test_a_program_is_added_and_a_refusal_keeps_what_was_typed(dave: Visitor, cast: Cast) -> None:
    fields = {"name": "Pilot", "kind": "group", "starts_on": "2027-05-01", "months": "9"}
    answer = dave.send("/programs", "/programs", **fields)
    assert answer.status_code == 422
    assert "There is a program called Pilot already." in answer.text
    assert 'value="9"' in answer.text
    assert dave.send("/programs", "/programs", **{**fields, "name": "Second"}, contact=cast.dave.id).status_code == 303
    second = Program.called(cast.session, "Second")
    assert (second.kind, second.starts_on, second.ends_on) == ("group", date(2027, 5, 1), date(2028, 2, 1))
    assert second.contact_id == cast.dave.id


def test_the_console_speaks_french(cast: Cast, entering: Callable[[Person], Visitor]) -> None:
    cast.carol.language = "fr"
    cast.session.commit()
    assert '<html lang="fr">' in entering(cast.carol).get("")


def populate(cast: Cast, numbers: range) -> None:
    """Rows of everything: relationships, lapsed proposals, mentees without a mentor, failed mails, dead addresses."""
    begun = datetime.now(UTC) - timedelta(days=20)
    for number in numbers:
        mentor = join(cast, f"Mentor {number:03}", "mentor", cast.boreal, capacity=3)
        mentees = [join(cast, f"Mentee {number:03} {letter}", "mentee", cast.boreal) for letter in "abc"]
        matched(cast, mentor, mentees[0])
        titles, what = {"en": f"Guide {number}"}, File(f"Guide {number}".encode())
        guide = Document.add(cast.program, cast.dave, begun, titles=titles, purpose="general", language="en", what=what)
        guide.renew(what, "fr", cast.dave, begun)
        late = propose_match(cast.session, cast.program, mentor, mentees[1], begun, by=cast.dave)
        late.asked(begun)
        fields = {"kind": "match_proposed", "thing_id": late.id, "occasion": "", "moment": begun, "lane": 0}
        state = {"state": State.FAILED, "send_at": begun, "collected_at": begun, "mark": f"{number:032}"}
        cast.session.add(Envelope(reader_id=mentor.id, **fields, **state))
        fields["occasion"] = str(number)
        Unreached.lost(mentor, Loss(Verdict.PERMANENT, "5.1.1", matters=True), begun)
        AuditEntry.write(cast.session, Deed.MATCH_PROPOSED, late, mentor, begun, person=mentor)
        cast.session.add(Envelope(reader_id=cast.alice.id, **fields, **{**state, "mark": f"{number + 500:032}"}))
    cast.session.commit()


PAGES = [
    "",
    "/people",
    "/people?q=mentor",
    "/people/1",
    "/people/new",
    "/people/import",
    "/matching",
    "/matching/best?program=1",
    "/matching/mentees/2?program=1",
    "/proposals",
    "/proposals/1",
    "/relationships",
    "/relationships/1",
    "/unreached",
    "/programs",
    "/documents",
    "/documents/1",
    "/mails",
    "/deliveries",
    "/acts",
    "/acts?person=1",
    "/acts.csv",
    "/upcoming?days=90",
    "/upcoming?days=90&person=1",
]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    cast: Cast, carol: Visitor, dave: Visitor, app: Flask, count_queries: Counter
) -> None:
    counts: list[dict[tuple[str, str], int]] = []
    for numbers in (range(3), range(3, 60)):
        populate(cast, numbers)
        counts.append({})
        for name, visitor in (("carol", carol), ("dave", dave)):
            for path in PAGES:
                with app.app_context(), count_queries(db.engine) as queries:
                    answer = visitor.open(path)
                assert answer.status_code in {200, 403}, (path, answer.status_code)
                assert len(answer.data) < LARGEST_PAGE, (name, path, len(answer.data))
                counts[-1][name, path] = len(queries)
    grown = {key: (few, counts[1][key]) for key, few in counts[0].items() if counts[1][key] != few}
    assert not grown
