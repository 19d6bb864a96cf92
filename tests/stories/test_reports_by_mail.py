"""A report by mail, with real processes: a mentor replies and presses send; one lead gets it, another cannot."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sqlalchemy import select

from mentorly.config import Listen
from mentorly.emails.envelope import Envelope
from mentorly.emails.received import Received
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from tests.doors.handing import mail_server
from tests.servers import SmtpSink
from tests.stories.kit import DATA, Service, button_of, press, wait_for, words_of
from tests.stories.test_answered_by_mail import BJORN, LEAD, NOEMIE, from_a_telephone, hand_over
from tests.stories.test_calendars_by_mail import SETTINGS, inside

ADMINISTRATOR, GONE = "dave@mentorly.example.org", "gone@northlight.example.com"
WORDS = "Elle a trouvé sa place."
DAY = timedelta(days=1)


def given(service: Service, now: datetime) -> None:
    """Björn and Noémie were matched long ago; her organization has two leads, of whom one has no mailbox any more."""
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("admin", "add", ADMINISTRATOR, "--name", "Dave Okoye")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    service.run("match", "propose", BJORN, NOEMIE, "--program", "Pilot")
    with inside(service) as session:
        proposal = session.scalars(select(Proposal)).one()
        proposal.accept(proposal.mentor, now)
        lead = session.scalars(select(Person).where(Person.email == LEAD)).one()
        other = Person.register(session, GONE, "Gil Roy", now, by=None, organization=lead.organization)
        Participation.join(other, proposal.program, "lead", now, by=None)
        session.commit()


def mail_to(people: SmtpSink, address: str, word: str) -> EmailMessage:
    """The mail to somebody whose text has a word, once it is there."""
    found: list[EmailMessage] = []

    def is_there() -> bool:
        mails = [message_from_bytes(letter.content, policy=default) for letter in people.letters]
        mine = [mail for mail in mails if address in str(mail["To"])]
        found[:] = [mail for mail in mine if word in " ".join(words_of(mail).split())]
        return bool(found)

    wait_for(is_there, 60, f"the mail to {address} with “{word}”")
    return found[-1]


def test_a_report_by_reply_reaches_the_lead_and_an_administrator_hears_whom_it_did_not(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with SmtpSink(refusals={GONE: "550 5.1.1 There is nobody of this name"}) as people:
        settings = SETTINGS | {"MENTORLY_SMTP_URL": people.url}
        service = Service(tmp_path / "instance", settings)
        given(service, now)
        service.run("round")
        with inside(service) as session:
            session.scalars(select(Relationship)).one().midway_at = now - 7 * DAY
            session.commit()
        service.run("round")
        with service.up(), mail_server(Listen("127.0.0.1", service.lmtp_port)) as server:
            prompt = mail_to(people, BJORN, "Écrire un bilan")
            reply = from_a_telephone(prompt, BJORN, WORDS, "fr")
            assert hand_over(server, prompt, reply, BJORN).startswith("250 ")
            echo = mail_to(people, BJORN, "Il n’est pas encore envoyé.")
            assert WORDS in words_of(echo)
            status, _ = press(button_of(echo, "send"))
            assert status == 200
            assert WORDS in words_of(mail_to(people, LEAD, "sends you a progress report"))
            told = words_of(mail_to(people, ADMINISTRATOR, "Gil Roy"))
            assert WORDS not in told
            assert "did not take it" in " ".join(told.split())
    with inside(service) as session:
        assert session.scalars(select(Received.raw)).all() == [None], "the bytes of the reply are deleted"
        kinds = select(Envelope.kind).join(Envelope.reader).where(Person.email == NOEMIE)
        assert not [kind for kind in session.scalars(kinds) if "report" in kind], "she hears of nothing"
