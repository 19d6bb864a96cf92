"""Why a mail did not arrive: from the codes of RFC 3463, and where they say nothing, from a mail server's words."""

import re
from collections.abc import Sequence

CODE = re.compile(r"(?<![\d.])#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
SPOKEN_CODE = re.compile(
    r"(?:(?<![\d.])[45]\d\d[ -]+#?|#|status:?\s+|^\W*|code\s*:\s*|')([245])\.([0-7])\.(\d{1,3})(?!\d|\.\d)",
    re.IGNORECASE | re.MULTILINE,
)
REPLY_CODE = re.compile(r"(?<![\d.#-])([45])\d\d(?=[ -])")

# What the fault is, where a code of the class 5 is not the address's (RFC 3463 3.2, 3.4, 3.5, 3.8).
NAME_NOT_FOUND = {"4.4"}
ABOUT_THE_SENDER = {"1.7", "1.8"}
ABOUT_THE_SIZE = {"2.3", "3.4"}
MAILBOX_FULL = "2.2"

FULL = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota (?:has been )?exceed|exceed\w* .{0,30}(?:quota|storage)|"
    r"mailbox.{0,30}exceed|insufficient (?:system )?storage|not enough (?:disk )?space|"
    r"bo[iî]te (?:aux lettres |de réception )?(?:est )?pleine",
    re.IGNORECASE,
)
POLICY = re.compile(
    r"\bspf\b|\bdmarc\b|\bspam|block(?:ed|ing|list)|blacklist|\bbanned\b|polic(?:y|ies)|access denied|reputation|virus|"
    r"not allowed to send|sender (?:address )?rejected|size (?:exceeds|limit)|too (?:large|big)|"
    r"smtp server of your isp",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"dns error|domain name not found|host or domain name not found|name server: .{0,80}host not found|"
    r"name service error|\bno mx\b|domain is not reachable",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"will be retried|still being retried|warning (?:message )?only|do not need to resend|has been delayed|"
    r"delivery (?:status notification )?\(?delay|continue (?:to try|trying)|not yet been delivered|sera retent",
    re.IGNORECASE,
)
GAVE_UP_TRYING = re.compile(
    r"failed \d+ attempts|after \d+ attempts|could not be delivered for \d|timed? ?out|connection refused|"
    r"temporar(?:y|ily)|retry time",
    re.IGNORECASE,
)


def code_in(value: str) -> str:
    """The enhanced status that a field begins with (RFC 3463 2); '' if none."""
    found = CODE.match(value.strip())
    return ".".join(found.groups()) if found else ""


def codes_in(words: str) -> list[str]:
    """The enhanced statuses that words tell as such: after a reply code, a #, or where a line begins.

    Numbers that only look like one (versions, addresses of hosts) are not taken for one.
    """
    return [".".join(found.groups()) for found in SPOKEN_CODE.finditer(words)]


def reason_in(codes: Sequence[str], words: str, *, gave_up: bool = True) -> str:
    """The reason that codes and words give: permanent, full, policy, transient or delayed (inbox T8).

    codes: the field's first. A code that says something wins over one that says nothing (x.0.0, x.1.0), and any code
    over words. gave_up: whether no further attempt will be made.
    """
    telling = next((code for code in codes if code and not code.endswith(".0")), "")
    code = telling or next(filter(None, codes), "")
    if DELAYED.search(words) and not (code.startswith("5") and telling):
        return "delayed"
    if telling:
        return _of_code(telling, gave_up=gave_up)
    return _of_words(words, code, gave_up=gave_up)


def _of_code(code: str, *, gave_up: bool) -> str:
    kind, _, detail = code.partition(".")
    if detail == MAILBOX_FULL:
        return "full"
    if kind == "4":
        return "transient" if gave_up else "delayed"
    if detail in NAME_NOT_FOUND:
        return "transient"
    if detail.startswith("7.") or detail in ABOUT_THE_SENDER | ABOUT_THE_SIZE:
        return "policy"
    return "permanent"


def _of_words(words: str, code: str, *, gave_up: bool) -> str:
    if FULL.search(words):
        return "full"
    if code[1:3] == ".7" or POLICY.search(words):
        return "policy"
    reply = REPLY_CODE.search(words)
    last = code[:1] or (reply.group(1) if reply else "")
    if last == "4" or not gave_up:
        return "transient" if gave_up else "delayed"
    if NO_NAME.search(words) or (not last and GAVE_UP_TRYING.search(words)):
        return "transient"
    return "permanent"
