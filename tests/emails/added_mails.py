"""Kinds of mail that only the tests know: reminders of a match and of its end, each three files in a folder."""

from pathlib import Path
from textwrap import dedent

from mentorly.emails.asking.answering_asked import AboutAsked
from mentorly.emails.email import Register
from mentorly.emails.scanning import find_mails

KIND = '''
from datetime import timedelta

from mentorly.clock import DAY, WORKING_DAY
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.mentoring.relationships import Member, Relationship


class Added(Email):
    """You get this because the tests added it."""

    due = Due(
        {thing},
        reader=Member.person_id,
        moment={moment},
        {distance},
        while_={while_},
        joins={joins},
    )
    lane = MORNING
    fresh_for = timedelta(days={fresh_days})
    urgent = {urgent}
    buttons = {buttons}

    def values(self, thing, reader, now):
        return {{}}

    def answered(self, thing, by, given, now):
        thing.revision = (getattr(thing, "revision", 0) or 0) + 1
'''
OF_MEMBERS = {
    "thing": "Member",
    "moment": "Member.joined_at",
    "distance": "after=3 * DAY",
    "while_": "Member.is_present & Relationship.is_active",
    "joins": "((Relationship, Relationship.id == Member.relationship_id),)",
}
OF_RELATIONSHIPS = {
    "thing": "Relationship",
    "moment": "Relationship.ends_on",
    "distance": "before=2 * WORKING_DAY, occasion=Relationship.ends_on",
    "while_": "Relationship.is_active",
    "joins": "((Member, (Member.relationship_id == Relationship.id) & Member.is_present),)",
}
LETTER = {
    "en": """
        Mentoring: {said}
        Hello {{{{ reader.first_name }}}},

        {said}.
        {buttons}
        """,
    "fr": """
        Mentorat : {said}
        Bonjour {{{{ reader.first_name }}}},

        {said}.
        {buttons}
        ---
        Pour vous prévenir.
        """,
}


def add_mail(
    folder: Path, name: str, said: str, kind: dict[str, str], *, urgent: bool = False, button: str = ""
) -> None:
    """Add a kind of mail. kind: when it is due. said: its subject, and what it says. button: what answers it."""
    folder.mkdir(exist_ok=True)
    filled = {"fresh_days": 3, "urgent": urgent, "buttons": {button: ()} if button else {}, **kind}
    (folder / f"{name}.py").write_text(KIND.format(**filled), "utf-8")
    for language, letter in LETTER.items():
        shown = f"\n\n        [{button.capitalize()}](button:{button})\n" if button else ""
        text = dedent(letter.format(said=said, buttons=shown)).strip() + "\n"
        (folder / f"{name}.{language}.md").write_text(text, "utf-8")


UNTIL_THEY_MEET = OF_MEMBERS | {
    "while_": "Member.is_present & Relationship.is_active & Relationship.first_meeting_at.is_(None)"
}


def register_with(folder: Path) -> Register:
    """All kinds, with two after a match, one of them urgent, and one before its end."""
    add_mail(folder, "third_day", "how are the first days", OF_MEMBERS, button="well")
    add_mail(folder, "third_day_urgent", "sign your agreement", OF_MEMBERS, urgent=True, button="signed")
    add_mail(folder, "nearly_over", "it ends soon", OF_RELATIONSHIPS)
    return find_mails(folder)


def register_with_many(folder: Path) -> Register:
    """The same, and one more after a match, until the first meeting is planned; without the mails that ask."""
    add_mail(folder, "no_date_yet", "plan the first meeting", UNTIL_THEY_MEET)
    return Register(kind for kind in register_with(folder).values() if not isinstance(kind, AboutAsked))
