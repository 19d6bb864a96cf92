"""The records of the DNS that a sender of mail needs: what each has to say, and whether it is there."""

import re
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from mentorly.config import MailServer, Settings
from mentorly.jobs.doctor.dns_asking import Ask, NotAsked
from mentorly.jobs.doctor.domains import are_aligned, dmarc_records, policy
from mentorly.jobs.doctor.finding import Finding, State
from mentorly.jobs.signing import Signature, ascii_domain

SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
LETS_EVERYBODY = re.compile(r"(?:^| )\+?all(?: |$)", re.IGNORECASE)
GOOGLE = re.compile(r"(?:^|\.)(?:google|googlemail)\.com$")
LOCAL = re.compile(r"localhost|[^.]*|.*\.(?:localhost|test|invalid|example)")


def records(settings: Settings, ask: Ask) -> Iterator[Finding]:
    """Every record that these settings need; of a sender without a domain none."""
    sender = ascii_domain(settings.mail_domain)
    replies = ascii_domain(settings.reply_address.rpartition("@")[2])
    if LOCAL.fullmatch(sender):
        yield Finding("DNS", State.NOTED, f"{sender} is no domain of the DNS, so it needs no records there.")
        return
    yield _asked("SPF", f'{replies} TXT "{_spf(settings)}"', lambda needed: _spf_found(ask, replies, needed))
    yield _dkim(settings, ask, sender)
    dmarc = f'_dmarc.{sender} TXT "v=DMARC1; p=none; rua=mailto:{parseaddr(settings.contact)[1]}"'
    yield _asked("DMARC", dmarc, lambda needed: _dmarc_found(ask, sender, needed))
    yield _mx(settings, ask, replies)
    yield from _calendars(settings, ask, replies)
    yield from _alignment(settings, ask, sender, replies)


def _asked(part: str, needed: str, look: Callable[[str], Finding]) -> Finding:
    """What is found of a record; of one that could not be looked for, what it has to say."""
    try:
        return look(needed)
    except NotAsked as fault:
        remedy = "See that it is there, or ask again from a machine that can ask the DNS."
        return Finding(part, State.UNKNOWN, str(fault), remedy, needed)


def _missing(part: str, found: str, needed: str, hint: str = "") -> Finding:
    return Finding(part, State.WRONG, found, f"Add it to the DNS. {hint}".strip(), needed)


def _own_host(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


def _spf(settings: Settings) -> str:
    """The record that lets the relay send; the relay of a provider is told by the provider's own include."""
    host = MailServer.of(settings).host
    return f"v=spf1 a:{_own_host(settings) if LOCAL.fullmatch(host) or _is_number(host) else host} ~all"


def _is_number(host: str) -> bool:
    return not re.search("[g-z]", host, re.IGNORECASE)


def _spf_found(ask: Ask, domain: str, needed: str) -> Finding:
    found = [text for text in ask(domain, "TXT") if SPF.match(text)]
    if not found:
        hint = "If the relay is a provider's, take the “include:” that the provider names instead of the “a:”."
        return _missing("SPF", f"{domain} does not say which servers may send its mail.", needed, hint)
    if len(found) > 1:
        return Finding(
            "SPF", State.WRONG, f"{domain} has {len(found)} SPF records, so none counts.", "Make one of them."
        )
    if LETS_EVERYBODY.search(found[0]):
        remedy = "End it in “~all” or “-all”."
        return Finding("SPF", State.WRONG, f"The SPF record of {domain} lets everybody send.", remedy)
    return Finding("SPF", State.WELL, f"{domain} says which servers may send its mail: “{found[0]}”.")


def _dkim(settings: Settings, ask: Ask, sender: str) -> Finding:
    if not settings.dkim_key:
        return Finding(
            "DKIM",
            State.NOTED,
            f"No key is set here, so the relay has to sign for {sender}; its documentation names the record. "
            "“mentorly doctor --check-copy FILE.eml” shows of a received mail whether it does.",
        )
    signature = Signature.of(settings)
    needed = f'{signature.name} TXT "v=DKIM1; k=rsa; p={signature.public_key}"'
    return _asked("DKIM", needed, lambda needed: _dkim_found(ask, signature, needed))


def _dkim_found(ask: Ask, signature: Signature, needed: str) -> Finding:
    found = ["".join(text.split()) for text in ask(signature.name, "TXT")]
    if not found:
        return _missing("DKIM", f"{signature.name} holds no key.", needed)
    if not any(f"p={signature.public_key}" in text.split(";") for text in found):
        remedy = "Put the needed record in its place, or set the key that belongs to it."
        return Finding("DKIM", State.WRONG, f"{signature.name} holds another key than ours.", remedy, needed)
    return Finding("DKIM", State.WELL, f"{signature.name} holds the public part of our key.")


def _dmarc_found(ask: Ask, sender: str, needed: str) -> Finding:
    domain, found = dmarc_records(ask, sender)
    if not found:
        return _missing("DMARC", f"{sender} does not say what becomes of mail that only claims to be its own.", needed)
    if len(found) > 1:
        return Finding("DMARC", State.WRONG, f"_dmarc.{domain} has {len(found)} records, so none counts.", "Keep one.")
    return Finding("DMARC", State.WELL, f"{domain} says what becomes of mail that fails: “{policy(found[0])}”.")


def _calendars(settings: Settings, ask: Ask, replies: str) -> Iterator[Finding]:
    """Where calendars answer to, if it is elsewhere than where people do."""
    calendars = ascii_domain(settings.calendar_address.rpartition("@")[2])
    if LOCAL.fullmatch(calendars) and not LOCAL.fullmatch(replies):
        remedy = "Set it to a pattern at a domain whose mail comes here, beside MENTORLY_REPLY_ADDRESS."
        found = f"MENTORLY_CALENDAR_ADDRESS is at {calendars}, so no answer of a calendar arrives."
        yield Finding("MX", State.WRONG, found, remedy)
    elif calendars != replies:
        yield _mx(settings, ask, calendars)


def _mx(settings: Settings, ask: Ask, domain: str) -> Finding:
    return _asked("MX", f"{domain} MX 10 {_own_host(settings)}", lambda needed: _mx_found(ask, domain, needed))


def _mx_found(ask: Ask, domain: str, needed: str) -> Finding:
    found = [record.partition(" ")[2] for record in ask(domain, "MX")]
    if not [host for host in found if host.strip(".")]:
        return _missing("MX", f"No server takes mail for {domain}, so no reply arrives.", needed)
    if any(map(GOOGLE.search, found)):
        return Finding(
            "MX",
            State.WRONG,
            f"The mail of {domain} is hosted at Google, which keeps calendar answers between its own accounts "
            "instead of mailing them.",
            "Let replies arrive at a subdomain whose mail another server takes.",
            needed,
        )
    return Finding("MX", State.WELL, f"The mail of {domain} is taken by {', '.join(sorted(found))}.")


def _alignment(settings: Settings, ask: Ask, sender: str, replies: str) -> Iterator[Finding]:
    """The envelope's domain must be the sender's own for SPF to count in DMARC."""
    if sender == replies or are_aligned(ask, sender, replies):
        return
    state = State.NOTED if settings.dkim_key else State.WRONG
    yield Finding(
        "DMARC",
        state,
        f"Replies and bounces go to {replies}, which is not a domain of {sender}: SPF does not count for the sender"
        + (", and the signature alone vouches." if settings.dkim_key else "."),
        f"Set MENTORLY_REPLY_ADDRESS to an address below {sender}.",
    )
