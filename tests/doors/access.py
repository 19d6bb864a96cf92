"""Who may go through which door: the one table that the tests hold every route to, and that docs/access.md shows.

A row names a method and an address whose {places} are things of tests/doors/world.py, and says what becomes of each
hat that asks. A route without a row fails the tests; so does a hat without a word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Comes(StrEnum):
    """What comes of asking."""

    YES = "yes"
    REFUSED = "refused"
    FORBIDDEN = "403"
    NOT_HERE = "404"
    SIGN_IN = "sign in"


HATS: Mapping[str, str] = {
    "nobody": "who is not signed in",
    "stranger": "somebody with an account and no role",
    "admin": "an administrator",
    "lead": "a project lead of the mentee's organization",
    "mentor's lead": "a project lead of the mentor's organization",
    "other lead": "a project lead of another organization",
    "mentor": "the mentor",
    "mentee": "the mentee whose things these are",
    "fellow": "another mentee of the group",
    "lead+mentor": "a project lead of the mentee's organization who is the second mentor",
    "admin+mentee": "an administrator who is a mentee of the group",
}
MEMBERS = frozenset({"mentor", "mentee", "fellow", "lead+mentor", "admin+mentee"})
PAIR = frozenset({"mentor", "mentee"})
MENTORS = frozenset({"mentor", "lead+mentor"})
SHARERS = MENTORS | {"mentee"}
ADMINS = frozenset({"admin", "admin+mentee"})
OWN_LEADS = frozenset({"lead", "lead+mentor"})
CONSOLE = ADMINS | OWN_LEADS | {"mentor's lead", "other lead"}
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """One door. typed: the form that is sent, as a query; None to send an empty one, which may be found faulty."""

    method: str
    address: str
    comes: Mapping[str, Comes]
    typed: str | None = None

    @property
    def name(self) -> str:
        """The door as the table shows it."""
        return f"{self.method} {self.address}"


def _row(door: str, lets: Iterable[str], refuses: Iterable[str], others: Mapping[str, Comes]) -> Row:
    method, address, *typed = door.split(maxsplit=2)
    told = dict.fromkeys(lets, Comes.YES) | dict.fromkeys(refuses, Comes.REFUSED)
    comes = {hat: told.get(hat) or others[hat] for hat in HATS}
    return Row(method, address, comes, typed[0].removesuffix("-") if typed else None)


def own(lets: frozenset[str], *doors: str, refuses: frozenset[str] = NONE) -> list[Row]:
    """Doors to what belongs to people: it is not there for anybody else."""
    others = dict.fromkeys(HATS, Comes.NOT_HERE) | {"nobody": Comes.SIGN_IN}
    return [_row(door, lets, refuses, others) for door in doors]


def console(lets: frozenset[str], *doors: str, refuses: frozenset[str] = NONE) -> list[Row]:
    """Doors of the console: closed to who runs nothing; what others run is not there."""
    others = {hat: Comes.NOT_HERE if hat in CONSOLE else Comes.FORBIDDEN for hat in HATS} | {"nobody": Comes.SIGN_IN}
    return [_row(door, lets, refuses, others) for door in doors]


def administered(*doors: str) -> list[Row]:
    """Doors for administrators alone."""
    others = dict.fromkeys(HATS, Comes.FORBIDDEN) | {"nobody": Comes.SIGN_IN}
    return [_row(door, ADMINS, NONE, others) for door in doors]


def everybody(*doors: str) -> list[Row]:
    """Doors for who is signed in: each finds their own things there."""
    return [_row(door, set(HATS) - {"nobody"}, NONE, {"nobody": Comes.SIGN_IN}) for door in doors]


def anybody(*doors: str, comes: Comes = Comes.YES) -> list[Row]:
    """Doors that do not ask who it is: open, or opened by the token in the address alone."""
    return [_row(door, NONE, NONE, dict.fromkeys(HATS, comes)) for door in doors]


PLAN = "title=Speak&category=communication&horizon=short"
WORDS = "words=Read&target_on={soon}"

OPEN = [
    *anybody("GET /", "GET /healthz", "GET /static/style.css", "GET /self-assessment", "POST /self-assessment"),
    *anybody("GET /readyz", "GET /sign-in", "POST /sign-in", "POST /sign-out -", "GET /password"),
    *anybody("POST /password email=nobody@example.org", "POST /inbound", "GET /metrics"),
]
TOKENS = [
    *anybody("GET /a/{letter}", "GET /a/{letter}/accept", "POST /a/{letter}/accept -", "POST /a/{letter}/undo"),
    *anybody("GET /calendar/{feed}.ics", "GET /documents/{paper}", "POST /documents/{paper} language=en"),
    *anybody("GET /unsubscribe/{stop}", "POST /unsubscribe/{stop} -", "POST /unsubscribe/{stop}/undo -"),
]
FORGED = [
    *anybody("GET /a/{forged}", "GET /a/{forged}/accept", "POST /a/{forged}/accept -", comes=Comes.NOT_HERE),
    *anybody("POST /a/{forged}/undo", "GET /calendar/{forged}.ics", "GET /documents/{forged}", comes=Comes.NOT_HERE),
    *anybody("POST /documents/{forged} language=en", "GET /unsubscribe/{forged}", comes=Comes.NOT_HERE),
    *anybody("POST /unsubscribe/{forged} -", "POST /unsubscribe/{forged}/undo -", comes=Comes.NOT_HERE),
]
ACCOUNT = [
    *everybody("GET /home", "GET /who-sees", "GET /profile", "GET /asked", "GET /opening-questions"),
    *everybody("GET /password/own", "POST /password/own", "POST /profile", "POST /home/quoting quotes=yes"),
    *everybody("POST /profile/calendar -", "POST /profile/try-again -", "POST /profile/addresses/{alias}/remove -"),
    *everybody("POST /profile/erase -"),
    *everybody("POST /profile/data -"),
    *own(frozenset({"mentor"}), "POST /home/proposals/{proposal} answer=accept"),
]
MEETINGS = [
    *own(MEMBERS, "GET /meetings/{together}", "GET /meetings/{together}/log", "GET /meetings/{together}/propose"),
    *own(MEMBERS, "GET /meetings/{together}/series", "GET /meeting/{meeting}", "GET /session/{line}"),
    *own(MEMBERS, "POST /meetings/{together}/log way=phone&began_at={past}&took=20&topics=It"),
    *own(MEMBERS, "POST /meetings/{together}/propose at_1={then}&minutes=60"),
    *own(MEMBERS, "POST /meetings/{together}/series at_1={then}&minutes=60&number=2"),
    *own(MEMBERS, "POST /meeting/{meeting}/coming coming=yes", "POST /meeting/{meeting}/agenda agenda=It"),
    *own(MEMBERS, "POST /meeting/{meeting}/place place=Hall", "POST /meeting/{meeting}/off reason="),
    *own(MEMBERS, "POST /meeting/{meeting}/counter counter_at={then}"),
    *own(MEMBERS, "POST /meeting/{meeting}/move move_at={then}&move_minutes=60"),
    *own(PAIR, "GET /meeting/{pair_meeting}", "POST /meeting/{pair_meeting}/agenda agenda=It"),
    *own(PAIR, "GET /session/{pair_line}"),
    *own(PAIR, "POST /meeting/{pair_meeting}/off reason=", "POST /session/{pair_line}/strike"),
    *own(PAIR, "POST /meeting/{past_meeting}/held took=30&topics=It", "POST /meeting/{past_meeting}/not-held -"),
    *own(PAIR, "POST /meeting/{past_meeting}/reopen"),
    *own(frozenset({"mentor"}), "POST /meeting/{countered}/take -", refuses=frozenset({"mentee"})),
    *own(frozenset({"mentor"}), "POST /meeting/{countered}/keep -", refuses=frozenset({"mentee"})),
    *own(frozenset({"mentee"}), "POST /meeting/{times}/pick time=1", refuses=frozenset({"mentor"})),
    *own(PAIR, "POST /meeting/{times}/others at_1={then}"),
    *own(MEMBERS, "POST /session/{line}/correct took=30&topics=It", "POST /session/{line}/strike -"),
    *own(MEMBERS, "POST /session/{line}/confirm -", "POST /session/{line}/unconfirm"),
    *own(MEMBERS, "POST /session/{line}/reflection -"),
]
OBJECTIVES = [
    *own(MEMBERS, "GET /objectives/{together}", "GET /objectives/{together}/open"),
    *own(MEMBERS, f"POST /objectives/{{together}}/open {PLAN}"),
    *own(SHARERS, "GET /objectives/{together}?whose={mentee}", "GET /objectives/{together}/open?whose={mentee}"),
    *own(SHARERS, f"POST /objectives/{{together}}/open?whose={{mentee}} {PLAN}"),
    *own(SHARERS, "POST /objectives/{together}/notes?whose={mentee} note=It&audience=private"),
    *own(SHARERS, "GET /objective/{objective}", f"POST /objective/{{objective}}/change {PLAN}"),
    *own(SHARERS, "POST /objective/{objective}/reach -", "POST /objective/{objective}/drop -"),
    *own(SHARERS, "POST /objective/{dropped}/reopen -", f"POST /objective/{{objective}}/task {WORDS}&owner={{mentee}}"),
    *own(SHARERS, "GET /task/{task}", "POST /task/{task}/remark remark=It", "POST /task/{task}/remove -"),
    *own(SHARERS, f"POST /task/{{task}}/change {WORDS}&owner={{mentee}}"),
    *own(frozenset({"mentee"}), "POST /task/{task}/done -", "POST /task/{done}/undo -", refuses=MENTORS),
    *own(frozenset({"mentee"}), "POST /task/{task}/unsay number={remark}", refuses=MENTORS),
    *own(frozenset({"mentee"}), "GET /note/{private_note}", "POST /note/{private_note}/remove -"),
    *own(frozenset({"mentee"}), "POST /note/{private_note}/change note=It&audience=private"),
    *own(SHARERS, "GET /note/{shared_note}"),
    *own(frozenset({"mentee"}), "POST /note/{shared_note}/remove -", refuses=MENTORS),
    *own(frozenset({"mentee"}), "POST /note/{shared_note}/change note=It&audience=shared", refuses=MENTORS),
    *own(frozenset({"mentor"}), "GET /note/{mentors_note}", "POST /note/{mentors_note}/remove -"),
]
ASKED = [
    *own(frozenset({"mentee"}), "GET /asked/{sheet}", "POST /asked/{sheet}", "POST /asked/{sheet}/share -"),
    *own(frozenset({"mentee"}), "POST /asked/{sheet}/reopen -", "POST /asked/{shared_sheet}/unshare -"),
    *own(MEMBERS, "GET /asked/{shared_sheet}"),
    *own(frozenset({"mentee"}), "POST /asked/{shared_sheet}", "GET /asked/{survey}"),
    *own(frozenset({"mentee"}), "POST /asked/{survey} save-later=now"),
    *own(MEMBERS, "GET /agreement/{agreement}", "POST /agreement/{agreement}/sign"),
    *own(frozenset({"mentee"}), "GET /signed/{signature}.pdf"),
]
REPORTS = [
    *everybody("GET /reports"),
    *own(MENTORS, "GET /reports/{together}", "POST /reports/{together} words=It&tone=news&urgent=no"),
    *own(frozenset({"mentor", "lead"}), "GET /report/{report}"),
    *own(NONE, "POST /report/{report}/send words=It&tone=news", refuses=frozenset({"mentor", "lead"})),
    *own(NONE, "POST /report/{report}/discard -", refuses=frozenset({"mentor", "lead"})),
    *own(frozenset({"mentor"}), "GET /report/{draft}", "POST /report/{draft}/send words=It&tone=news"),
    *own(frozenset({"mentor"}), "POST /report/{draft}/discard -"),
    *own(MEMBERS, "GET /concerns/{together}", "POST /concerns/{together} kind=other&words=It"),
    *own(frozenset({"mentee"}), "POST /concerns/{together}/withdraw concern={concern}"),
    *own(MEMBERS, "GET /pause/{together}"),
    *own(MENTORS, "POST /pause/{together} -", "POST /pause/{paused}/resume -", refuses=MEMBERS - MENTORS),
]
LISTS = [
    *console(CONSOLE, "GET /console", "GET /console/people", "GET /console/people/new", "GET /console/people/import"),
    *console(CONSOLE, "GET /console/matching", "GET /console/matching/best?program={program}"),
    *console(CONSOLE, "GET /console/proposals", "GET /console/figures", "GET /console/figures/{program}.csv"),
    *console(CONSOLE, "GET /console/figures/{program}/{figure}.csv", "GET /console/relationships/{program}.csv"),
    *console(CONSOLE, "GET /console/relationships", "GET /console/unreached", "GET /console/documents"),
    *console(CONSOLE, "GET /console/documents/{document}", "GET /console/documents/{document}/en"),
    *console(CONSOLE, "GET /console/instruments", "GET /console/people/export?program={program}"),
    *console(CONSOLE, "GET /console/instruments/{program}/midway_mentee"),
    *console(CONSOLE, "GET /console/instruments/{program}/midway_mentee/{version}.toml"),
    *console(CONSOLE, "GET /console/instruments/{program}/midway_mentee/preview"),
    *console(CONSOLE, "GET /console/instruments/{program}/midway_mentee/letter"),
    *console(CONSOLE, "POST /console/people/import"),
]
ELSEWHERE = [
    *console(ADMINS, "GET /console/people/export?program={elsewhere}", "GET /console/documents/{foreign}"),
    *console(ADMINS, "GET /console/documents/{foreign}/en", "GET /console/instruments/{elsewhere}/midway_mentee"),
    *console(ADMINS, "GET /console/instruments/{elsewhere}/midway_mentee/preview"),
    *console(ADMINS, "GET /console/instruments/{elsewhere}/midway_mentee/letter"),
    *console(ADMINS, "GET /console/instruments/{elsewhere}/midway_mentee/{version}.toml"),
    *console(ADMINS, "GET /console/matching/best?program={elsewhere}", "GET /console/figures/{elsewhere}.csv"),
    *console(ADMINS, "GET /console/figures/{elsewhere}/{figure}.csv", "GET /console/relationships/{elsewhere}.csv"),
    *console(NONE, "POST /console/matching/best program={elsewhere}&pair={free_mentor}-{fresh}", refuses=ADMINS),
]
RUNNING = [
    *console(ADMINS, "GET /console/figures/{program}/concerns.csv"),
    *console(ADMINS | OWN_LEADS, "GET /console/people/{mentee}", "POST /console/people/{mentee}/try-again"),
    *console(ADMINS | OWN_LEADS, "POST /console/people/{fresh}/address email=new@boreal.example.org"),
    *console(ADMINS | {"mentor's lead"}, "GET /console/people/{mentor}"),
    *console(ADMINS | {"other lead"}, "GET /console/people/{stranger}"),
    *console(
        ADMINS | OWN_LEADS,
        "POST /console/people/new program={program}&email=n@boreal.example.org&name=Noa&role=mentee"
        "&organization=Boréal+Robotique&timezone=America/Toronto",
        refuses=frozenset({"mentor's lead", "other lead"}),
    ),
    *console(
        ADMINS,
        "POST /console/people/new program={program}&email=n@boreal.example.org&name=Noa&role=lead"
        "&organization=Boréal+Robotique&timezone=America/Toronto",
        refuses=CONSOLE - ADMINS,
    ),
    *console(ADMINS | OWN_LEADS, "GET /console/matching/mentees/{fresh}?program={program}"),
    *console(ADMINS | OWN_LEADS, "POST /console/matching/propose program={program}&pair={free_mentor}-{fresh}"),
    *console(ADMINS, "POST /console/matching/propose program={program}&pair={mentor}-{fresh}"),
    *console(ADMINS | OWN_LEADS, "POST /console/matching/best program={program}&pair={free_mentor}-{unasked}"),
    *console(ADMINS | OWN_LEADS, "GET /console/proposals/{proposal}"),
    *console(ADMINS, "POST /console/proposals/{proposal}/withdraw -", refuses=OWN_LEADS),
    *console(ADMINS | OWN_LEADS | {"mentor's lead"}, "GET /console/relationships/{together}"),
    *console(
        ADMINS | OWN_LEADS,
        "POST /console/relationships/{beginning}/first-meeting at={then}",
        refuses=frozenset({"mentor's lead"}),
    ),
    *console(
        frozenset({"admin", "lead", "lead+mentor"}),
        "POST /console/relationships/{together}/pause -",
        "POST /console/relationships/{paused}/resume -",
        refuses=frozenset({"mentor's lead", "admin+mentee"}),
    ),
    *console(
        frozenset({"admin", "lead"}),
        "POST /console/relationships/{together}/end -",
        refuses=frozenset({"mentor's lead", "lead+mentor", "admin+mentee"}),
    ),
]
_EXTEND = administered("POST /console/relationships/{together}/extend until={later}")[0]
_WORKLIST = administered(
    "POST /console/concerns/{concern}/read -",
    "POST /console/concerns/{concern}/take -",
    "POST /console/concerns/{concern}/close -",
    "POST /console/concerns/{concern}/end -",
    "POST /console/help/{call}/read -",
    "POST /console/help/{call}/settled -",
)
ADMINISTRATORS = [
    *(Row(one.method, one.address, {**one.comes, "admin+mentee": Comes.NOT_HERE}, one.typed) for one in _WORKLIST),
    *administered("GET /console/concerns", "GET /console/unheard"),
    *administered("POST /console/programs/{program}/unheard unheard_mails=4&unheard_days=14&unheard_told_days=7"),
    *administered("POST /console/unheard/{unheard}/settled -"),
    *administered("GET /console/programs/{program}/sponsors", "POST /console/sponsors/{sponsor}/end -"),
    *administered("POST /console/programs/{program}/sponsors name=Fern+Diaz&email=f@fund.example.org&language=en"),
    *administered("POST /console/programs/{program}/silence quiet_days=31&nudge_days=7&leads_days=7&pause_days=60"),
    Row(_EXTEND.method, _EXTEND.address, {**_EXTEND.comes, "admin+mentee": Comes.REFUSED}, _EXTEND.typed),
    *administered("GET /console/help", "GET /console/programs"),
    *administered("POST /console/programs", "POST /console/programs/{program}/retention retention_months=25"),
    *administered("POST /console/programs/{program}/words words_months=25"),
    *administered("GET /console/people/{mentee}/erase", "POST /console/people/{mentee}/erase"),
    *administered("GET /console/mails", "GET /console/mails/nudge", "GET /console/mails/nudge/letter"),
    *administered("POST /console/mails/nudge/test -", "GET /console/upcoming", "GET /console/post"),
    *administered("GET /console/deliveries", "GET /console/deliveries/{envelope}", "GET /console/received"),
    *administered("POST /console/received/{received}/again -", "GET /console/acts", "GET /console/acts.csv"),
    *administered("POST /console/people/{mentee}/mails/{envelope}/again -", "POST /console/documents"),
    *administered("POST /console/people/{mentee}/data -"),
    *administered("POST /console/documents/{document} purpose=first_week&title_en=Guide&title_fr=Guide"),
    *administered("POST /console/documents/{document}/up -", "POST /console/documents/{document}/down -"),
    *administered("POST /console/documents/{document}/retire -", "POST /console/documents/{document}/restore -"),
    *administered("POST /console/documents/{document}/version"),
    *administered("POST /console/instruments/{program}"),
    *administered("POST /console/instruments/{program}/midway_mentee/use use=yes"),
    *administered("POST /console/instruments/{program}/midway_mentee/file"),
    *administered("GET /console/instruments/{program}/midway_mentee/edit"),
    *administered("GET /console/instruments/{program}/midway_mentee/about"),
    *administered("POST /console/instruments/{program}/midway_mentee/about"),
    *administered("GET /console/instruments/{program}/midway_mentee/new-question"),
    *administered("POST /console/instruments/{program}/midway_mentee/new-question"),
    *administered("GET /console/instruments/{program}/midway_mentee/questions/{question}"),
    *administered("POST /console/instruments/{program}/midway_mentee/questions/{question}"),
    *administered("POST /console/instruments/{program}/midway_mentee/order"),
    *administered("POST /console/instruments/{program}/midway_mentee/put-to-use"),
    *administered("POST /console/instruments/{program}/midway_mentee/throw-away"),
    *administered("GET /console/instruments/{program}/{drafted}/draft.toml"),
]

SECTIONS: Mapping[str, list[Row]] = {
    "Open to anybody": OPEN,
    "Opened by the token in the address, whoever is signed in": TOKENS,
    "A token that is not ours": FORGED,
    "One's own account": ACCOUNT,
    "Meetings and the session log": MEETINGS,
    "Objectives, tasks and notes of one mentee": OBJECTIVES,
    "Surveys, sheets and agreements": ASKED,
    "Progress reports and concerns": REPORTS,
    "The console's lists: each shows what its reader runs": LISTS,
    "A program that no lead here has to do with": ELSEWHERE,
    "People, proposals and relationships in the console": RUNNING,
    "For administrators": ADMINISTRATORS,
}
ROWS = [row for rows in SECTIONS.values() for row in rows]
