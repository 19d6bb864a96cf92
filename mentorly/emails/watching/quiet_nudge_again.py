from sqlalchemy import or_

from mentorly.emails.watching.about_a_silence import AboutASilence, silent
from mentorly.mentoring.relationships import Member, Relationship


class QuietNudgeAgain(AboutASilence):
    """You get this because a reminder to plan your next mentoring meeting has changed nothing yet."""

    due = silent(Relationship.nudge_again_at, or_(Member.is_mentee, Member.is_mentor))
