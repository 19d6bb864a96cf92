"""Bounces, complaints and receipts: what a mail server reports of a mail of ours (RFC 3464, 3463, 5965, 8098)."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32, compat32

from flufl.bounce import all_failures

from mentorly.emails.automatic import is_machine, is_null
from mentorly.emails.decoding import addresses, header_text
from mentorly.emails.incoming import IDENTIFIER, Incoming
from mentorly.emails.reasons import code_in, codes_in, reason_in
from mentorly.mentoring.unreached import GRAVEST_FIRST, Verdict

logging.getLogger("flufl.bounce").disabled = True  # it logs how it failed, and that can quote the mail

READ_BY_LIBRARY = 200_000
LONGEST_NOTICE = 20_000
MOST_GROUPS = 100
BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}\s*")
FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40})\s*:\s*(.*)$")
ADDRESS = re.compile(r"[^\s<>;,\"'()\[\]:]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9]")
SUCCESSES = frozenset({"delivered", "relayed", "expanded"})
RETURNED_BELOW = re.compile(
    r"^\W*(?:.{0,40}\b(?:original message|message original|copy of (?:the|your) message|returned message|"
    r"header of the original|bounced e-?mail|undelivered message)\b.{0,60}|"
    r"(?:Return-Path:|Received: |MIME-Version: |DKIM-Signature:).*)$",
    re.IGNORECASE | re.MULTILINE,
)
SUBJECTS = re.compile(
    r"undeliver|delivery (?:status|failure|report|error|has failed)|returned mail|"
    r"return(?:ed|ing) (?:message )?to sender|mail (?:delivery|system error)|failure notice|"
    r"delivery failed|bounce notification|non.?delivery|"
    r"mail delivery|delivery.{0,10}fail|message d['’]échec|non remis|не доставлено|недоставленное",
    re.IGNORECASE,
)


@dataclass(frozen=True, repr=False)
class Bounce:
    """A mail that did not arrive. status: as told (RFC 3463), or ''. original: the Message-ID of ours, if returned."""

    verdict: Verdict
    status: str
    action: str
    recipients: tuple[str, ...]
    original: str
    evidence: str


@dataclass(frozen=True, repr=False)
class Complaint:
    """A reader's mailbox provider says that they marked a mail of ours as unwanted (RFC 5965).

    ours: the addresses in the mail that it returns which may be our own: where it was sent from, and who is answered.
    """

    kind: str
    recipients: tuple[str, ...]
    original: str
    ours: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Receipt:
    """A note that a mail was read or delivered; it changes nothing."""

    original: str


class HeadersAsText(Compat32):
    """Gives each header as words; compat32 gives one that holds bytes of no charset as an object, not as a text."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The words of a header."""
        return header_text(value)


def complaint(mail: Incoming) -> Complaint | None:
    """The complaint that a message is, if it is one."""
    fields = next(_groups(mail.feedback), {})
    if "feedback-type" not in fields:
        return None
    told = addresses([fields.get("original-rcpt-to", ""), fields.get("removal-recipient", "")])
    returned = [value for name, value in mail.returned if name in {"reply-to", "return-path"}]
    ours = addresses([*returned, fields.get("original-mail-from", "")])
    recipients, senders = (tuple(dict.fromkeys(address for _, address in found)) for found in (told, ours))
    return Complaint(fields["feedback-type"].lower(), recipients, _original(mail), senders)


def receipt(mail: Incoming) -> Receipt | None:
    """The receipt that a message is, if it is one: it was shown, deleted, or delivered."""
    fields = next(_groups(mail.receipt), {})
    reports = list(_reports(mail))
    arrived = bool(reports) and all(report["action"].lower() in SUCCESSES for report in reports)
    if not fields and not arrived:
        return None
    return Receipt(next(iter(IDENTIFIER.findall(fields.get("original-message-id", ""))), _original(mail)))


def bounce(mail: Incoming) -> Bounce | None:
    """The bounce that a message is, if a program sent it and it is one: by its status fields, else by its words."""
    if not _is_from_machine(mail):
        return None
    reports = list(_reports(mail))
    faults = [report for report in reports if report["action"].lower() not in SUCCESSES]
    if reports:
        return _by_fields(mail, faults) if faults else None
    return _by_words(mail) if _is_notice(mail) else None


def _reports(mail: Incoming) -> Iterator[Mapping[str, str]]:
    """The fields for each recipient (RFC 3464 2.3), from the part for them or, where a server mangled it, the text."""
    told = [group for part in mail.delivery_status for group in _groups(part)]
    if not any("final-recipient" in group or "action" in group for group in told) and _is_from_machine(mail):
        told = list(_groups(mail.text))
    yield from (group for group in told if "action" in group and {"final-recipient", "status"} & set(group))


def _groups(lines: str) -> Iterator[dict[str, str]]:
    """Groups of fields, parted by empty lines; the first value of a field holds."""
    for block in re.split(r"\n[ \t]*\n", lines)[:MOST_GROUPS]:
        fields: dict[str, str] = {}
        last = ""
        for line in (_unmangled(block) if BASE64.fullmatch(block) else block).split("\n"):
            found = FIELD.match(line)
            if found:
                last = found.group(1).lower()
                fields.setdefault(last, found.group(2).strip())
            elif last and line[:1] in " \t":
                fields[last] = f"{fields[last]} {line.strip()}"
        if fields:
            yield fields


def _unmangled(block: str) -> str:
    part = Message(policy=compat32)
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(block)
    data = part.get_payload(decode=True)
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _by_fields(mail: Incoming, reports: list[Mapping[str, str]]) -> Bounce:
    judged = [(_of_report(report), report) for report in reports]
    verdict, report = min(judged, key=lambda one: GRAVEST_FIRST.index(one[0]))
    told = [report.get("final-recipient") or report.get("original-recipient", "") for _, report in judged]
    recipients = tuple(dict.fromkeys(found.group().lower() for value in told for found in ADDRESS.finditer(value)))
    status = code_in(report.get("status", ""))
    return Bounce(verdict, status, report.get("action", "").lower(), recipients, _original(mail), "delivery-status")


def _of_report(report: Mapping[str, str]) -> Verdict:
    if report.get("action", "").lower().startswith("delayed"):
        return Verdict.DELAYED
    codes = [code_in(report.get("status", "")), *codes_in(report.get("diagnostic-code", ""))]
    return Verdict(reason_in(codes, report.get("diagnostic-code", "")))


def _is_from_machine(mail: Incoming) -> bool:
    path = mail.envelope_sender
    null = path is not None and is_null(path)
    return null or mail.report_type == "delivery-status" or any(is_machine(address) for _, address in mail.senders)


def _is_notice(mail: Incoming) -> bool:
    """Whether a program's mail without status fields tells of a failed delivery: it says so."""
    if mail.receipt or mail.feedback:
        return False
    return bool(mail.header("x-failed-recipients") or SUBJECTS.search(mail.subject) or any(_known_to_library(mail)))


def _by_words(mail: Incoming) -> Bounce:
    notice = _notice(mail)
    codes = codes_in(notice)
    temporary, permanent = _known_to_library(mail)
    told = tuple(dict.fromkeys(address for _, address in addresses(mail.all("x-failed-recipients"))))
    recipients = told or tuple(sorted(permanent | temporary))
    verdict = Verdict(reason_in(codes, f"{mail.subject}\n{notice}", gave_up=bool(permanent) or not temporary))
    return Bounce(verdict, next(iter(codes), ""), "", recipients, _original(mail), "words of the notice")


def _notice(mail: Incoming) -> str:
    """What the mail server says itself, above the mail that it returns: codes in that are not its own."""
    words = (mail.text or re.sub(r"<[^<>]*>", " ", mail.html))[:LONGEST_NOTICE]
    found = next((found for found in RETURNED_BELOW.finditer(words) if words[: found.start()].strip(" \n#-=*")), None)
    return words[: found.start()] if found else words


def _known_to_library(mail: Incoming) -> tuple[frozenset[str], frozenset[str]]:
    """The addresses that failed for now and for good, as flufl.bounce knows seventeen servers to write them."""
    message = message_from_bytes(mail.raw[:READ_BY_LIBRARY], policy=HeadersAsText())
    if not message["From"]:
        del message["From"]
        message["From"] = "mailer-daemon"
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - the library raises what its seventeen readers happen to raise
        return frozenset(), frozenset()
    return _as_addresses(temporary), _as_addresses(permanent)


def _as_addresses(found: frozenset[bytes]) -> frozenset[str]:
    return frozenset(address.decode("utf-8", "replace").strip("<> ").lower() for address in found)


def _original(mail: Incoming) -> str:
    """The Message-ID of the mail that is reported on: from what was returned, else from what the report answers."""
    returned = next((value for name, value in mail.returned if name == "message-id"), "")
    return next(iter([*IDENTIFIER.findall(returned), *mail.answers_to]), "")
