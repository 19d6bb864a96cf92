"""The carrier: hands mails to the configured mail server over one line, which it keeps."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Self

from flask_mail import Connection, Mail, Message, email_dispatched

from mentorly.config import MailServer, Settings
from mentorly.emails.carrying import STOPS, Came, Outcome, Outgoing
from mentorly.jobs.ending import Ending
from mentorly.jobs.smtp_answers import of_lost
from mentorly.jobs.smtp_line import PATIENCE, Deadline, Ended, Lost, Patience
from mentorly.jobs.smtp_opening import NotOpened, open_line
from mentorly.jobs.smtp_talk import Talk, flaw


class FinishedMessage(Message):
    """A message whose bytes are finished: what Flask-Mail records and tells of."""

    def __init__(self, data: bytes, sender: str, recipient: str) -> None:
        super().__init__(subject="", recipients=[recipient], sender=sender)
        self.data = data

    def as_bytes(self) -> bytes:
        """Return the finished bytes."""
        return self.data


class SmtpCarrier:
    """Carries mails over one line, opened when the first mail comes and closed at exit; a Carrier, a context manager.

    extension: Flask-Mail, which tells each mail that was handed over to `record_messages` and `email_dispatched`; where
    it is set to suppress sending, nothing leaves. ending: when it is told, no further mail is taken. clock: in seconds,
    one that never jumps. sign: signs a message, once, as it is taken. Needs an application's context.
    """

    def __init__(
        self,
        extension: Mail,
        settings: Settings,
        ending: Ending,
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._extension = extension
        self._sign = sign
        self._server = MailServer.of(settings)
        self._ending = ending
        self._patience = patience
        self._clock = clock
        self._talk: Talk | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._talk is not None:
            self._talk.part()
            self._talk = None

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Hand mails over one after the other, and yield an outcome for each, in their order.

        Where the server takes PIPELINING the next mail is taken, and announced, before the outcome of the one before
        is known. A mail that is only announced when this ends was not handed over.
        """
        record = self._extension.connect()
        coming = iter(mails)
        mail = self._next(coming)
        try:
            while mail is not None:
                outcome, following = self._recorded() if record.mail.suppress else self._carried(mail, coming)
                self._tell(record, mail, outcome)
                yield outcome
                if outcome.came in STOPS or self._ending.is_told:
                    return
                mail = following or self._next(coming)
        except Ended:
            return
        finally:
            if self._talk is not None and self._talk.is_amid:
                self._close()

    def _next(self, coming: Iterator[Outgoing]) -> Outgoing | None:
        mail = None if self._ending.is_told else next(coming, None)
        return mail._replace(data=self._sign(mail.data)) if mail and self._sign else mail

    @staticmethod
    def _recorded() -> tuple[Outcome, None]:
        return Outcome(Came.ACCEPTED, "recorded"), None

    @staticmethod
    def _tell(record: Connection, mail: Outgoing, outcome: Outcome) -> None:
        """Have Flask-Mail tell those who listen, through a connection of its own that leads nowhere."""
        if outcome.came == Came.ACCEPTED and email_dispatched.receivers:
            record.send(FinishedMessage(mail.data, mail.sender, mail.recipient))

    def _carried(self, mail: Outgoing, coming: Iterator[Outgoing]) -> tuple[Outcome, Outgoing | None]:
        """What came of a mail, and the next one if it was taken meanwhile. Raises Ended: it was not handed over."""
        following = None
        while True:
            is_kept = self._talk is not None
            try:
                talk = self._talk = self._talk or self._opened()
                outcome = flaw(mail) or talk.announce(mail)
                if outcome is None:
                    if talk.pipelines and following is None:
                        following = self._next(coming)
                    outcome = talk.hand_over(mail, following if following and not flaw(following) else None)
            except NotOpened as fault:
                outcome = fault.outcome
            except (Lost, Ended) as fault:
                outcome = self._broken_off(fault, is_kept=is_kept)
            if self._talk is not None and self._talk.is_over:
                self._close()
            if outcome is not None:
                return outcome, following

    def _opened(self) -> Talk:
        within = partial(Deadline, ending=self._ending, clock=self._clock)
        line, pipelines = open_line(self._server, within(self._patience.opening))
        return Talk(line, self._patience, within, pipelines=pipelines)

    def _broken_off(self, fault: Lost | Ended, *, is_kept: bool) -> Outcome | None:
        """What came of a mail whose line broke; None if it is to be tried again: the server had tired of a kept line.

        Raises Ended for a mail that was not handed over.
        """
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.line.close()
        if talk is not None and talk.may_have_arrived:
            return _uncertain(fault)
        if isinstance(fault, Ended):
            raise fault
        if is_kept and not (fault.is_silence or (talk is not None and talk.has_begun)):
            return None
        return of_lost(fault, Came.LATER)

    def _close(self) -> None:
        if self._talk is not None:
            self._talk.line.close()
            self._talk = None


def _uncertain(fault: Lost | Ended) -> Outcome:
    if isinstance(fault, Ended):
        return Outcome(Came.UNCERTAIN, "The service was told to end before the mail server had answered.")
    return of_lost(fault, Came.UNCERTAIN)
