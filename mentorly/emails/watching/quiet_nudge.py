from mentorly.emails.watching.about_a_silence import AboutASilence, silent
from mentorly.mentoring.relationships import Member, Relationship


class QuietNudge(AboutASilence):
    """You get this because no mentoring meeting of yours has been held or planned for some weeks."""

    due = silent(Relationship.nudge_at, Member.is_mentee)
