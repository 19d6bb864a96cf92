"""What the console calls things: states, lanes, roles and reasons in the reader's words."""

from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_decimal, format_time, gettext, ngettext
from flask_babel import lazy_gettext as _

from mentorly.blueprints.reading import language, timezone
from mentorly.emails import spoken
from mentorly.emails.claims import CRASHED
from mentorly.emails.collecting import SUPPRESSED, TOO_LATE
from mentorly.emails.email import Email
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.gathering import NOTHING_TO_SAY
from mentorly.emails.gleaning import NOT_TRUE
from mentorly.emails.readying import UNKNOWN_KIND
from mentorly.emails.settling import GAVE_UP
from mentorly.emails.waits import Wait, why_it_waits
from mentorly.mentoring.affinity import Reason
from mentorly.timing import Lane

TITLES = {
    "digest": _("Digest"),
    "agenda_wanted": _("Agenda of a meeting asked for"),
    "did_it_take_place": _("Did the meeting take place?"),
    "did_it_take_place_again": _("Did the meeting take place? Asked again"),
    "invitation": _("Meeting: invitation"),
    "meeting_declined": _("Meeting: somebody cannot come"),
    "meeting_off": _("Meeting: called off"),
    "meeting_reminder": _("Meeting: the reminder"),
    "meeting_times": _("Meeting: several times proposed"),
    "planned_elsewhere": _("Meeting in somebody's own calendar"),
    "session_logged": _("Session logged"),
    "time_countered": _("Meeting: another time asked for"),
    "time_kept": _("Meeting: the time stays"),
    "address_failing": _("Mails to somebody come back"),
    "match_chased": _("Match proposed: the reminder"),
    "match_lapsed": _("Match lapsed"),
    "match_proposed": _("Match proposed"),
    "match_reserved": _("Reservation raised"),
    "matched_lead": _("Matched: to the project lead"),
    "matched_mentee": _("Matched: to the mentee"),
    "matched_mentor": _("Matched: to the mentor"),
    "monthly_figures": _("Figures of the month"),
    "not_reached": _("Somebody is not reached"),
    "sponsor_asked": _("To a sponsor: would you like the figures?"),
    "sponsor_figures": _("Figures of the month, to a sponsor"),
    "unheard_nudge": _("Mails unanswered: are you there?"),
    "unheard_told": _("Somebody does not answer"),
    "password_asked": _("New password asked for"),
    "password_changed": _("Password changed"),
    "sample_mail": _("Test mail"),
    "welcome": _("Welcome"),
    "agreement_signed": _("Agreement signed by all"),
    "agreement_to_sign": _("Agreement to sign"),
    "call_wanted": _("Somebody asks to be called"),
    "code_signed": _("Code of ethics signed"),
    "instrument_asked": _("Survey or form"),
    "instrument_reminder": _("Survey or form: the reminder"),
    "sheet_shared": _("Sheet shared"),
    "something_unfinished": _("Something is unfinished"),
    "event_refused": _("Event of a person’s own calendar not taken"),
    "event_unclear": _("Event of a person’s own calendar: which relationship?"),
    "pause_lasts": _("Paused for long: does it go on?"),
    "relationship_paused": _("Relationship paused"),
    "relationship_resumed": _("Relationship resumed"),
    "relationship_over": _("Relationship at its planned end"),
    "relationship_ended": _("Relationship ended early"),
    "relationship_ended_lead": _("Relationship ended early: to the project lead"),
    "address_proven": _("Address works"),
    "mails_stopped": _("Mails stopped"),
    "remark_kept": _("Message kept: who should get it?"),
    "remark_passed_on": _("Message passed on"),
    "reply_changed_nothing": _("Reply that changed nothing"),
    "reply_taken": _("Reply taken"),
    "reply_to_confirm": _("Reply to confirm"),
    "reply_unclear": _("Reply not understood"),
    "reply_undone": _("Reply undone"),
    "was_it_you": _("Reply from another address: was it you?"),
    "what_is_seen": _("What the organization sees"),
    "help_on_its_way": _("Help is on its way"),
    "help_wanted": _("Somebody calls for help"),
    "concern_kept": _("Concern received"),
    "concern_raised": _("Concern raised"),
    "progress_report": _("Progress report"),
    "report_draft": _("Draft of a progress report"),
    "report_draft_again": _("Draft of a progress report: the reminder"),
    "report_not_delivered": _("Progress report not delivered"),
    "report_prompt": _("Progress report asked for"),
    "quiet_nudge": _("No meeting planned"),
    "quiet_nudge_again": _("No meeting planned: the reminder"),
    "quiet_told": _("No meeting for long: to the project lead"),
    "task_added": _("Task added"),
    "task_done": _("Task done"),
    "task_due_soon": _("Task due soon"),
    "task_overdue": _("Task overdue"),
    "task_remarked": _("Remark on a task"),
    "erasure_asked": _("Erasure asked for"),
    "what_we_hold": _("What is kept about a person"),
}
ROLES = {"mentor": _("mentor"), "mentee": _("mentee"), "lead": _("project lead")}
PURPOSES = {
    "general": _("any time"),
    "first_week": _("the first week"),
    "meeting": _("a meeting"),
    "agreement": _("the mentorship agreement"),
    "midway": _("midway"),
    "closing": _("closing"),
}
ORGANIZATIONS = {
    "any": _("Mentor and mentee may come from any organization"),
    "same": _("Mentor and mentee come from the same organization"),
    "other": _("Mentor and mentee come from different organizations"),
}
STATES = {
    State.WAITING: _("waiting to be sent"),
    State.SENDING: _("being sent"),
    State.SENT: _("accepted by the mail server"),
    State.UNCERTAIN: _("uncertain: the connection was lost at the last moment"),
    State.FOLDED: _("told in a digest"),
    State.MISSED: _("missed: it would have come too late"),
    State.WITHDRAWN: _("not sent: it was no longer true"),
    State.SUPPRESSED: _("not sent: this person gets no such mail"),
    State.REFUSED: _("refused by the recipient's mail server"),
    State.FAILED: _("failed on our side"),
}
SHORT_STATES = {
    State.FAILED: _("failed"),
    State.REFUSED: _("refused"),
    State.UNCERTAIN: _("uncertain"),
    State.MISSED: _("missed"),
}
COLOURS = {
    State.SENT: "good",
    State.FOLDED: "good",
    State.UNCERTAIN: "warm",
    State.MISSED: "warm",
    State.REFUSED: "bad",
    State.FAILED: "bad",
}
VERDICTS = {
    "permanent": _("the address does not work"),
    "full": _("mailbox full"),
    "policy": _("turned away by a rule"),
    "transient": _("mail server not reached"),
}
VERDICTS_SAID = {
    "permanent": _("The mail server takes no mail for this address. Optional mails are held back."),
    "full": _("The mailbox is full. Send it again when the person has made room."),
    "policy": _("The recipient's mail server does not trust ours or its mails. Ask who runs your mail server."),
    "transient": _("The recipient's mail server could not be reached for too long."),
    "delayed": _("The mail is late: mail servers are still trying to deliver it. Nothing needs to be done."),
}
VERDICTS_SHORT = {
    **dict.fromkeys(("permanent", "full", "policy", "transient"), _("came back")),
    "delayed": _("delayed"),
}
VERDICT_COLOURS = {"permanent": "bad", "full": "warm", "policy": "bad", "transient": "warm", "delayed": "warm"}
WHY_NOT = {
    NOT_TRUE: _("What it says was no longer true."),
    TOO_LATE: _("It would have come too late."),
    SUPPRESSED: _("This person gets no such mail."),
    UNKNOWN_KIND: _("This kind of mail no longer exists."),
    GAVE_UP: _("The recipient's mail server put us off for too long."),
    NOTHING_TO_SAY: _("Nothing of what it would have told was still true."),
    CRASHED: _("The service broke down while it was being sent, again and again. It may have arrived."),
}
WAITS = {
    Wait.ONE_A_DAY: _("one mail a day is the most, and this day has had its mail"),
    Wait.WEEKLY: _("this person chose one mail a week for what is not urgent"),
    Wait.QUIET: _("this person's quiet hours"),
    Wait.DAY_OFF: _("a day off"),
    Wait.MORNING: _("the person's morning"),
    Wait.SERVER: _("the mail server put it off"),
}
LANES = {
    Lane.NOW: _("At once"),
    Lane.MORNING: _("In the reader's morning"),
    Lane.WEEKLY: _("Once a week"),
}
PROPOSALS = {
    "proposed": _("about to be asked"),
    "asked": _("waiting for an answer"),
    "waiting": _("waiting for an answer"),
    "accepted": _("accepted"),
    "reserved": _("the mentor raised a reservation"),
    "lapsed": _("lapsed without an answer"),
    "not accepted": _("not accepted"),
    "withdrawn": _("taken back"),
}
PROPOSAL_COLOURS = {
    "accepted": "good",
    "asked": "accent",
    "waiting": "accent",
    "reserved": "warm",
    "lapsed": "warm",
    "not accepted": "warm",
}


def title(kind: str) -> str:
    """What a kind of mail is called; of one that nobody gave a title, its file's name."""
    return str(TITLES.get(kind) or kind.replace("_", " ").capitalize())


def fresh(kind: Email) -> str:
    """How long a mail of this kind is still worth sending."""
    if kind.fresh_for is None:
        return str(gettext("However late, while it is still true"))
    days, hours = kind.fresh_for.days, kind.fresh_for // timedelta(hours=1)
    if days:
        return str(ngettext("Up to one day late", "Up to %(num)s days late", days))
    return str(ngettext("Up to one hour late", "Up to %(num)s hours late", hours))


def waits(kind: Email | None, envelope: Envelope, now: datetime) -> str:
    """Why a mail waits; '' if it does not, or if that cannot be known."""
    with suppress(LookupError, ValueError):
        reason = why_it_waits(kind, envelope, now) if kind else None
        return str(WAITS[reason]) if reason else ""
    return ""


def why_not(reason: str) -> str:
    """Why a mail did not go."""
    return str(WHY_NOT.get(reason, reason))


def reasoned(reason: Reason) -> str:
    """A reason in the reader's language."""
    return spoken.because(reason, language())


def hour(moment: datetime) -> str:
    """The time of day, as the reader's clock shows it."""
    return str(format_time(moment.astimezone(ZoneInfo(timezone())), "short", rebase=False))


def size(bytes_: int) -> str:
    """How large something is."""
    return str(gettext("%(number)s KB", number=format_decimal(-(-bytes_ // 1000))))
