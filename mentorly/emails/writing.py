"""Writing a mail: a kind, a thing and a reader become a letter with its links and headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from mentorly.config import Settings
from mentorly.emails.email import Email
from mentorly.emails.enclosing import DOCUMENT
from mentorly.emails.lines import Choice
from mentorly.emails.message import Letter
from mentorly.emails.wording import Links
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.sealing import Seal
from mentorly.tokens import Tokens

ANSWER = "answer"
MEETING = "person in relationship"
UNSUBSCRIBE = "unsubscribe"
SAMPLE = "sample"
PAGES = {
    "home": "/home",
    "sign_in": "/sign-in",
    "password": "/password",
    "figures": "/console/figures",
    "who_sees": "/who-sees",
    "profile": "/profile",
    "meetings": "/meetings/{number}",
    "meeting": "/meeting/{number}",
    "session": "/session/{number}",
    "pause": "/pause/{number}",
    "objectives": "/objectives/{number}",
    "task": "/task/{number}",
    "asked": "/asked/{number}",
    "agreement": "/agreement/{number}",
    "unsubscribe": "/unsubscribe/{number}",
    DOCUMENT: "/documents/{number}",
    "console": "/console",
    "person": "/console/people/{number}",
    "reservation": "/console/proposals/{number}",
    "report": "/report/{number}",
    "concerns": "/console/concerns",
    "unheard": "/console/unheard",
    "next": "/console/proposals/{number}",
}


@dataclass(frozen=True)
class Thread:
    """What a mail follows. first: the mark of the earlier mail. reply: the Message-ID of the reply that it answers.

    about: the number of the earlier mail whose buttons it shows again.
    """

    first: str = ""
    reply: str = ""
    about: int = 0


ALONE = Thread()


class Desk:
    """Where mails are written: what all mails of a service have in common."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens([settings.secret_key, *settings.secret_key_fallbacks])
        self.seal = Seal(self.tokens.secrets)
        self.mail_domain = settings.mail_domain
        self.contact = parseaddr(settings.contact)[1]
        self.sender = parseaddr(settings.mail_from)[1].lower()

    @classmethod
    @lru_cache(16)
    def of(cls, settings: Settings) -> "Desk":
        """The desk of a service, always the same: what was compiled for it serves every post office after it."""
        return cls(settings)

    def token(self, envelope_id: int, reader: Person) -> str:
        """The token of an envelope: its links, its reply address and its bounce address."""
        return self.tokens.make(ANSWER, envelope_id, reader.generation)

    def reply_address(self, token: str) -> str:
        """Where an answer or a bounce of a mail comes back to."""
        return self.settings.reply_address.format(token=token)

    def calendar_address(self, member: Member, generation: int) -> str:
        """A person's own address in a relationship: the organizer of their meetings, and whom they invite themselves.

        generation: of the person.
        """
        return self.settings.calendar_address.format(token=self.tokens.make(MEETING, member.id, generation))

    def token_in(self, address: str) -> str | None:
        """The token in an address of the shape that reply addresses have, unproven; None if it has another shape."""
        return self._token_in(address, self.settings.reply_address)

    def calendar_token_in(self, address: str) -> str | None:
        """The token in an address of the shape that people's own in a relationship have, unproven, or None."""
        return self._token_in(address, self.settings.calendar_address)

    @staticmethod
    def _token_in(address: str, pattern: str) -> str | None:
        head, _, tail = pattern.lower().partition("{token}")
        known = address.strip("<> ").lower()
        if not (known.startswith(head) and known.endswith(tail) and len(known) > len(head) + len(tail)):
            return None
        return known[len(head) : len(known) - len(tail)]

    def message_id(self, mark: str) -> str:
        """The Message-ID of an envelope's mark."""
        return f"<{mark}@{self.mail_domain}>"

    def links(self, kind: Email, reader: Person, token: str, earlier: str = SAMPLE) -> Links:
        """The links of a mail, and what its footer says. earlier: the token of the mail that this one is about."""
        public = self.settings.public_url
        return Links(
            button=lambda name: f"{public}/a/{token}/{name}",
            page=self.page,
            why=kind.why_in(reader.language),
            contact=self.contact,
            again=lambda name: f"{public}/a/{earlier}/{name}",
            stop=self._stop_token(kind, reader, token),
            answer=lambda choice: self._answer_address(choice, reader, token),
        )

    def _stop_token(self, kind: Email, reader: Person, token: str) -> str:
        """The token that stops mails of this kind, for the mail of an answer's token; '' for what is needed."""
        if not kind.stoppable:
            return ""
        number = self.tokens.number(token)
        if token == SAMPLE or number is None:
            return SAMPLE
        return self.tokens.make(UNSUBSCRIBE, number, reader.generation)

    def page(self, name: str, number: int | str | None = None, /) -> str:
        """The address of a page by its name, and of what it shows by its number or its token."""
        if name == DOCUMENT and isinstance(number, int):
            number = self.tokens.make(DOCUMENT, number)
        return self.settings.public_url + PAGES[name].format(number=number)

    def _answer_address(self, choice: Choice, reader: Person, token: str) -> str:
        """Where the button of another mail leads; in a test mail (by its token) it does nothing."""
        purpose = ANSWER if choice.button else UNSUBSCRIBE
        own = SAMPLE if token == SAMPLE else self.tokens.make(purpose, choice.envelope, reader.generation)
        return f"{self.settings.public_url}/a/{own}/{choice.button}" if choice.button else self.page("unsubscribe", own)

    def letter(
        self, kind: Email, reader: Person, token: str, mark: str, values: Mapping[str, Any], now: datetime,
        thread: Thread = ALONE,
    ) -> Letter:  # fmt: skip
        """Write a mail. values: what the text speaks of. thread: what it follows in the reader's mailbox."""
        shown, reads = kind.stands_for(values, reader)
        common = {"takes_replies": self.settings.takes_replies, "quotes": bool(reads.quotes)}
        token = token if shown is kind else SAMPLE
        links = self.links(shown, reads, token, self.token(thread.about, reads) if thread.about else SAMPLE)
        written = shown.wordings[reads.language].write({**values, **common}, reads, links)
        first = self.message_id(thread.first) if thread.first else ""
        return Letter(
            sender=self.settings.mail_from,
            recipient_name=reader.name,
            recipient=reader.email,
            reply_to=self.reply_address(token),
            subject=written.subject,
            text=written.text,
            html=written.html,
            message_id=self.message_id(mark),
            date=now,
            in_reply_to=thread.reply or first,
            references=(first,) if first and thread.reply else (),
            auto="auto-replied" if shown.answers_reply else "auto-generated",
            list_unsubscribe=self.page("unsubscribe", links.stop) if links.stop else "",
        )

    def told_to_calendars(self, kind: Email, thing: Any, reader: Person, letter: Letter) -> Letter:
        """The same letter with what calendars are told, if its kind tells them anything; they answer its organizer."""
        if type(kind).invitation is Email.invitation:
            return letter
        address = self.settings.calendar_address.format(token=SAMPLE)
        own = kind.organizer(thing, reader)
        if own is not None and own.id is not None:
            address = self.calendar_address(own, reader.generation)
        letter.invitation = kind.invitation(thing, reader, address)
        letter.reply_to = address if letter.invitation else letter.reply_to
        return letter

    def with_what_goes_along(self, kind: Email, thing: Any, reader: Person, letter: Letter, now: datetime) -> Letter:
        """The same letter with all that its kind sends beside the text: what calendars are told, and files."""
        letter = self.told_to_calendars(kind, thing, reader, letter)
        if type(kind).attachments is not Email.attachments:
            letter.attachments = kind.attachments(thing, reader, now)
        return letter

    def sample(self, kind: Email, reader: Person, now: datetime, thing: Any = None) -> Letter:
        """Write an invented mail of a kind, for the gallery; reader: a person in no session. It touches nothing."""
        thing = thing or kind.sample(reader, now)
        letter = self.letter(kind, reader, SAMPLE, "0" * 32, kind.sample_values(thing, reader, now), now)
        return self.with_what_goes_along(kind, thing, reader, letter, now)
