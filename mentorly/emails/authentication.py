"""What our own mail server says of a sender (RFC 8601), believed only where it alone can have written."""

import re
from collections.abc import Iterator
from typing import Literal

from mentorly.emails.incoming import Incoming

Said = Literal["pass", "fail", "unknown"]

COMMENT = re.compile(r"\([^()]*\)")
WRITTEN_BY = re.compile(r"\bby\s+([A-Za-z0-9._-]+)")
SERVER = re.compile(r"\s*\"?([A-Za-z0-9._-]+)\"?(?:\s+\d+)?\s*(?:;|$)")
DMARC = re.compile(r"^\s*dmarc\s*=\s*([a-z]+)\b(.*)$", re.IGNORECASE)
ABOUT = re.compile(r"\bheader\.from\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)
DEEPEST_COMMENT = 10


def dmarc(mail: Incoming, server: str) -> Said:
    """What the trusted server says of the domain in From: `unknown` unless it says pass or fail, and says it once.

    server: its authserv-id; '' if none is trusted. Anybody can write an Authentication-Results header, even with our
    server's name: only those above the first Received that our server wrote are its own.
    """
    domain = mail.sender.rpartition("@")[2]
    if not server or not domain:
        return "unknown"
    said = {result for about, result in _results(mail, server) if about == domain}
    if said == {"pass"}:
        return "pass"
    return "fail" if said & {"fail", "reject", "quarantine"} else "unknown"


def _results(mail: Incoming, server: str) -> Iterator[tuple[str, str]]:
    """The domain and the result of each DMARC check that the trusted server wrote."""
    for value in trusted_results(mail, server):
        for claim in _without_comments(value).split(";")[1:]:
            found = DMARC.match(claim)
            about = ABOUT.search(found.group(2)) if found else None
            if found and about:
                yield about.group(1).lower(), found.group(1).lower()


def trusted_results(mail: Incoming, server: str) -> list[str]:
    """The Authentication-Results that the trusted server wrote on top of its own first Received."""
    results: list[str] = []
    for name, value in mail.headers:
        if name == "received" and _is_of(_name(WRITTEN_BY.search(_without_comments(value))), server):
            return results
        if name == "authentication-results" and _name(SERVER.match(_without_comments(value))) == server.lower():
            results.append(value)
    return []


def _name(found: re.Match[str] | None) -> str:
    return found.group(1).lower().rstrip(".") if found else ""


def _is_of(host: str, server: str) -> bool:
    return host == server.lower() or host.endswith("." + server.lower())


def _without_comments(value: str) -> str:
    for _ in range(DEEPEST_COMMENT):
        shorter = COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value
