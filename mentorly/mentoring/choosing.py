"""The time of a meeting is chosen: one to three are offered, one of them is picked, or others are proposed."""

from collections.abc import Sequence
from datetime import datetime

from mentorly.mentoring.appointments import ONE_SECOND, Stage
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_times import check_time
from mentorly.mentoring.meetings import Meeting, ProposedTime
from mentorly.mentoring.people import Person

MOST_TIMES = 3


def offer_times(meeting: Meeting, times: Sequence[datetime], now: datetime) -> None:
    """Ask about some times; a single one is planned at once. Raises Refused."""
    offered = sorted(set(times))
    if not 1 <= len(offered) <= MOST_TIMES:
        raise Refused("Propose one, two or three times.")
    for time in offered:
        check_time(meeting.relationship, time, now)
    if len(offered) == 1:
        meeting.plan(offered[0], now)
    else:
        meeting.proposed_times = [ProposedTime(number=n, starts_at=time) for n, time in enumerate(offered, 1)]
        meeting.revision += 1


def pick_time(meeting: Meeting, by: Person, number: int, now: datetime) -> None:
    """Choose one of the proposed times, by its number from 1. Raises Refused."""
    own = meeting.own(by)
    if meeting.stage != Stage.PROPOSED:
        raise Refused("The time of this meeting is not asked about any more.")
    if by is meeting.proposed_by:
        raise Refused("The others choose one of the times that you proposed.")
    chosen = next((one for one in meeting.proposed_times if one.number == number), None)
    if chosen is None:
        raise Refused("There is no time {number} to choose.", number=number)
    for one in meeting.present:
        one.coming = Coming.YES if one is own or one.person is meeting.proposed_by else one.coming
    meeting.plan(chosen.starts_at, now)


def propose_other_times(meeting: Meeting, by: Person, times: Sequence[datetime], now: datetime) -> None:
    """Propose other times, because none of those that were proposed suits. Raises Refused."""
    own = meeting.own(by)
    if meeting.stage != Stage.PROPOSED:
        raise Refused("The time of this meeting is not asked about any more.")
    meeting.proposed_by, meeting.proposed_at = by, max(now, meeting.proposed_at + ONE_SECOND)
    for one in meeting.present:
        one.coming = Coming.YES if one is own else Coming.UNSAID
    offer_times(meeting, times, now)


def put_proposal_back(
    meeting: Meeting, by: Person, proposer: Person, proposed_at: datetime, times: Sequence[datetime], now: datetime
) -> None:
    """Ask about the times again that were proposed before, while nobody was invited. Raises Refused.

    proposer, proposed_at: who proposed them, and when.
    """
    own = meeting.own(by)
    if meeting.stage == Stage.OFF or any(one.heard_sequence is not None for one in meeting.present):
        raise Refused("The others have been told already, so this cannot be taken back. Propose another time instead.")
    for time in times:
        check_time(meeting.relationship, time, now)
    if meeting.relationship.first_meeting_at == meeting.starts_at:
        meeting.relationship.first_meeting_at = None
    meeting.unplan(now)
    meeting.proposed_by, meeting.proposed_at = proposer, proposed_at
    meeting.proposed_times = []
    meeting.relationship.session.flush()
    meeting.proposed_times = [ProposedTime(number=n, starts_at=time) for n, time in enumerate(times, 1)]
    for one in meeting.present:
        one.coming = Coming.YES if one.person is proposer else Coming.UNSAID if one is own else one.coming
