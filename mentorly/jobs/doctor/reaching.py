"""The ways out and in: the mail server, the postbox, the mailbox, and the public address."""

import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from urllib.error import HTTPError

from mentorly.config import ImapServer, MailServer, Settings
from mentorly.emails.carrying import Came
from mentorly.jobs.catcher import catcher_is_ours
from mentorly.jobs.doctor.finding import UP, Finding, State
from mentorly.jobs.ending import Ending
from mentorly.jobs.mailbox import ImapFault, opened
from mentorly.jobs.postbox import postbox_is_ours
from mentorly.jobs.smtp_line import Deadline, Ended, Lost
from mentorly.jobs.smtp_opening import NotOpened, open_line
from mentorly.jobs.web import written

PATIENCE = 10.0


def mail_server_finding(settings: Settings) -> Finding:
    """Whether the mail server lets us in; nothing is sent."""
    server = MailServer.of(settings)
    place = f"{server.host}:{server.port}"
    if settings.embeds_catcher:
        return _catcher(settings, place)
    try:
        line, _ = open_line(server, Deadline(PATIENCE, Ending()))
    except NotOpened as fault:
        remedy = (
            "See user, password and certificate in MENTORLY_SMTP_URL."
            if fault.outcome.came is Came.OURS
            else "See host and port in MENTORLY_SMTP_URL, and whether a firewall stands between."
        )
        return Finding("mail server", State.WRONG, fault.outcome.words, remedy)
    with suppress(Lost, Ended):
        line.send(b"QUIT\r\n", Deadline(PATIENCE, Ending()))
    line.close()
    sealed = ", sealed by TLS with a trusted certificate" if server.secure else ""
    known = ", and knows our user" if server.user else ""
    return Finding("mail server", State.WELL, f"{place} answers{sealed}{known}.")


def _catcher(settings: Settings, place: str) -> Finding:
    is_ours = catcher_is_ours(settings)
    if is_ours is None:
        return Finding("mail server", State.NOTED, f"The embedded catcher does not run. {UP}")
    if is_ours:
        return Finding("mail server", State.WELL, f"The embedded catcher listens on {place}, and delivers to nobody.")
    remedy = "Set MENTORLY_CATCHER_LISTEN to a free port."
    return Finding("mail server", State.WRONG, f"Another program listens on {place}.", remedy)


def postbox_finding(settings: Settings) -> Finding:
    """Whether somebody takes in what the mail server hands over."""
    place, is_ours = written(settings.lmtp_listen), postbox_is_ours(settings)
    if is_ours:
        return Finding("postbox", State.WELL, f"The postbox listens on {place}, where inbound mail is handed over.")
    if is_ours is False:
        remedy = "Set MENTORLY_LMTP_LISTEN to a free port."
        return Finding("postbox", State.WRONG, f"Another program listens on {place}.", remedy)
    if settings.takes_replies and not (settings.inbound_secret or settings.imap_url):
        remedy = "Start “mentorly postbox”, or ask the doctor on the machine where it runs."
        return Finding("postbox", State.WRONG, f"Nobody listens on {place}: no reply is taken in here.", remedy)
    return Finding("postbox", State.NOTED, f"The postbox does not run. {UP}")


def mailbox_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the mailbox that mail is fetched from lets us in; nothing is fetched."""
    if not settings.imap_url:
        return
    server = ImapServer.of(settings)
    place = f"{server.host}:{server.port}"
    try:
        with opened(server):
            yield Finding("mailbox", State.WELL, f"{place} lets us in, and has the folder.")
    except ImapFault as fault:
        remedy = "See MENTORLY_IMAP_URL. Mails stay where they are meanwhile."
        yield Finding("mailbox", State.WRONG, f"{place} does not let us in ({type(fault).__name__}).", remedy)


def public_address_finding(settings: Settings) -> Finding:
    """Whether what links begin with leads to these pages."""
    url = settings.public_url
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=PATIENCE) as page:  # noqa: S310 - the settings' own address
            answer = page.read(16)
    except HTTPError as fault:
        answer = str(fault.code).encode()
    except (OSError, ValueError) as fault:
        return _no_page(settings, str(getattr(fault, "reason", fault)))
    if answer != b"ok":
        return Finding("public address", State.WRONG, f"{url} is answered by another program.", "See its proxy.")
    if not settings.is_loopback and url.startswith("http:"):
        remedy = "Put a proxy with TLS before it, and set MENTORLY_PUBLIC_URL to https://…"
        return Finding("public address", State.WRONG, f"{url} is not sealed by TLS.", remedy)
    return Finding("public address", State.WELL, f"{url} is answered by Mentorly.")


def _no_page(settings: Settings, why: str) -> Finding:
    if settings.is_loopback:
        return Finding("public address", State.NOTED, f"The pages are not served just now. {UP}")
    remedy = "Start “mentorly web”, and see that its proxy can be reached from outside."
    return Finding("public address", State.WRONG, f"{settings.public_url} does not answer: {why}.", remedy)
