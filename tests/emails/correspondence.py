"""A correspondence with the service: mails go out by rounds, and people answer them from their mail programs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

from mentorly.emails.email import Register
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received
from mentorly.mentoring.people import Person
from tests.cast import MONDAY, REGISTER, Cast, Clock, Keeper, office_of
from tests.emails.replying_clients import CLIENTS, Answered

VOUCHED = "Authentication-Results: mx.example.org; dmarc={said} header.from={domain}\r\n"
# The mails in which a calendar has a part: a round asks the database about each kind that it knows.
ABOUT_CALENDARS = (
    *("invitation", "was_it_you", "reply_unclear", "reply_taken", "remark_kept", "event_refused", "event_unclear"),
    *("match_proposed", "reply_changed_nothing", "planned_elsewhere", "meeting_off", "meeting_declined"),
    "time_countered",
)
RECEIVED = "Received: from out by mx.example.org with ESMTPS id 1\r\n"


@dataclass
class Came:
    """A mail that came to somebody."""

    recipient: str
    mail: EmailMessage

    @property
    def text(self) -> str:
        """Its text part, as one line of words."""
        body = self.mail.get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.mail["Subject"])


@dataclass
class Correspondence:
    """The service and its people, at a moment that moves on."""

    cast: Cast
    settings: dict[str, str] = field(default_factory=dict)
    register: Register = field(default_factory=lambda: REGISTER)
    moment: datetime = MONDAY
    came: list[Came] = field(default_factory=list)
    replies: int = 0

    @property
    def office(self) -> PostOffice:
        """The post office."""
        return office_of(self.cast.session, self.register, **self.settings)

    def pass_by(self, *, bell: bool = True, **time: float) -> list[Came]:
        """Let time go by, then do a round, of what people just did alone (bell) or of all; returns what it brought."""
        self.moment += timedelta(**time)
        keeper = Keeper()
        counts = self.office.round(Clock(self.moment), keeper, bell=bell)
        assert counts["faults"] == [], counts["faults"]
        brought = [Came(to, _read(data)) for _, to, data in keeper.carried]
        self.came += brought
        return brought

    def last_to(self, person: Person) -> Came:
        """The latest mail to a person."""
        return next(one for one in reversed(self.came) if one.recipient == person.email)

    def reply(self, to: Came, words: str, sender: str = "", *, client: str = "Apple Mail", said: str = "") -> Received:
        """Answer a mail from a mail program, with the whole quotation below; returns it as it was taken in.

        sender: another address than the one that it came to. said: what the trusted server found out: pass or fail.
        """
        answered = Answered(to.subject, _body(to.mail, "plain"), _body(to.mail, "html"), "en")
        plain, page = CLIENTS[client](words, answered)
        self.replies += 1
        mail = EmailMessage(policy=SMTP)
        mail["From"] = sender or to.recipient
        mail["To"] = str(to.mail["Reply-To"])
        mail["Subject"] = f"Re: {to.subject}"
        mail["Message-ID"] = f"<reply-{self.replies}@example.org>"
        mail["In-Reply-To"] = str(to.mail["Message-ID"])
        mail.set_content(plain)
        mail.add_alternative(page, subtype="html")
        domain = (sender or to.recipient).rpartition("@")[2]
        head = (VOUCHED.format(said=said, domain=domain) if said else "") + RECEIVED
        return self.receive(head.encode() + mail.as_bytes(), str(to.mail["Reply-To"]))

    def receive(self, raw: bytes, recipient: str, sender: str | None = None) -> Received:
        """Keep a message and take it in."""
        reception, session = self.office.reception, self.cast.session
        (number,) = reception.keep(raw, [recipient], sender, "lmtp", self.moment)
        received = session.get_one(Received, number)
        reception.take_in(received, self.moment)
        session.commit()
        return received

    def asked(self) -> Came:
        """Alice is asked whether she would be Bob's mentor; returns the mail."""
        self.cast.propose(self.moment)
        (mail,) = self.pass_by()
        assert mail.recipient == self.cast.alice.email
        return mail

    def matched(self) -> None:
        """Alice and Bob are matched, and they and Carol have been told."""
        self.cast.propose(self.moment).accept(self.cast.alice, self.moment)
        self.cast.session.commit()
        assert sorted(recipients(self.pass_by())) == ["alice", "bob", "carol"]

    def press(self, mail: Came, button: str, **typed: str) -> None:
        """Press a button of a mail, with what was typed."""
        token = str(mail.mail["Reply-To"])[2:].partition("@")[0]
        office = self.office
        office.answer(office.open(token, self.moment, lock=True), button, typed, "web", self.moment)
        self.cast.session.commit()


def _read(data: bytes) -> EmailMessage:
    mail = message_from_bytes(data, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _body(mail: EmailMessage, subtype: str) -> str:
    body = mail.get_body((subtype,))  # type: ignore[arg-type]
    assert body is not None
    return str(body.get_content())


def recipients(mails: list[Came]) -> Iterator[str]:
    """Who got mails, by the part of their address before the @."""
    return (mail.recipient.partition("@")[0] for mail in mails)
