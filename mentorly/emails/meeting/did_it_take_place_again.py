from sqlalchemy import true

from mentorly.clock import WORKING_DAY
from mentorly.emails.due import Due
from mentorly.emails.meeting.asking_if_held import AskingIfHeld
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.relationships import Relationship


class DidItTakePlaceAgain(AskingIfHeld):
    """You get this because nobody has said whether a mentoring meeting of yours took place; it is asked once more."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.held_asked_at,
        after=3 * WORKING_DAY,
        occasion=Meeting.ends_at,
        joins=(
            (Attendance, (Attendance.meeting_id == Meeting.id) & Attendance.is_present),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Meeting.awaits_word & Relationship.took_its_course,
        awaited=true(),
    )
    noted = "held_asked_again_at"
