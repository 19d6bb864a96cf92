"""What the console calls surveys and forms, and what is said in them, in the reader's words."""

from flask_babel import format_decimal, gettext, ngettext
from flask_babel import lazy_gettext as _

from mentorly.blueprints.reading import listed
from mentorly.mentoring.instruments import Instrument, Kind, Opening, Role

KINDS = {
    Kind.SURVEY: _("survey"),
    Kind.SHEET: _("private sheet"),
    Kind.AGREEMENT: _("agreement, filled in together"),
    Kind.CODE: _("text to sign"),
    Kind.SELF: _("self-assessment"),
}
KINDS_SAID = {
    Kind.SURVEY: _("Each answers alone. The program sees figures of at least five people."),
    Kind.SHEET: _("Each fills it in alone. Only its author reads it, until its author shares it."),
    Kind.AGREEMENT: _("Both write in the same form, and each signs."),
    Kind.CODE: _("Each reads it and signs."),
    Kind.SELF: _("Nothing is kept: a person answers, and reads at once what to do."),
}
OPENINGS = {
    Opening.MATCH: _("the match"),
    Opening.FIRST_MEETING: _("the first meeting"),
    Opening.MIDWAY: _("the middle of the program"),
    Opening.END: _("the end of the relationship"),
    Opening.ENDED: _("some months after the end"),
    Opening.OWN: _("whenever somebody wants it; nobody is asked by mail"),
}
ASKED = {
    Role.MENTEE: _("mentees"),
    Role.MENTOR: _("mentors"),
    Role.LEAD: _("project leads, once for the program"),
    Role.ANYBODY: _("anybody who opens it"),
}
QUESTIONS = {
    "scale": _("scale of numbers"),
    "yes_no": _("yes or no"),
    "choice": _("one of several options"),
    "number": _("number"),
    "date": _("date"),
    "line": _("a few words"),
    "text": _("words of one’s own"),
    "heading": _("heading of a section"),
}


def whom(instrument: Instrument) -> str:
    """Whom an instrument asks, and when it opens."""
    roles = listed(ASKED[one] for one in instrument.asks)
    return str(
        gettext("%(roles)s; with %(openings)s", roles=roles, openings=listed(OPENINGS[one] for one in instrument.opens))
    )


def reminders(instrument: Instrument) -> str:
    """When it is reminded of."""
    if not instrument.reminds:
        return str(gettext("never"))
    return str(gettext("after %(days)s days", days=listed(instrument.reminds)))


def occasion(name: str) -> str:
    """On what occasion something was answered."""
    opening, _space, months = name.partition(" ")
    if opening == Opening.ENDED and months.isdecimal():
        return str(ngettext("One month after the end", "%(num)s months after the end", int(months)))
    return str(OPENINGS[Opening(opening)]) if opening in set(Opening) else ""


def decimal(number: float) -> str:
    """A number with its decimals, as the reader writes it."""
    return str(format_decimal(number))
