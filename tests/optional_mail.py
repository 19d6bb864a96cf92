"""An optional mail as somebody would add one: three files in a folder. Everybody who is registered gets it."""

from pathlib import Path

KIND = '''
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.people import Person


class Nudge(Email):
    """You get this because you have not met for a while."""

    due = Due(Person, reader=Person.id, moment=Person.registered_at)
    lane = NOW
    fresh_for = None
    stoppable = True

    def values(self, thing, reader, now):
        return {}

    def sample(self, reader, now):
        return reader
'''
ENGLISH = """Mentoring: how about a meeting?
Hello {{ reader.first_name }},

you have not met for a while. How about a meeting?
"""
FRENCH = """Mentorat : et si vous vous rencontriez?
Bonjour {{ reader.first_name }},

voilà un moment que vous ne vous êtes pas rencontrés.

---
Vous recevez ce courriel parce que vous ne vous êtes pas rencontrés depuis un moment.
"""


def nudge_in(folder: Path) -> Path:
    """Write the mail into a folder, and return that."""
    folder.mkdir()
    for name, words in (("nudge.py", KIND), ("nudge.en.md", ENGLISH), ("nudge.fr.md", FRENCH)):
        (folder / name).write_text(words, "utf-8")
    return folder
