"""Whose a domain is: what DMARC compares (RFC 7489 3.1)."""

from collections.abc import Iterator

from mentorly.jobs.doctor.dns_asking import Ask, NotAsked

MOST_PARENTS = 8


def dmarc_records(ask: Ask, domain: str) -> tuple[str, list[str]]:
    """The nearest domain, this one or one above it, that has a DMARC record, and its records; raises NotAsked."""
    for above in _upwards(domain):
        found = [text for text in ask(f"_dmarc.{above}", "TXT") if _tag(text, "v").upper() == "DMARC1"]
        if found:
            return above, found
    return domain, []


def policy(record: str) -> str:
    """What a DMARC record asks of receivers: none, quarantine or reject."""
    return _tag(record, "p").lower() or "none"


def are_aligned(ask: Ask, one: str, other: str) -> bool:
    """Whether two domains are one sender's: one is above the other, or one DMARC record above speaks for both."""
    if _is_within(one, other) or _is_within(other, one):
        return True
    try:
        above, found = dmarc_records(ask, one)
        return bool(found) and dmarc_records(ask, other)[0] == above
    except NotAsked:
        return False


def _is_within(domain: str, above: str) -> bool:
    return domain == above or domain.endswith("." + above)


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for number in range(max(0, len(labels) - MOST_PARENTS), max(1, len(labels) - 1)):
        yield ".".join(labels[number:])


def _tag(record: str, name: str) -> str:
    tags = (part.partition("=") for part in record.split(";"))
    return next((value.strip() for tag, _, value in tags if tag.strip().lower() == name), "")
