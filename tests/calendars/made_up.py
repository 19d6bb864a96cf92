"""Calendars that `make judge` makes up: every zone at the turns of the year, and sequences of changes at random."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mentorly.calendars.invitation import Invitation, Meeting, feed
from tests.calendars.meetings import FIRST, PLACES, invitations
from tests.calendars.test_invitation import edited, judged
from tests.calendars.test_zone_rules import ZONES

SEQUENCES = 12
CHANGES = ("start", "length", "place", "summary")
# Around the days on which clocks change somewhere, and the middle of both seasons.
DAYS = ((1, 15), (3, 14), (3, 28), (4, 4), (7, 15), (9, 26), (10, 31), (11, 7))


def judged_in(folder: Path, judges: Path) -> dict[str, list[str]]:
    """What check_ics finds in each, by a name. folder: where they may be written."""
    path = folder / "zones.ics"
    path.write_bytes(feed("Mentoring", list(_everywhere())))
    found = {f"{len(ZONES)} zones": judged(judges, path)}
    for seed in range(SEQUENCES):
        before = None
        chance = random.Random(seed)  # noqa: S311 - a seed makes the same changes again
        for number, invitation in enumerate(_sequence(chance)):
            path = folder / f"{seed}-{number}.ics"
            path.write_bytes(invitation.as_bytes())
            found[f"changes {seed}.{number}"] = judged(judges, path, before)
            before = path
    return found


def _everywhere() -> Iterator[Meeting]:
    meeting = next(invitations(PLACES["toronto"])).meeting
    for zone in ZONES:
        for month, day in DAYS:
            start = datetime(2027, month, day, 13, 0, tzinfo=UTC)
            yield replace(meeting, uid=f"{zone}-{month}-{day}@mentorly.example.org", start=start, zone=zone)


def _sequence(chance: random.Random) -> Iterator[Invitation]:
    invitation = next(invitations(PLACES[chance.choice(list(PLACES))]))
    yield invitation
    for number in range(chance.randrange(1, 4)):
        now = FIRST + timedelta(minutes=chance.randrange(3))
        change = chance.choice(CHANGES)
        invitation = replace(invitation, meeting=edited(invitation.meeting, change, number, now))
        yield invitation
    yield replace(invitation, meeting=edited(invitation.meeting, "is_cancelled", 0, FIRST))
