"""Handing mails over on an open line (RFC 5321 3.3), in few round trips where the server lets us (RFC 2920)."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from mentorly.emails.carrying import Outcome, Outgoing
from mentorly.jobs.smtp_answers import of_mail, of_sender
from mentorly.jobs.smtp_line import CLOSED, GARBLED, Deadline, Ended, Line, Lost, Patience, Reply

GO_AHEAD = 354
GOING_AWAY = 421
LONE_DOT = b".\r\n"
LINE_END = re.compile(rb"\r\n|\r|\n")
ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


def is_sayable(mail: Outgoing) -> bool:
    """Whether both addresses can be said in a command: ASCII, no space, no angle bracket; bounces have no sender."""
    return bool(ADDRESS.fullmatch(mail.recipient) and (not mail.sender or ADDRESS.fullmatch(mail.sender)))


def commands(mail: Outgoing) -> tuple[bytes, bytes, bytes]:
    """The commands that announce a mail."""
    return (f"MAIL FROM:<{mail.sender}>\r\n".encode(), f"RCPT TO:<{mail.recipient}>\r\n".encode(), b"DATA\r\n")


def content(data: bytes) -> bytes:
    """A message as it travels: dots that begin a line doubled, a lone dot behind (RFC 5321 4.5.2).

    A line that does not end in CRLF is made to: some servers would take its end, and a dot, for the message's.
    """
    breaks = data.count(b"\r\n")
    if breaks != data.count(b"\n") or breaks != data.count(b"\r"):
        data = LINE_END.sub(b"\r\n", data)
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (LONE_DOT if not stuffed or stuffed.endswith(b"\r\n") else b"\r\n" + LONE_DOT)


class Talk:
    """The transactions on one line, one recipient each.

    within: makes a deadline of seconds. pipelines: whether the server takes commands without each time waiting for its
    answer. is_over: whether nothing more can be said on this line.
    """

    def __init__(
        self, line: Line, patience: Patience, within: Callable[[float], Deadline], *, pipelines: bool
    ) -> None:
        self.line = line
        self.patience = patience
        self.within = within
        self.pipelines = pipelines
        self.is_over = False
        self._announced: Outgoing | None = None
        self._content_ends: int | None = None

    @property
    def is_amid(self) -> bool:
        """Whether a mail is announced or under way, so that the line is good for no other."""
        return self._announced is not None

    @property
    def has_begun(self) -> bool:
        """Whether a mail's content is under way, or it waits for its answer."""
        return self._content_ends is not None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the server may have taken the mail under way: all of it, the lone dot's line end too, has left."""
        return self._content_ends is not None and self.line.sent >= self._content_ends

    def announce(self, mail: Outgoing) -> Outcome | None:
        """Announce a mail, unless it rode behind the one before: None if its content may come, else what it came to.

        Raises Lost and Ended: nothing of the mail was handed over.
        """
        if self._announced is None and self.pipelines:
            self.line.send(b"".join(commands(mail)), self.within(self.patience.command))
        self._announced = mail
        refusal: Outcome | None = None
        reply: Reply | None = None
        try:
            for reply in self._answers(mail):
                refusal = refusal or self._refusal(reply.step, reply.answer)
        except Lost:
            if refusal is None:
                raise
            self.is_over = True
        return refusal
