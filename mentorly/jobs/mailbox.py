"""Fetching: mail is taken from a hosted mailbox by IMAP, for those whose mail server cannot hand it over."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from imaplib import IMAP4

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError

from mentorly.config import ImapServer
from mentorly.emails.heading import Heading
from mentorly.emails.incoming import NotAMail
from mentorly.emails.letterbox import LARGEST_MESSAGE, NoSuchAddress
from mentorly.emails.mailboxes import Mailbox
from mentorly.extensions import DatabaseAway, ask_inbox, keep_mail, now, session, settings
from mentorly.jobs.ending import ENDING

PROCESSED, FAILED = "Processed", "Failed"
PATIENCE = 60.0
AT_ONCE = 50
ImapFault = (OSError, IMAP4.error, ImapToolsError)

log = structlog.get_logger(__name__)


def fetch_job() -> None:
    """What the schedule asks for every minute where a mailbox is configured."""
    fetch(ImapServer.of(settings()))


def fetch(server: ImapServer) -> None:
    """Keep what is new in a mailbox, and move it out of the way once it is on the disk."""
    own = session()
    mailbox = Mailbox.claim(own, server.place, now())
    own.commit()
    if mailbox is None:
        return
    fault = ""
    try:
        with opened(server) as box:
            fault = Fetching(box, mailbox, server.folder).run()
    except ImapFault as broken:
        fault = type(broken).__name__
    own.rollback()
    mailbox.leave(fault, now())
    own.commit()
    if fault:
        log.error("the mailbox cannot be fetched", fault=fault)


@contextmanager
def opened(server: ImapServer) -> Iterator[BaseMailBox]:
    """A connection to a mailbox, its folder selected. Raises one of ImapFault."""
    trust = ssl.create_default_context()
    box: BaseMailBox
    if server.secure == "tls":
        box = MailBox(server.host, server.port, timeout=PATIENCE, ssl_context=trust)
    elif server.secure:
        box = MailBoxStartTls(server.host, server.port, timeout=PATIENCE, ssl_context=trust)
    else:
        box = MailBoxUnencrypted(server.host, server.port, timeout=PATIENCE)
    try:
        if server.user.isascii() and server.password.isascii():
            box.login(server.user, server.password, server.folder)
        else:
            box.login_utf8(server.user, server.password, server.folder)
        yield box
    finally:
        with suppress(*ImapFault):
            box.logout()


class RawMail(MailMessage):
    """A message as it lies in the mailbox, in bytes: what it says is read later, where nothing can crash."""

    def __init__(self, fetched: list[object]) -> None:
        self.raw: bytes = self._get_message_data_parts(fetched)[0]


class Fetching:
    """One look into a mailbox."""

    def __init__(self, box: BaseMailBox, mailbox: Mailbox, folder: str) -> None:
        box.email_message_class = RawMail  # type: ignore[assignment]
        self.box = box
        self.mailbox = mailbox
        self.folder = folder
        # What a server can do it says in full only to who has logged in; imaplib asked before.
        self.abilities = tuple(box.client.capability()[1][0].decode("ascii", "replace").upper().split())
        box.client.capabilities = self.abilities
        self.fault = ""

    def run(self) -> str:
        """Keep and move all that is new, the oldest first; returns the name of what went wrong with moving, or ''."""
        last = self.mailbox.begin(int(self.box.client.response("UIDVALIDITY")[1][0] or 0))
        session().commit()
        new = sorted(uid for uid in map(int, self.box.uids("UNDELETED")) if uid > last)
        too_large = set(map(int, self.box.uids(f"LARGER {LARGEST_MESSAGE}"))) if new else set()
        for start in range(0, len(new), AT_ONCE):
            if ENDING.is_told:
                break
            self._take(new[start : start + AT_ONCE], too_large)
        return self.fault

    def _take(self, uids: Sequence[int], too_large: set[int]) -> None:
        kept = [uid for uid in uids if uid not in too_large and self._keep(uid)]
        ask_inbox()
        self._move(kept, PROCESSED)
        self._move([uid for uid in uids if uid not in kept], FAILED)
        self.mailbox.done_to(uids[-1], now())
        session().commit()

    def _keep(self, uid: int) -> bool:
        """Keep a message, safe on the disk; False if it is none, or for nobody here."""
        raw = next((mail.raw for mail in self._fetched(uid)), None)
        try:
            if raw is not None:  # else somebody took it away meanwhile
                keep_mail(raw, _recipients(raw), None, "imap")
        except (NotAMail, NoSuchAddress):
            return False
        except DatabaseAway:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever a message does to us, the others are kept
            _tell("a message cannot be kept", fault)
            return False
        return True

    def _fetched(self, uid: int) -> Iterator[RawMail]:
        mails = self.box.fetch(uid_list=[str(uid)], mark_seen=False)
        return (mail for mail in mails if isinstance(mail, RawMail))

    def _move(self, uids: Sequence[int], name: str) -> None:
        """Move messages to a folder; where that cannot be, they stay, and are not looked at again."""
        if not uids:
            return
        try:
            self._moved(",".join(map(str, uids)), self._folder(name))
        except ImapToolsError as refusal:
            self.fault = type(refusal).__name__

    def _moved(self, uids: str, folder: str) -> None:
        """Move messages. Without MOVE (RFC 6851) they are copied first; what others marked as deleted stays."""
        if "MOVE" in self.abilities:
            self.box.move(uids, folder)
            return
        self.box.copy(uids, folder)
        self.box.client.uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self.abilities:
            self.box.client.uid("EXPUNGE", uids)

    def _folder(self, name: str) -> str:
        """A folder to move to, made where it is missing: some servers want all folders to be within the first one."""
        folders = self.box.folder.list()
        edge = next((one.delim for one in folders if one.delim), "/")
        within = f"{self.folder}{edge}{name}"
        found = {one.name for one in folders} & {name, within}
        if found:
            return name if name in found else within
        try:
            self.box.folder.create(name)
        except ImapToolsError:
            self.box.folder.create(within)
            return within
        return name


def _recipients(raw: bytes) -> list[str]:
    """Whom a message is for: whom the mail server says that it delivered to, and whom the sender wrote to."""
    heading = Heading.read(raw)
    return [*heading.recipients, *heading.addressed]


def _tell(what: str, fault: Exception) -> None:
    log.error(what, fault=type(fault).__name__)
