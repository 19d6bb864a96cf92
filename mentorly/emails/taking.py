"""Taking a reply in: a person's own words are understood, and go to the same method as a button (rules A8, C6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mentorly.emails import answering, spoken
from mentorly.emails.answering import Expired, Opened, Unclear
from mentorly.emails.courtesies import without_closing, without_greeting
from mentorly.emails.email import GRACE, Register
from mentorly.emails.envelope import MAIL
from mentorly.emails.numbered_lines import open_line
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.understanding import Meaning, Understood, is_plain, says, understood, without_numbers
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.questions import Question
from mentorly.mentoring.remarks import Remark
from mentorly.mentoring.suppressions import Suppression
from mentorly.mentoring.unreached import Unreached

LONGEST_GREETING = 5


class Taking:
    """One reply of a known person, about to be taken in.

    words: the person's own, without quotation and signature. is_proven: the sender is vouched for. mails: the mail that
    it answers, then the earlier ones that this speaks of, as far as they can still be answered.
    """

    def __init__(self, register: Register, reply: Reply, words: str, now: datetime, *, is_proven: bool) -> None:
        self.session = reply.session
        self.register = register
        self.reply = reply
        self.person = reply.person
        self.words = words
        self.now = now
        self.is_proven = is_proven
        self.expired: Expired | None = None
        self.mails = self._mails()

    def take(self) -> None:
        """Do what the words ask, and keep what became of them."""
        self._hear()
        said = without_greeting(self.words)
        pressed = self._named(said)
        match understood(said):
            case Understood(meaning=Meaning.UNDO):
                self._undo()
            case Understood(meaning=Meaning.HELP) as call:
                self._help(call)
            case Understood(meaning=Meaning.STOP):
                self._stop()
            case Understood(meaning=Meaning.WHO_SEES):
                self.reply.tell(Outcome.WHO_SEES, self.now)
            case _ if pressed:
                self._press(*pressed)
            case Understood() as answer:
                self._answer(answer, said)
            case _:
                self._read(said)

    def _named(self, said: str) -> tuple[Opened, str, str, str] | None:
        """The button whose own words the first line is, in whatever language; and what is written below it."""
        first, _, more = said.partition("\n")
        for opened in self.mails:
            for wording in opened.kind.wordings.values():
                for button, words in wording.labels.items():
                    if says(first, words):
                        return opened, button, "", more
        return None

    def take_line(self, number: int, answer: Understood, more: str) -> None:
        """Do what the words ask about a line of the digest that they answer. more: what follows the last answer."""
        self._hear()
        try:
            digest = self._first().envelope
            self.mails = [open_line(self.session, self.register, digest, number, self.now, lock=True)]
        except Refused as refusal:
            self._refuse(refusal)
        else:
            self._answer(replace(answer, rest=without_numbers(answer), more=""))
        self._keep_besides(more)

    def _hear(self) -> None:
        self.person.answered_at = self.person.answered_at or self.now
        Unreached.heard(self.person, self.reply.envelope.sent_at if self.reply.envelope else None, self.now)

    def _keep_besides(self, more: str) -> None:
        """Seal what was said besides an answer, unless all of the words are sealed already."""
        beside = without_closing(more, self.person.name)
        if beside and self.reply.remark is None:
            self.reply.remark = Remark.keep(self.person, beside, self.now)

    def _answer(self, answer: Understood, said: str = "") -> None:
        """Press the button that the answer word presses. said: all words, for a question that they answer."""
        opened = next((one for one in self.mails if answer.meaning in one.kind.replies), None)
        if opened:
            self._press(opened, opened.kind.replies[answer.meaning], answer.rest, answer.more)
        elif self.expired:
            self._refuse(self.expired, answer.more)
        elif said and any(one.kind.read_as or one.kind.drafts for one in self.mails):
            self._read(said)
        elif any(one.kind.carries for one in self.mails):
            several = Refused("That mail has several lines. Please name the one that you mean, such as “yes 2”.")
            self._refuse(several, answer.more)
        elif by_hand := next((one for one in self.mails if one.kind.by_hand), None):
            self.reply.asking = by_hand.envelope
            self._seal(Outcome.UNCLEAR)
        else:
            self._not_understood()

    def _read(self, said: str) -> None:
        """Take the words for the answer to a question, if its mail says that they may be, and they are one."""
        drafting = next((one for one in self.mails if one.kind.drafts), None)
        words = without_closing(said, self.person.name)
        if drafting and words:
            self._draft(drafting, words)
            return
        first, _, more = said.partition("\n")
        opened = next((one for one in self.mails if one.kind.read_as), None)
        buttons = (button for button in opened.kind.read_as if self._answers(opened, button, first)) if opened else ()
        button = next(iter(buttons), None)
        if opened and button:
            self._press(opened, button, first, more)
        else:
            self._not_understood()

    def _draft(self, opened: Opened, words: str) -> None:
        """Let the words be a draft, sealed; the bytes of the message that brought them are deleted (rules B10)."""
        self.reply.asking = opened.envelope
        try:
            with self.session.begin_nested():
                self.reply.report = opened.kind.drafted(opened.thing, self.person, words, self.now)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            self.reply.tell(Outcome.DRAFTED, self.now)
        if self.reply.received is not None:
            self.reply.received.raw = None

    def _answers(self, opened: Opened, button: str, line: str) -> bool:
        """Whether a line that has no answer word answers some questions by itself."""
        asked = [question for question in opened.questions(button) if not question.is_beside]
        typed, _ = self._typed(opened, asked, line, "")
        if not any(question.name in typed for question in asked):
            return False
        return is_plain(line) or any(question.reads_all for question in asked)

    def _press(self, opened: Opened, button: str, rest: str, more: str) -> None:
        """Answer by a button. rest, more: what else the line says, and the lines after it."""
        self.reply.button, self.reply.asking = button, opened.envelope
        self.reply.answer = opened.answered_before(button)
        if button in opened.kind.by_hand:
            self._keep_besides(more)
            self.reply.tell(Outcome.UNCLEAR, self.now)
        elif self.reply.answer:
            self._keep_besides(more)
            self.reply.tell(Outcome.DONE_BEFORE, self.now)
        elif button in opened.kind.of_consequence and not self.is_proven:
            self._seal(Outcome.TO_CONFIRM)
        else:
            self._do(opened, button, rest, more)

    def _do(self, opened: Opened, button: str, rest: str, more: str) -> None:
        further = without_closing(more, self.person.name)
        line, _, below = (rest, "", further) if rest else further.partition("\n")
        questions = opened.questions(button)
        typed, left = self._typed(opened, questions, line, below)
        try:
            with self.session.begin_nested():
                answer = answering.answer(self.session, opened, button, typed, MAIL, self.now)
        except Unclear:
            self._seal(Outcome.UNCLEAR)
        except Refused as refusal:
            self._refuse(refusal, more)
        else:
            self.reply.answer = answer
            self._keep_besides(left if typed else more)
            self.reply.tell(Outcome.TAKEN, self.now)

    def _typed(
        self, opened: Opened, questions: Sequence[Question], line: str, below: str
    ) -> tuple[dict[str, str], str]:
        """What a line, and perhaps the lines below it, answer to some questions of a mail; and what they leave."""
        zone = ZoneInfo(self.person.timezone)
        return opened.kind.reads(questions, opened.thing, line, below, zone, self.now)

    def _undo(self) -> None:
        try:
            with self.session.begin_nested():
                undone = answering.undo(self.session, self._first(), self.now)
        except Refused as refusal:
            self._refuse(refusal)
        else:
            self.reply.answer = undone
            self.reply.tell(Outcome.UNDONE, self.now)

    def _first(self) -> Opened:
        """The mail that all of them speak of. Raises Refused if it can be answered no more."""
        if self.expired or not self.mails:
            raise self.expired or Refused("There is nothing to undo.")
        return self.mails[-1]

    def _help(self, answer: Understood) -> None:
        words = "\n".join(filter(None, (answer.rest, without_closing(answer.more, self.person.name))))
        self.reply.call = CallForHelp.make(self.person, words, self.now + GRACE)
        self.reply.tell(Outcome.HELP, self.now)

    def _stop(self) -> None:
        families = self.register.stopped_by(self.reply.envelope.kind if self.reply.envelope else "")
        Suppression.stop(self.person, families, self.person, self.now)
        self.reply.tell(Outcome.STOP, self.now)

    def _not_understood(self) -> None:
        """Keep what is no answer sealed, and show the buttons of a mail that asks something once more."""
        asking = next((opened for opened in self.mails if opened.kind.asks), None)
        if any(opened.kind.greets for opened in self.mails[:1]) and len(self.words.split()) <= LONGEST_GREETING:
            self.reply.tell(Outcome.GREETED, self.now)
        elif asking:
            self.reply.asking = asking.envelope
            self._seal(Outcome.UNCLEAR)
        elif without_closing(self.words, self.person.name):
            self._seal(Outcome.REMARK)
        else:
            self.reply.tell(Outcome.COURTESY if self.words.strip() else Outcome.EMPTY, self.now)

    def _seal(self, outcome: Outcome) -> None:
        self.reply.seal(self.words, outcome, self.now)

    def _refuse(self, refusal: Refused, more: str = "") -> None:
        self._keep_besides(more)
        self.reply.sentence = spoken.said(refusal, self.person.language, self.person.timezone)
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
