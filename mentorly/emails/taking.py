"""Taking a reply in: a person's own words are understood, and go to the same method as a button (rules A8, C6)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from mentorly.emails import answering, spoken
from mentorly.emails.answering import Expired, Opened, Unclear
from mentorly.emails.courtesies import without_closing, without_greeting
from mentorly.emails.email import Register
from mentorly.emails.envelope import MAIL
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.understanding import Meaning, Remark, Understood, understood
from mentorly.mentoring.base import Refused
from mentorly.mentoring.questions import Question
from mentorly.mentoring.unreached import Unreached


class Taking:
    """One reply of a known person, about to be taken in.

    words: the person's own, without quotation and signature. is_proven: the sender is vouched for. mails: the mail that
    it answers, then the earlier ones that this speaks of, as far as they can still be answered.
    """

    def __init__(self, register: Register, reply: Reply, words: str, now: datetime, *, is_proven: bool) -> None:
        self.session = reply.session
        self.register = register
        self.reply = reply
        self.words = words
        self.now = now
        self.is_proven = is_proven
        self.expired: Expired | None = None
        self.mails = self._mails()

    def take(self) -> None:
        """Do what the words ask, and keep what became of them."""
        person = self.reply.person
        person.answered_at = person.answered_at or self.now
        Unreached.heard(person, self.reply.envelope.sent_at if self.reply.envelope else None, self.now)
        answer = understood(without_greeting(self.words))
        if isinstance(answer, Remark):
            self._not_understood()
        elif answer.meaning is Meaning.UNDO:
            self._undo()
        else:
            self._answer(answer)

    def _answer(self, answer: Understood) -> None:
        opened = next((one for one in self.mails if answer.meaning in one.kind.replies), None)
        if opened:
            more = "\n".join(filter(None, (answer.rest, without_closing(answer.more, self.reply.person.name))))
            self._press(opened, opened.kind.replies[answer.meaning], more)
        elif self.expired:
            self._refuse(self.expired)
        else:
            self._not_understood()

    def _press(self, opened: Opened, button: str, more: str) -> None:
        """Answer by a button, with what the rest of the reply says to its questions."""
        self.reply.button, self.reply.asking = button, opened.envelope
        self.reply.answer = opened.standing(button)
        if self.reply.answer:
            self.reply.tell(Outcome.DONE_BEFORE, self.now)
        elif button in opened.kind.of_consequence and not self.is_proven:
            self._seal(Outcome.TO_CONFIRM)
        else:
            self._do(opened, button, more)

    def _do(self, opened: Opened, button: str, more: str) -> None:
        try:
            with self.session.begin_nested():
                typed = self._typed(opened.questions(button), more)
                answer = answering.answer(self.session, opened, button, typed, MAIL, self.now)
        except Unclear:
            self._seal(Outcome.UNCLEAR)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            self.reply.answer = answer
            self.reply.tell(Outcome.TAKEN, self.now)

    def _typed(self, questions: Sequence[Question], more: str) -> dict[str, str]:
        zone = ZoneInfo(self.reply.person.timezone)
        read = {question.name: question.read(more, zone, self.now) for question in questions}
        return {name: typed for name, typed in read.items() if typed is not None}

    def _undo(self) -> None:
        try:
            with self.session.begin_nested():
                answer = answering.undo(self.session, self._first(), self.now)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            self.reply.answer = answer
            self.reply.tell(Outcome.UNDONE, self.now)

    def _first(self) -> Opened:
        """The mail that all of them speak of. Raises Refused if it can be answered no more."""
        if self.expired or not self.mails:
            raise self.expired or Refused("There is nothing to undo.")
        return self.mails[-1]

    def _not_understood(self) -> None:
        """Keep what is no answer sealed, and show the buttons of a mail that asks something once more."""
        asking = next((opened for opened in self.mails if opened.kind.asks), None)
        if asking:
            self.reply.asking = asking.envelope
            self._seal(Outcome.UNCLEAR)
        else:
            self._seal(Outcome.REMARK if self.words.strip() else Outcome.EMPTY)

    def _seal(self, outcome: Outcome) -> None:
        self.reply.seal(self.words, outcome, self.now)

    def _refuse(self, refusal: Refused) -> None:
        self.reply.sentence = spoken.said(refusal, self.reply.person.language, self.reply.person.timezone)
        self.reply.tell(Outcome.REFUSED, self.now)

    def _mails(self) -> list[Opened]:
        found: list[Opened] = []
        envelope = self.reply.envelope
        try:
            while envelope is not None:
                found.append(answering.opened_of(self.session, self.register, envelope, self.now, lock=True))
                envelope = found[-1].kind.speaks_of(found[-1].thing)
        except Expired as refusal:
            self.expired = refusal
        return found
