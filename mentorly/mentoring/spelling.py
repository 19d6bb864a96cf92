"""Names of organizations that may be one name, misspelt."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.organizations import Organization, folded

LETTERS = 2


def organization_by_hand(session: Session, name: str, now: datetime) -> Organization:
    """Return the organization that somebody typed, a new one if need be.

    Raises Refused if the name is almost that of another.
    """
    if not Organization.named(session, name):
        for key, known in session.execute(select(Organization.folded_name, Organization.name)):
            if are_near(folded(name), key):
                raise Refused("Do you mean {known}? “{name}” is almost the same.", known=known, name=name.strip()[:80])
    return Organization.add(session, name, now)


def misspelt(written: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return for each folded name that is almost another the name it may stand for; the commoner spelling is believed.

    written: names as often as they were written. known: names that are right, folded name -> name.
    """
    written = list(written)
    shown = {folded(name): name for name in reversed(written)} | dict(known)
    believed: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for key in known:
        believed[len(key)].append((_marks(key), key))
    found = {}
    for key, _count in Counter(map(folded, written)).most_common():
        if key not in known:
            other = _nearest(key, believed)
            if other is None:
                believed[len(key)].append((_marks(key), key))
            else:
                found[key] = shown[other]
    return found


def _nearest(key: str, believed: Mapping[int, list[tuple[int, str]]]) -> str | None:
    marks = _marks(key)
    for length in range(len(key) - LETTERS, len(key) + LETTERS + 1):
        for other_marks, other in believed.get(length, ()):
            if (marks ^ other_marks).bit_count() <= 2 * LETTERS and are_near(key, other):
                return other
    return None


def _marks(name: str) -> int:
    """Give a name's letters, each up to four times, as bits; one added, left out or exchanged changes at most two."""
    marks = 0
    for letter, times in Counter(name).items():
        marks |= (1 << min(times, 4)) - 1 << ord(letter) % 64 * 4
    return marks


def are_near(left: str, right: str) -> bool:
    """Whether at most two letters were added, left out or exchanged; one where a name has two or three, none in one."""
    return _are_within(min(LETTERS, len(left) // 2, len(right) // 2), left, right)


def _are_within(changes: int, left: str, right: str) -> bool:
    if not changes or abs(len(left) - len(right)) > changes:
        return left == right
    shorter, longer = sorted((left, right), key=len)
    pairs = enumerate(zip(shorter, longer, strict=False))
    same = next((place for place, (letter, other) in pairs if letter != other), len(shorter))
    shorter, longer = shorter[same:], longer[same:]
    return (
        len(longer) <= changes
        or _are_within(changes - 1, longer[1:], shorter)
        or _are_within(changes - 1, longer[1:], shorter[1:])
        or _are_within(changes - 1, longer, shorter[1:])
    )
