"""Handing mails over on an open line (RFC 5321 3.3), in few round trips where the server lets us (RFC 2920)."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from mentorly.emails.carrying import Came, Outcome, Outgoing
from mentorly.emails.message import Lined
from mentorly.jobs.smtp_answers import of_mail, of_sender
from mentorly.jobs.smtp_line import CLOSED, GARBLED, Deadline, Ended, Line, Lost, Patience, Reply

GO_AHEAD = 354
GOING_AWAY = 421
LONE_DOT = b".\r\n"
LINE_END = re.compile(rb"\r\n|\r|\n")
ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


def flaw(mail: Outgoing) -> Outcome | None:
    """What comes of a mail whose addresses cannot be said in a command: they are ASCII without space and bracket."""
    if mail.sender and not ADDRESS.fullmatch(mail.sender):
        return Outcome(Came.OURS, "The sender's address is none that mail servers carry.")
    if not ADDRESS.fullmatch(mail.recipient):
        return Outcome(Came.REFUSED, "The address is none that mail servers carry.")
    return None


def commands(mail: Outgoing) -> tuple[bytes, bytes, bytes]:
    """The commands that announce a mail."""
    return (f"MAIL FROM:<{mail.sender}>\r\n".encode(), f"RCPT TO:<{mail.recipient}>\r\n".encode(), b"DATA\r\n")


def content(data: bytes) -> bytes:
    """A message as it travels: dots that begin a line doubled, a lone dot behind (RFC 5321 4.5.2).

    A line that does not end in CRLF is made to: some servers would take its end, and a dot, for the message's.
    """
    if not isinstance(data, Lined):
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

    def __init__(self, line: Line, patience: Patience, within: Callable[[float], Deadline], *, pipelines: bool) -> None:
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

        Raises Lost and Ended; nothing of the mail was handed over then.
        """
        if self._announced is None and self.pipelines:
            self._send(b"".join(commands(mail)))
        self._announced = mail
        refusal, replies = None, list[Reply]()
        for meaning, command in zip((_at_mail, _at_rcpt, _at_data), commands(mail), strict=True):
            try:
                replies.append(self._reply() if self.pipelines else self._asked(command))
                refusal = refusal or meaning(replies[-1])
            except Lost:
                if refusal is None:
                    raise
                self.is_over = True
            self.is_over |= replies[-1].code == GOING_AWAY
            if self.is_over or (refusal and not self.pipelines):
                break
        if refusal and not self.is_over:
            self._take_back(replies)
        return refusal

    def hand_over(self, mail: Outgoing, following: Outgoing | None = None) -> Outcome:
        """Send the content of the announced mail, with the announcement of the following one right behind it.

        Raises Lost and Ended; `has_begun` and `may_have_arrived` tell what that means for the mail.
        """
        if self.line.has_spoken():  # nothing was asked: it closes the line, or has closed it
            raise Lost(CLOSED)
        packet = content(mail.data)
        self._content_ends = len(packet)
        if following and self.pipelines:
            packet += b"".join(commands(following))
        reply = self._answer_to(packet)
        if reply.code < 400 and not (reply.is_good and self.may_have_arrived):
            raise Lost(GARBLED)
        self.is_over |= reply.code == GOING_AWAY
        self._content_ends = None
        self._announced = following if self.pipelines else None
        return of_mail(reply)

    def part(self) -> None:
        """Take leave of the server, and close the line."""
        if not (self.is_over or self.is_amid):
            with suppress(Lost, Ended):
                deadline = self.within(self.patience.parting)
                self.line.send(b"QUIT\r\n", deadline)
                self.line.reply(deadline)
        self.line.close()

    def _answer_to(self, packet: bytes) -> Reply:
        """Send a content and read the answer to it, which may come before the content was sent as a whole."""
        try:
            self.line.send(packet, self.within(self.patience.sending))
        except Lost as lost:
            self.is_over = True
            with suppress(Lost):
                return self.line.reply(self.within(0))
            raise lost from None
        return self.line.reply(self.within(self.patience.answer))

    def _take_back(self, replies: Sequence[Reply]) -> None:
        """End a refused transaction: by RSET, or by the lone dot that the server awaits all the same (RFC 2920 3.1).

        A server that took the recipient would take the dot for an empty mail: such a line is given up.
        """
        self._announced = None
        awaits_content = replies[-1].code == GO_AHEAD
        if awaits_content and replies[1].is_good:
            self.is_over = True
            return
        try:
            reply = self._asked(LONE_DOT if awaits_content else b"RSET\r\n")
        except (Lost, Ended):
            self.is_over = True
        else:
            self.is_over = reply.code == GOING_AWAY or not (reply.is_good or awaits_content)

    def _asked(self, command: bytes) -> Reply:
        self._send(command)
        return self._reply()

    def _send(self, command: bytes) -> None:
        self.line.send(command, self.within(self.patience.command))

    def _reply(self) -> Reply:
        return self.line.heard() or self.line.reply(self.within(self.patience.command))


def _at_mail(reply: Reply) -> Outcome | None:
    """What the answer to MAIL means. Raises Lost when it is the server's leave: it may have tired of the line alone."""
    if reply.code == GOING_AWAY:
        raise Lost(CLOSED, reply=reply)
    return _unless(reply.is_good, reply, of_sender)


def _at_rcpt(reply: Reply) -> Outcome | None:
    return _unless(reply.is_good, reply, of_mail)


def _at_data(reply: Reply) -> Outcome | None:
    return _unless(reply.code == GO_AHEAD, reply, of_mail)


def _unless(is_well: bool, reply: Reply, meaning: Callable[[Reply], Outcome]) -> Outcome | None:  # noqa: FBT001 - the question itself
    """None if all is well, else what the refusal means. Raises Lost for what is neither."""
    if is_well:
        return None
    if reply.code < 400:
        raise Lost(GARBLED)
    return meaning(reply)
