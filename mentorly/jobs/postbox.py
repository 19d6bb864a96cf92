"""The postbox: an LMTP server (RFC 2033) to which the mail server hands over what came for our addresses."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import AnyStr

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from mentorly.config import Settings, fingerprint
from mentorly.emails.incoming import NotAMail
from mentorly.emails.letterbox import LARGEST_MESSAGE, AddressClosed, NoSuchAddress, Owner, Post
from mentorly.extensions import DatabaseFault, ask_inbox, now, post_office, session
from mentorly.jobs.catcher import greets
from mentorly.jobs.embedded import CannotStart
from mentorly.jobs.ending import LAST_SECONDS
from mentorly.jobs.gathering import Gathering
from mentorly.jobs.web import written

# Mails with longer lines than a mail server may pass on are met all the same (RFC 5321 4.5.3.1.6).
LONGEST_LINE = 1024 * 1024
MOST_RECIPIENTS = 100
LAST_WORDS = 0.05

KNOWN = "250 2.1.5 This address is ours"
UNKNOWN = "550 5.1.1 There is no such address here"
CLOSED = "550 5.2.1 {}"
TOO_MANY = "452 4.5.3 Too many recipients at once"
KEPT = "250 2.0.0 Kept"
NO_MAIL = "554 5.6.0 This is not a mail: it has none of the headers that a mail has"
LATER = "451 4.3.0 The message cannot be kept just now; please try again later"
TOO_LARGE = f"552 5.3.4 The message is larger than {LARGEST_MESSAGE} bytes"
LINE_TOO_LONG = f"554 5.6.0 The message has a line of more than {LONGEST_LINE} bytes"

log = structlog.get_logger(__name__)

Known = Owner | NoSuchAddress | None


class Sorting:
    """What the postbox asks the database, for all connections together. Each method answers one for one."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def owners(self, addresses: Sequence[str]) -> Sequence[Known]:
        """Whose the addresses are; None while the database does not say."""
        with self.app.app_context():
            try:
                session().connection(execution_options={"reads": True})
                found = post_office().letterbox.owners(addresses, now())
            except Exception as fault:  # noqa: BLE001 - whatever keeps the database from answering, the sender tries again
                _tell("addresses cannot be looked up", fault)
                return [None] * len(addresses)
            return [found[key(address)] for address in addresses]

    def keep(self, posts: Sequence[Post]) -> Sequence[str]:
        """Keep messages in one transaction, safe on the disk; returns the reply to each.

        If one of them spoils it, each is kept by itself.
        """
        try:
            self._keep(posts)
        except DatabaseFault as fault:
            _tell("messages cannot be kept", fault)
            return [LATER] * len(posts)
        except Exception as fault:  # noqa: BLE001 - whatever a message does to us, the others are kept
            if len(posts) > 1:
                return [self.keep([post])[0] for post in posts]
            if isinstance(fault, NotAMail):
                return [NO_MAIL]
            _tell("a message cannot be kept", fault)
            return [LATER]
        return [KEPT] * len(posts)

    def _keep(self, posts: Sequence[Post]) -> None:
        with self.app.app_context():
            session().connection(execution_options={"durable": True})
            post_office().letterbox.keep(posts, now())
            session().commit()

    def announce(self, kept: Sequence[str]) -> Sequence[None]:
        """Have what was kept taken in."""
        with self.app.app_context():
            ask_inbox()
        return [None] * len(kept)


def key(address: str) -> str:
    """An address as the letterbox knows it."""
    return address.lower().strip("<> ")


class Postbox:
    """What aiosmtpd calls, under the names that it wants."""

    def __init__(self, sorting: Sorting) -> None:
        self.owners = Gathering(sorting.owners)
        self.keeping = Gathering(sorting.keep, weigh=lambda post: len(post.raw) * len(post.owners))
        self.announcing = Gathering(sorting.announce)
        self._announced: set[asyncio.Task[None]] = set()

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _parcel: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Say what RFC 2033 asks for besides."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", *responses[-1:]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, parcel: "Parcel", address: str, _options: list[str]
    ) -> str:
        """Take an address that is ours."""
        if len(parcel.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        match await self.owners.ask(address):
            case None:
                return LATER
            case NoSuchAddress() as refusal:
                return refused(refusal)
            case owner:
                parcel.rcpt_tos.append(address)
                parcel.owners[key(address)] = owner
                return KNOWN

    async def handle_DATA(self, _server: SMTP, _session: Session, parcel: "Parcel") -> str:  # noqa: N802
        """Keep a message, and answer once it is on the disk."""
        post = Post(parcel.original_content or b"", parcel.owners, parcel.mail_from or "", "lmtp")
        reply = await self.keeping.ask(post)
        if reply == KEPT:
            self._announce()
        return reply

    async def handle_exception(self, fault: Exception) -> str:
        """Answer where aiosmtpd would tell the fault."""
        _tell("the postbox met a fault", fault)
        return LATER

    def _announce(self) -> None:
        """Let it be known behind the sender's back: the reply does not wait for Redis."""
        task = asyncio.get_running_loop().create_task(self.announcing.ask(KEPT))
        self._announced.add(task)
        task.add_done_callback(self._announced.discard)

    async def finish(self) -> None:
        """Wait until what is being kept is kept, and answered for."""
        await self.keeping.idle()
        await asyncio.sleep(LAST_WORDS)


class Parcel(Envelope):
    """What one sender hands over. owners: whose its recipients are."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, Owner] = {}


def refused(refusal: NoSuchAddress) -> str:
    """The reply for an address that takes no mail."""
    return CLOSED.format(refusal) if isinstance(refusal, AddressClosed) else UNKNOWN


class Lmtp(LMTP):
    """One connection. After a message there is a reply for each of its recipients (RFC 2033 4.2)."""

    line_length_limit = LONGEST_LINE
    _due = 0

    async def push(self, status: AnyStr) -> None:
        """Send a reply; one about a message as often as it has recipients."""
        said = status if isinstance(status, str) else status.decode("utf-8", "replace")
        if said.startswith("354") and self.envelope is not None:
            self._due = len(self.envelope.rcpt_tos)
            await super().push(said)
            return
        replies, self._due = max(1, self._due), 0
        await super().push("\r\n".join([_in_our_words(said)] * replies))

    def _create_envelope(self) -> Parcel:
        return Parcel()


def _in_our_words(status: str) -> str:
    if status.startswith("552 Error"):
        return TOO_LARGE
    return LINE_TOO_LONG if status.startswith("500 Line too long") else status


def postbox_is_ours(settings: Settings) -> bool | None:
    """Whether this instance's own postbox listens: True; False if somebody else does there; None if nobody does."""
    return greets(settings.lmtp_listen, _ident(settings))


def serve(app: Flask, settings: Settings) -> None:
    """Take mail in until SIGINT or SIGTERM; what was answered for is on the disk by then. Raises CannotStart."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd's own journal has addresses in it
    asyncio.run(_serve(app, settings))


async def _serve(app: Flask, settings: Settings) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    postbox = Postbox(Sorting(app))
    async with listening(postbox, settings):
        await told.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(postbox.finish(), LAST_SECONDS)


@asynccontextmanager
async def listening(postbox: Postbox, settings: Settings) -> AsyncIterator[None]:
    """Listen while the block runs. Raises CannotStart."""
    loop, listen = asyncio.get_running_loop(), settings.lmtp_listen

    def connection() -> Lmtp:
        return Lmtp(
            postbox,
            hostname="localhost",
            ident=_ident(settings),
            data_size_limit=LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    try:
        server = await loop.create_server(connection, listen.host, listen.port)
    except OSError as error:
        raise CannotStart(
            f"The postbox cannot listen on {written(listen)} ({error.strerror}): "
            "set MENTORLY_LMTP_LISTEN to a free port."
        ) from error
    try:
        yield
    finally:
        server.close()


def _tell(what: str, fault: Exception) -> None:
    log.error(what, fault=type(fault).__name__)


def _ident(settings: Settings) -> str:
    return f"Mentorly postbox {fingerprint(settings.instance)}"
