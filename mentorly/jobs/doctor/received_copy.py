"""A copy of our own mail as somebody received it, and whether it is known for ours."""

from collections.abc import Iterator

from dkim import DKIM, DKIMException, ValidationError

from mentorly.emails.authentication import trusted_results
from mentorly.emails.incoming import Incoming
from mentorly.jobs.doctor.dns_asking import Ask, NotAsked
from mentorly.jobs.doctor.domains import are_aligned
from mentorly.jobs.doctor.finding import Finding, State

MOST_SIGNATURES = 8
CHANGED = "Something on its way changed the mail, or the key in the DNS is another one."
NO_KEY = "See which records are needed: mentorly doctor."


def copy_findings(raw: bytes, ask: Ask, authserv: str = "") -> list[Finding]:
    """What a received copy shows. authserv: the server whose Authentication-Results are believed.

    Raises NotAMail.
    """
    mail = Incoming.read(raw)
    domain = mail.sender.rpartition("@")[2]
    if not domain:
        return [Finding("From", State.WRONG, "The copy does not name one sender.", "Take the message as it arrived.")]
    found = [*_signatures(mail, ask, domain), _envelope(mail, ask, domain), *_told(mail, authserv)]
    return [*found, _verdict(found)]


def _signatures(mail: Incoming, ask: Ask, domain: str) -> Iterator[Finding]:
    number = len(mail.all("dkim-signature")[:MOST_SIGNATURES])
    if not number:
        remedy = "Let the relay sign, or set MENTORLY_DKIM_KEY_FILE and MENTORLY_DKIM_SELECTOR."
        yield Finding("DKIM", State.WRONG, "The copy has no signature.", remedy)
    for index in range(number):
        yield _signature(DKIM(mail.raw), index, ask, domain)


def _signature(message: DKIM, index: int, ask: Ask, domain: str) -> Finding:
    try:
        is_genuine = _verified(message, index, ask)
    except NotAsked as fault:
        return Finding("DKIM", State.UNKNOWN, f"The signature {index + 1} could not be checked: {fault}", NO_KEY)
    except DKIMException as fault:
        return Finding("DKIM", State.WRONG, f"The signature {index + 1} cannot be checked: {fault}.", NO_KEY)
    signer = (message.domain or b"").decode("ascii", "replace").lower()
    if not is_genuine:
        return Finding("DKIM", State.WRONG, f"The signature of {signer} does not fit the mail.", CHANGED)
    if b"l" in message.signature_fields:
        remedy = "Sign without a length (l=)."
        return Finding("DKIM", State.WRONG, f"The signature of {signer} covers a part of the mail alone.", remedy)
    if not are_aligned(ask, domain, signer):
        found = f"The signature of {signer} is genuine, and it is not the sender's own: From is in {domain}."
        return Finding("DKIM", State.NOTED, found)
    return Finding("DKIM", State.WELL, f"The signature of {signer} is genuine, and {signer} is the sender's domain.")


def _verified(message: DKIM, index: int, ask: Ask) -> bool:
    """Whether a signature fits the mail. Raises NotAsked, and DKIMException for one that says nothing."""

    def key_of(name: bytes, **_: object) -> bytes:
        where = name.decode("ascii", "replace").rstrip(".")
        found = ask(where, "TXT")
        if not found:
            raise DKIMException(f"there is no key at {where}")
        return found[0].encode()

    try:
        return bool(message.verify(index, dnsfunc=key_of))
    except ValidationError as fault:
        if str(fault).startswith("body hash mismatch"):
            return False
        raise


def _envelope(mail: Incoming, ask: Ask, domain: str) -> Finding:
    sender = (mail.envelope_sender or "").rpartition("@")[2].lower()
    if not sender:
        return Finding("SPF", State.NOTED, "The copy does not tell its envelope's sender (Return-Path).")
    if are_aligned(ask, domain, sender):
        return Finding("SPF", State.WELL, f"The envelope's sender is in {sender}, a domain of the sender in From.")
    return Finding("SPF", State.NOTED, f"The envelope's sender is in {sender}, so SPF does not vouch for {domain}.")


def _told(mail: Incoming, authserv: str) -> Iterator[Finding]:
    if not authserv:
        return
    results = trusted_results(mail, authserv)
    if not results:
        yield Finding("Authentication-Results", State.NOTED, f"{authserv} says nothing of this copy.")
    for result in results:
        said = " ".join(result.partition(";")[2].split())
        yield Finding("Authentication-Results", State.NOTED, f"{authserv} says: {said}.")


def _verdict(found: list[Finding]) -> Finding:
    """Whether receivers that ask DMARC take it for ours by its signature, which outlives forwarding."""
    of_signatures = {one.state for one in found if one.part == "DKIM"}
    if State.WELL in of_signatures:
        return Finding("DMARC", State.WELL, "Receivers know this mail for the sender's own by its signature.")
    if State.UNKNOWN in of_signatures:
        return Finding("DMARC", State.UNKNOWN, "Whether receivers know this mail for ours could not be told.", NO_KEY)
    remedy = "Have mail signed in the name of the sender's domain."
    return Finding("DMARC", State.WRONG, "No signature of the sender's own domain vouches for this mail.", remedy)
