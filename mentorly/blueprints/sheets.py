"""A mail that a token opened, as the pages behind its buttons show it."""

from dataclasses import dataclass
from functools import cached_property

from flask import g

from mentorly.blueprints.filling import sections_shown
from mentorly.emails.answering import Opened
from mentorly.emails.envelope import Answer
from mentorly.emails.lines import Choice, Line
from mentorly.emails.manuscript import typeset
from mentorly.emails.numbered_lines import lines_of
from mentorly.emails.retelling import Retold, retold
from mentorly.extensions import now, post_office, session
from mentorly.mentoring.agreements import AgreementText
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.questions import Password
from mentorly.mentoring.sessions import SessionLog, log_of

DOOR = "web"


@dataclass(frozen=True)
class Sheet:
    """A mail that a token opened, as its page shows it."""

    token: str
    opened: Opened

    def label(self, button: str) -> str:
        """What stands on a button, as in the mail."""
        return typeset(self.opened.label(button), self.opened.reader.language)

    @cached_property
    def mail(self) -> Retold | None:
        """What the mail said."""
        return retold(post_office().desk, self.opened)

    @property
    def subject(self) -> str:
        """What the mail was about; '' if it cannot be said again."""
        return self.mail.subject if self.mail else ""

    @property
    def standing(self) -> Answer | None:
        """The last answer that was not undone."""
        return self.opened.standing()

    @property
    def answered(self) -> set[str]:
        """The buttons whose answer was not undone."""
        return {one.button for one in self.opened.envelope.answers if one.undone_at is None}

    @property
    def taken_back(self) -> Answer | None:
        """The last answer, if it was undone."""
        last = self.opened.envelope.answers[-1:]
        return last[0] if last and last[0].undone_at else None

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of a digest; none for any other mail."""
        return lines_of(session(), post_office().register, self.opened)

    def token_of(self, choice: Choice) -> str:
        """The token of the mail that a button of a line answers."""
        return post_office().desk.token(choice.envelope, self.opened.reader)

    def sets_password(self, button: str) -> bool:
        """Whether a button asks for a new password."""
        return any(isinstance(question, Password) for question in self.opened.questions(button))

    @property
    def instrument(self) -> Asked | None:
        """What the mail asks to fill in, if it is about an instrument."""
        return self.opened.thing if isinstance(self.opened.thing, Asked) else None

    def to_fill_in(self, button: str) -> Asked | None:
        """The instrument whose form is behind a button."""
        return self.instrument if button in self.opened.kind.buttons else None

    def gives_archive(self, button: str) -> bool:
        """Whether a button gives what is kept about the reader."""
        return isinstance(self.opened.thing, DataRequest) and button in self.opened.kind.buttons

    @property
    def standing_agreement(self) -> AgreementText | None:
        """What stands in the agreement that the mail asks to fill in."""
        row = self.instrument
        together = row.relationship if row and row.is_shared_work else None
        return AgreementText.current(together, row.name) if row and together else None

    @property
    def agreement(self) -> AgreementText | None:
        """What the mail asks to sign, if it is about an agreement."""
        return self.opened.thing if isinstance(self.opened.thing, AgreementText) else None

    @property
    def text_to_sign(self) -> list[tuple[str, list[str]]]:
        """What the mail asks to sign, if it showed it: each heading with its paragraphs."""
        text = self.agreement if "sign" in self.opened.buttons else None
        return sections_shown(text.sections(self.opened.reader.language)) if text else []

    @property
    def session(self) -> SessionLog | None:
        """The line of the session log of the meeting that the mail is about."""
        thing = self.opened.thing
        return log_of(thing) if isinstance(thing, Meeting) and thing.held else None


def opened(token: str, *, lock: bool = False) -> Sheet:
    """Open a mail by its token. lock: nobody else changes what it is about. Raises NotOurs or Expired."""
    opened = post_office().open(token, now(), lock=lock)
    g.reader = opened.reader
    return Sheet(token, opened)
