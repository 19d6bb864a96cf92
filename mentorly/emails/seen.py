"""What an organization sees about a person, in their own words: said by the page, and by the mail (rules C2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from mentorly.emails import spoken
from mentorly.emails.seen_profile import Facts, profile_of, roles_of
from mentorly.mentoring import homes, privacy
from mentorly.mentoring.base import sentence
from mentorly.mentoring.counts import Meetings, Reports, meetings_in, reports_in, tasks_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.privacy import What
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Relationship

NAMES = {
    What.EXISTENCE: sentence("The relationship"),
    What.CONTACTS: sentence("Contact details of"),
    What.FIRST_MEETING: sentence("First meeting"),
    What.MEETINGS_HELD: sentence("Meetings held"),
    What.MEETINGS_PLANNED: sentence("Meetings planned"),
    What.TASKS: sentence("Tasks"),
    What.REPORT_DATES: sentence("Dates of progress reports"),
}
NO_ORGANIZATION = sentence("You belong to no organization here, so no project lead sees anything about you.")
ONE_LEAD = sentence("%(names)s is project lead of %(organization)s. This is what a project lead sees today.")
MORE_LEADS = sentence("%(names)s are project leads of %(organization)s. This is what a project lead sees today.")
NO_LEAD = sentence("%(organization)s has no project lead but you, or none at all. A project lead would see this today.")
UNSAID = sentence("If there are any, your lead sees them; you do not.")
ALONE = sentence("You are in no mentoring relationship yet, so there is nothing more to see.")
NEVER = sentence(
    "The title, agenda, topics and place of a meeting. The words of objectives, tasks and notes. Your survey answers, "
    "sheets, agreements and signatures. What you write to each other."
)
HEARS = sentence(
    "By mail, your lead hears that something you were asked is unfinished after our reminders, not what it is; and "
    "that you would like a call, if you ask for one. Administrators see how many have answered a survey."
)


@dataclass(frozen=True)
class Seen:
    """What project leads see about a person. who: which leads. profile: of the person; empty if there are no leads.

    rows: for each relationship the program's name and the facts. nothing_more: said where there are none. hears: what
    leads are told besides. never: what nobody sees.
    """

    who: str
    profile: Facts
    rows: list[tuple[str, Facts]]
    nothing_more: str
    hears: str
    never: str


class _Words:
    """How it is said to one person."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.said = partial(spoken.translated, language=person.language)
        self.dated = partial(spoken.dated, language=person.language, timezone=person.timezone)
        self.at_time = partial(spoken.at_time, language=person.language, timezone=person.timezone)
        self.listed = partial(spoken.listed, language=person.language)

    def who(self) -> str:
        if self.person.organization is None:
            return self.said(NO_ORGANIZATION)
        leads = homes.leads_over(self.person)
        text = NO_LEAD if not leads else ONE_LEAD if len(leads) == 1 else MORE_LEADS
        names = self.listed([lead.name for lead in leads])
        return self.said(text) % {"names": names, "organization": self.person.organization.name}

    def profile(self) -> Facts:
        address, *others = profile_of(self.person, self.person)
        named, arriving = sentence("Name"), sentence("Mails to it")
        own = [(self.said(named), self.person.name), address, (self.said(arriving), self.arriving()), *others]
        return own + [(title, self.part(facts)) for title, facts in roles_of(self.person, self.person)]

    def part(self, facts: Facts) -> str:
        colon = "\u00a0: " if self.person.language == "fr" else ": "
        return "; ".join(name + colon + words for name, words in facts) or self.said(sentence("nothing more"))

    def arriving(self) -> str:
        since = self.person.unreached_at
        if since is None:
            return self.said(sentence("arrive, as far as mail servers tell"))
        return self.said(sentence("come back since %(day)s")) % {"day": self.dated(since)}

    def row(
        self, together: Relationship, meetings: Meetings, tasks: Progress, reports: Reports, but: Collection[What] = ()
    ) -> Facts:
        """What is seen, and what it says today; of what is hidden from oneself the same words, whatever there is."""
        hidden = privacy.hidden_from(self.person, together)
        row = privacy.lead_row(self.person, together, meetings, tasks, reports)
        return [
            (self.said(NAMES[what]), self.said(UNSAID) if what in hidden else self.words(what, value))
            for what, value in row.items()
            if what not in but
        ]

    def words(self, what: What, value: Any) -> str:
        if what is What.EXISTENCE:
            return self.dates(*value)
        if what is What.CONTACTS:
            return self.listed(person.name for person in value)
        if what is What.FIRST_MEETING:
            return self.dated(value) if value else self.said(sentence("no date yet"))
        if what is What.TASKS:
            done, still_open = value
            return self.said(sentence("%(done)s complete, %(open)s open")) % {"done": done, "open": still_open}
        if what is What.REPORT_DATES:
            return self.listed(map(self.dated, value)) if value else self.said(sentence("none yet"))
        return str(value)

    def dates(self, is_active: object, is_paused: object, began: date, ends: date) -> str:
        if is_paused:
            text = sentence("paused, from %(began)s to %(ends)s or later")
        elif is_active:
            text = sentence("active, from %(began)s to %(ends)s")
        else:
            text = sentence("ended, from %(began)s to %(ends)s")
        return self.said(text) % {"began": self.dated(began), "ends": self.dated(ends)}


def by_leads(person: Person, now: datetime) -> Seen:
    """What the project leads of a person's organization see about them today, less what is hidden from themself."""
    words = _Words(person)
    is_led = person.organization is not None
    together = homes.relationships_of(person) if is_led else ()
    rows = rows_of(person, together, now)
    return Seen(
        who=words.who(),
        profile=words.profile() if is_led else [],
        rows=[(one.program.name, rows[one.id]) for one in together],
        nothing_more="" if together or not is_led else words.said(ALONE),
        hears=words.said(HEARS),
        never=words.said(NEVER),
    )


def rows_of(
    person: Person, together: Sequence[Relationship], now: datetime, but: Collection[What] = ()
) -> dict[int, Facts]:
    """What they see of each of some relationships, by its number; asked at once, however many there are.

    but: what is left out, for a reader who is told it elsewhere.
    """
    words, numbers = _Words(person), [one.id for one in together]
    meetings, tasks = meetings_in(person.session, numbers, now), tasks_in(person.session, numbers)
    reports = reports_in(person.session, numbers, now)
    return {one.id: words.row(one, meetings[one.id], tasks[one.id], reports[one.id], but) for one in together}


def sample(reader: Person) -> Seen:
    """The same of invented people, to a reader in no session."""
    words = _Words(reader)
    values = {What.CONTACTS: [reader], What.FIRST_MEETING: None, What.MEETINGS_HELD: 2, What.TASKS: (1, 2)}
    return Seen(
        who=words.said(ONE_LEAD) % {"names": "Carol Roy", "organization": "Boréal Robotique"},
        profile=words.profile(),
        rows=[("Pilot", [(words.said(NAMES[what]), words.words(what, value)) for what, value in values.items()])],
        nothing_more="",
        hears=words.said(HEARS),
        never=words.said(NEVER),
    )
