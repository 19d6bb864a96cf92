"""The words of ours in the archive of what is kept about a person, as its reader is told them."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from mentorly.blueprints.console.acts import ABOUT
from mentorly.blueprints.console.words import VERDICTS
from mentorly.emails import calendars_taken as calendars
from mentorly.emails.reply import Outcome
from mentorly.mentoring.suppressions import Why

# Codes that are not words for a reader as they stand; another code is shown as it is in data.json.
CODES = {
    "communication": _("Communication"),
    "leadership": _("Leadership"),
    "networking": _("Networking"),
    "skills": _("Skills"),
    "other": _("something else"),
    "short": _("short term"),
    "long": _("long term"),
    "reached": _("reached"),
    "dropped": _("dropped"),
    "mentor": _("mentor"),
    "mentee": _("mentee"),
    "lead": _("project lead"),
    "proposed": _("proposed"),
    "planned": _("its time is set"),
    "off": _("called off"),
    "unsaid": _("nothing yet"),
    "yes": _("yes"),
    "maybe": _("maybe"),
    "no": _("no"),
    "meeting": _("meeting"),
    "phone": _("telephone"),
    "mail": _("mail"),
    "news": _("news"),
    "praise": _("praise"),
    "concern": _("concern"),
    "language": _("language"),
    "scheduling": _("scheduling"),
    "expectations": _("expectations"),
    "conduct": _("conduct"),
    "ending": _("to end it"),
    "conflict": _("conflict of interest"),
    "relationship": _("a relationship that exists already"),
    "sent": _("sent"),
    "folded": _("told in a digest"),
    "refused": _("refused"),
    "failed": _("failed"),
    "uncertain": _("uncertain"),
    "missed": _("missed"),
    "suppressed": _("held back"),
    "en": "English",
    "fr": "Français",
    **VERDICTS,
    "delayed": _("delayed"),
    # What became of a reply, and of what a calendar sent.
    Outcome.TAKEN: _("done as you said"),
    Outcome.DONE_BEFORE: _("done before"),
    Outcome.UNDONE: _("undone"),
    Outcome.UNCLEAR: _("not understood"),
    Outcome.TO_CONFIRM: _("to be confirmed by you"),
    Outcome.DENIED: _("not taken for yours"),
    Outcome.REMARK: _("kept as a message"),
    Outcome.EMPTY: _("empty"),
    Outcome.COURTESY: _("a courtesy"),
    Outcome.GREETED: _("proof that the address is yours"),
    Outcome.HELP: _("call for help"),
    Outcome.DRAFTED: _("kept as a draft"),
    Outcome.STOP: _("you asked for fewer mails"),
    Outcome.WHO_SEES: _("you asked who sees what"),
    Outcome.EVENT_UNCLEAR: _("event not understood"),
    Outcome.EVENT_REFUSED: _("event refused"),
    calendars.ACCEPT: _("you come"),
    calendars.TENTATIVE: _("you may come"),
    calendars.DECLINE: _("you do not come"),
    calendars.COUNTER: _("you asked for another time"),
    calendars.REFRESH: _("you asked for the invitation again"),
    calendars.UPDATE: _("you changed an event"),
    calendars.CANCEL: _("you called off an event"),
    calendars.ASK: _("event not understood"),
    calendars.REFUSE: _("event refused"),
    calendars.IGNORE: _("left aside"),
    calendars.STALE: _("out of date"),
    calendars.REPEATED: _("known already"),
    calendars.NOTHING_NEW: _("known already"),
    calendars.TOO_LATE: _("too late"),
}
# Codes that mean something else in one place than in the others.
CODES_OF: Mapping[str, Mapping[str, object]] = {
    "done_to": ABOUT,
    "reason": {
        Why.CHOSEN: _("you chose so"),
        Why.COMPLAINT: _("you reported a mail as unwanted"),
        Why.BOUNCE: _("the address does not work"),
    },
}
