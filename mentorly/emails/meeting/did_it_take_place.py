from mentorly.emails.due import Due
from mentorly.emails.meeting.asking_if_held import AskingIfHeld
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.relationships import Member, Relationship


class DidItTakePlace(AskingIfHeld):
    """You get this because the time of a mentoring meeting of yours has passed, and it is for you to log it."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.ends_at,
        occasion=Meeting.ends_at,
        joins=(
            (Attendance, (Attendance.meeting_id == Meeting.id) & Attendance.is_present),
            (Relationship, Meeting.relationship_id == Relationship.id),
            (
                Member,
                (Member.relationship_id == Relationship.id)
                & (Member.person_id == Attendance.person_id)
                & Member.is_present
                & Member.is_mentee,
            ),
        ),
        while_=Meeting.awaits_word & Relationship.took_its_course,
        awaited=Meeting.awaits_word,
    )
    noted = "held_asked_at"
