"""Email, the base of every kind of mail, and the register of all kinds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm.interfaces import ORMOption

from mentorly.calendars.invitation import Invitation
from mentorly.clock import NONE
from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.envelope import Envelope
from mentorly.emails.understanding import Meaning
from mentorly.emails.wording import Wording
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.naming import reading_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.suppressions import EVERY, Family
from mentorly.timing import Lane, Timing

NOW = Lane.NOW
MORNING = Lane.MORNING
WEEKLY = Lane.WEEKLY
GRACE = timedelta(minutes=5)
LANES = (NOW, MORNING, WEEKLY)


@dataclass(frozen=True)
class Given:
    """An answer as it was understood: the button, what was said to its questions, and what was before, for an undo.

    at: when it was given, which is before what it causes if that waits for a grace.
    """

    button: str
    said: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


class Going(NamedTuple):
    """A mail that is about to be written. password: a temporary one, which is this envelope's alone."""

    thing: Any
    reader: Person
    password: str


class Email:
    """A kind of mail. Its docstring says why the mail is sent; the console, the forecast and the footer show that.

    due: when and to whom. lane: rules A4. fresh_for: how long after it could first have gone it is still worth sending;
    None: however late. urgent: does not wait for the week's morning of readers who chose so. through_quiet: goes in
    quiet hours too. begins: by an envelope's thing, in SQL, when what it is about begins; quiet hours that end later do
    not hold it (rules A3). told_if_lost: who looks after the reader is told when it does not arrive. stoppable: not
    needed to take part; family: all that is stopped with it. buttons: what can be answered, each with its questions.
    button_life: how long a button works. thread: kinds of the same thread about the same thing follow each other in the
    reader's mailbox. loads: what of its things the text speaks of, read for a whole batch at once. noted: the thing's
    column that keeps when the mail left, if that is all there is to keep. formerly: names that this kind had. replies:
    the button that a word of a reply presses. read_as: the buttons whose questions a reply may answer without such a
    word, in the order in which they are tried. of_consequence: the buttons that a reply presses only if its sender is
    proven. by_hand: the buttons that no reply presses. grace: how long what a reply causes for others waits. greets:
    any word at all is what it asks for. carries: its thing is a digest, which carries other mails. keeps_said: whether
    an answer keeps what was said to its questions (never words of one's own) beside the thing. repeats: the buttons
    that can be answered again and again. drafts: a reply in words makes a draft, which is shown to its writer before
    anything comes of it. expects: its reader is to do something about it, although no answer to it is awaited.
    """

    due: ClassVar[Due]
    lane: ClassVar[Lane] = MORNING
    fresh_for: ClassVar[timedelta | None] = timedelta(days=3)
    urgent: ClassVar[bool] = False
    through_quiet: ClassVar[bool] = False
    begins: ClassVar[Any] = None
    told_if_lost: ClassVar[bool] = False
    stoppable: ClassVar[bool] = False
    family: ClassVar[Family] = Family.REMINDERS
    personal: ClassVar[bool] = False
    buttons: ClassVar[Mapping[str, Sequence[Question]]] = {}
    button_life: ClassVar[timedelta] = timedelta(days=60)
    thread: ClassVar[str] = ""
    loads: ClassVar[Sequence[ORMOption]] = ()
    noted: ClassVar[str] = ""
    formerly: ClassVar[tuple[str, ...]] = ()
    replies: ClassVar[Mapping[Meaning, str]] = {}
    read_as: ClassVar[tuple[str, ...]] = ()
    of_consequence: ClassVar[frozenset[str]] = frozenset()
    by_hand: ClassVar[frozenset[str]] = frozenset()
    grace: ClassVar[timedelta] = GRACE
    greets: ClassVar[bool] = False
    carries: ClassVar[bool] = False
    keeps_said: ClassVar[bool] = True
    repeats: ClassVar[frozenset[str]] = frozenset()
    drafts: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    register: "Register"

    def __init__(self, name: str, wordings: Mapping[str, Wording]) -> None:
        self.name = name
        self.wordings = wordings
        self.timing = Timing(
            self.lane,
            before=self.due.before,
            after=self.due.after,
            through_quiet=self.through_quiet,
            by_day=self.due.by_day,
        )

    @property
    def may_wait(self) -> bool:
        """Whether it waits for the morning that begins the week of readers who chose so (rules A4)."""
        return self.lane is MORNING and not self.urgent

    @property
    def comes_before(self) -> bool:
        """Whether it comes before something, and is pointless once that begins."""
        return self.due.before != NONE

    @property
    def worse_missed(self) -> bool:
        """Whether a second copy does less harm than none: what is sent however late, and passwords."""
        return self.fresh_for is None or self.through_quiet

    def line(self, thing: Any, reader: Person, now: datetime) -> str:
        """What a digest says of the mail, in one sentence. now: as of when it is true."""
        with reading_in(reader.language):
            return self.wordings[reader.language].line(self.line_values(thing, reader, now), reader)

    def line_values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        """What that sentence speaks of."""
        return self.values(thing, reader, now)

    @property
    def why(self) -> str:
        """Why the mail is sent, in English: the docstring's first paragraph."""
        return " ".join((type(self).__doc__ or "").split("\n\n")[0].split())

    def keeps(self, name: str) -> bool:
        """Whether the thing keeps anything when its mail was `sent` or `not_sent`."""
        own = getattr(type(self), name) is not getattr(Email, name)
        return own or (name == "sent" and bool(self.noted))

    def why_in(self, language: str) -> str:
        """Why the mail is sent, in a language."""
        return self.wordings[language].why or self.why

    @property
    def asks(self) -> bool:
        """Whether a reply can answer it."""
        return bool(self.replies or self.read_as or self.drafts)

    @property
    def answers_reply(self) -> bool:
        """Whether it answers a reply, and says so to other programs (RFC 3834)."""
        return type(self).answers_to is not Email.answers_to

    def speaks_of(self, thing: Any) -> Envelope | None:
        """The earlier mail that this one is about, which a reply to this one may answer too."""
        del thing
        return None

    def answers_to(self, thing: Any) -> str:
        """The Message-ID of the reply that this mail answers, with its angle brackets; '' if it answers none."""
        del thing
        return ""

    def values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        """What the text speaks of besides `reader`, by name."""
        raise NotImplementedError

    def organizer(self, thing: Any, reader: Person) -> Member | None:
        """Whose membership's own address asks the reader's calendar, for a mail that calendars are told of."""
        del thing, reader
        return None

    def invitation(self, thing: Any, reader: Person, organizer: str) -> Invitation | None:
        """What the reader's calendar is told beside the text; None for a mail that no calendar is told of."""
        del thing, reader, organizer
        return None

    def attachments(self, thing: Any, reader: Person, now: datetime) -> Sequence[Attachment]:
        """The files beside the text, of at most 2 MB together; a thing in no session (a sample) has its own."""
        del thing, reader, now
        return ()

    def sample(self, reader: Person, now: datetime) -> Any:
        """An invented thing in no session, for the gallery and the golden mails."""
        raise NotImplementedError

    def sample_values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        """What the text speaks of in a sample."""
        return self.values(thing, reader, now)

    def questions(self, button: str, thing: Any, reader: Person, now: datetime) -> Sequence[Question]:
        """What the form behind a button asks."""
        del thing, reader, now
        return self.buttons[button]

    def reads(
        self, questions: Sequence[Question], thing: Any, line: str, below: str, zone: ZoneInfo, now: datetime
    ) -> tuple[dict[str, str], str]:
        """What a line of a reply answers to some questions, as it would be typed, and the words that answer nothing.

        below: the lines after it, which are read too by a question about all that is said.
        """
        del thing
        whole = "\n".join(filter(None, (line, below)))
        read = {one.name: one.read(whole if one.reads_all else line, zone, now) for one in questions}
        typed = {name: said for name, said in read.items() if said is not None}
        return typed, "" if any(question.reads_all for question in questions) else below

    def offered(self, thing: Any, reader: Person) -> Sequence[str]:
        """The buttons that the mail about this thing shows its reader."""
        del thing, reader
        return list(self.buttons)

    def stands_for(self, values: Mapping[str, Any], reader: Person) -> "tuple[Email, Person]":
        """The kind whose text this mail shows, and as whose: itself and its reader, but for a test mail."""
        del values
        return self, reader

    def held(self, thing: Any) -> Any:
        """What nobody else changes while an answer is given: the thing, or what it is a part of."""
        return thing

    def settled(self, thing: Any, now: datetime) -> Refused | None:
        """Why there is nothing more to answer, although nobody answered; None while there is."""
        del thing, now
        return None

    def told_back(self, thing: Any, reader: Person) -> Sequence[tuple[str, str]]:
        """What was asked, and what the reader has just answered by a reply, if no answer keeps it (rules C1)."""
        del thing, reader
        return ()

    def can_undo(self, thing: Any, button: str) -> bool:
        """Whether the answer to a button could be taken back now."""
        del thing, button
        return type(self).undone is not Email.undone

    def sending(self, going: Sequence[Going], now: datetime) -> Sequence[Mapping[str, Any]]:
        """Change what must be stored before these mails leave, and return further values for the text of each."""
        del now
        return [{}] * len(going)

    def read_ahead(self, going: Sequence[Going], now: datetime) -> None:
        """Read at once what the values of many mails are going to speak of, where `loads` does not reach."""
        del going, now

    def sent(self, thing: Any, reader: Person, now: datetime) -> None:
        """Keep on the thing that the mail has left (rules A7)."""
        if self.noted:
            setattr(thing, self.noted, now)

    def touches(self, thing: Any) -> Sequence[Base]:
        """What else `sent` may let fall due besides the thing, for the forecast."""
        del thing
        return ()

    def not_sent(self, thing: Any, reader: Person, now: datetime) -> None:
        """Keep on the thing that the mail can never reach its reader."""

    def before(self, thing: Any, now: datetime) -> dict[str, Any]:
        """What an answer is about to change, as an undo needs it; no words of a person's own."""
        del thing, now
        return {}

    def answered(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        """Do what the answer asks, by one method of the thing. Raises Refused."""
        raise Refused("This mail expects no answer.")

    def drafted(self, thing: Any, by: Person, words: str, now: datetime) -> ProgressReport:
        """Make a draft of the words of a reply, or let them take the place of one. Raises Refused."""
        raise Refused("This mail expects no answer.")

    def undone(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        """Take the answer back, by the reverse method. Raises Refused."""
        raise Refused("This answer cannot be undone.")


class Register(Mapping[str, Email]):
    """All kinds of mail by name, which is the name of their file."""

    def __init__(self, kinds: Iterable[Email]) -> None:
        self._kinds: dict[str, Email] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two kinds of mail are called {kind.name}")
            self._kinds[kind.name] = kind
            kind.register = self

    def __getitem__(self, name: str) -> Email:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def optional(self) -> list[Family]:
        """The families of optional mails of which there is a kind."""
        return sorted({kind.family for kind in self.values() if kind.stoppable})

    def stopped_by(self, name: str) -> frozenset[Family]:
        """What a reader stops who answers “stop”: the mail's family, but to a mail that is needed, all there are."""
        kind = self.get(name)
        return frozenset([kind.family]) if kind is not None and kind.stoppable else EVERY

    def of_thread(self, thread: str) -> list[str]:
        """The names of the kinds of one thread."""
        return [kind.name for kind in self.values() if kind.thread == thread]
