"""How well two people fit: pure rules that score a mentor and a mentee, say why, and keep some pairs apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from mentorly.mentoring.base import sentence
from mentorly.mentoring.organizations import folded

WORK_BEGINS, WORK_ENDS = time(9), time(17)
WORKING_HOURS = 8
HOUR = timedelta(hours=1)


class Rule(StrEnum):
    """Whether a program lets mentor and mentee come from one organization."""

    ANY = "any"
    SAME = "same"
    OTHER = "other"

    def allows(self, organization_id: int | None, other_id: int | None) -> bool:
        """Whether two people of these organizations may be matched; None is in no organization with anybody."""
        together = organization_id is not None and organization_id == other_id
        return self == Rule.ANY or together == (self == Rule.SAME)


@dataclass(frozen=True)
class Weight:
    """What one thing in common is worth, in points, and how many of its kind count."""

    points: int
    most: int


WEIGHTS = {
    "skills": Weight(12, most=3),  # each skill that the mentee wants and the mentor has
    "fields": Weight(8, most=3),  # each field that both work in
    "language": Weight(15, most=1),  # both write in the same language
    "hours": Weight(2, most=WORKING_HOURS),  # each hour in which both are at work
    "help": Weight(12, most=1),  # the mentee needs, and the mentor likes to give, help with workplace language
    "preferences": Weight(10, most=2),  # each preference of the mentee that the mentor meets
    "places": Weight(1, most=3),  # each place that the mentor has left
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Candidate:
    """A mentor or a mentee who may be matched, as far as matching needs to know them.

    conflicts: ids of people with whom either side declared a conflict. proposed: ids of people to whom this person was
    proposed before. timezone: an IANA name. capacity, taken: mentees in all, and those there are or were proposed.
    first: whether an early end puts this mentee first (rules C10). preference: what a mentee prefers a mentor to be;
    traits: what a mentor is; both count in the score and are shown to nobody (rules C7).
    """

    id: int
    name: str
    email: str
    organization_id: int | None = None
    manager_email: str | None = None
    conflicts: frozenset[int] = frozenset()
    proposed: frozenset[int] = frozenset()
    language: str = "en"
    timezone: str = "America/Toronto"
    fields: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    capacity: int = 1
    taken: int = 0
    helps_with_language: bool = False
    needs_language_help: bool = False
    first: bool = False
    preference: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<Candidate {self.id}>"

    @property
    def places(self) -> int:
        """How many more mentees there is room for."""
        return max(0, self.capacity - self.taken)

    @cached_property
    def address(self) -> str:
        """The mail address, as addresses are compared."""
        return self.email.strip().casefold()

    @cached_property
    def managed_by(self) -> str:
        """The manager's address, as addresses are compared; empty if unknown."""
        return (self.manager_email or "").strip().casefold()

    @cached_property
    def apart_from(self) -> frozenset[int | str]:
        """The ids and addresses of everybody whom this person cannot be matched with, themself included."""
        return frozenset((*self.conflicts, *self.proposed, self.id)) | frozenset((self.address, self.managed_by)) - {""}


@dataclass(frozen=True)
class Reason:
    """A sentence for a person. text: English with {places}, the key of its translation; values: what goes into them."""

    text: str
    values: Mapping[str, str | float | Sequence[str]] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.said(self.text)

    def said(self, text: str, last: str = " and ", point: str = ".") -> str:
        """Return the sentence by a translation of its text. last: joins the end of a list; point: the decimal sign."""
        return text.format(**{name: _spoken(value, last, point) for name, value in self.values.items()})


@dataclass(frozen=True)
class Suggestion:
    """A mentor for a mentee, and why. The score only sorts: shown to anybody, it would give preferences away (C7)."""

    mentor_id: int
    mentee_id: int
    score: float = field(repr=False)
    reasons: tuple[Reason, ...]


def conflict(mentor: Candidate, mentee: Candidate, rule: Rule) -> Reason | None:
    """Why these two are never suggested to each other, or None."""
    return next(iter(objections(mentor, mentee, rule)), None)


def objections(mentor: Candidate, mentee: Candidate, rule: Rule) -> tuple[Reason, ...]:
    """All that speaks against a match, gravest first: it excludes a suggestion, and warns who names a pair by hand."""
    names = {"mentor": mentor.name, "mentee": mentee.name}
    return tuple(Reason(text, names) for text in _objections(mentor, mentee, rule))


RULE_IN_WORDS = {
    Rule.SAME: sentence("This program matches people of the same organization only."),
    Rule.OTHER: sentence("This program matches people of different organizations only."),
}


def _objections(mentor: Candidate, mentee: Candidate, rule: Rule) -> Iterator[str]:
    if mentor.id == mentee.id or mentor.address == mentee.address:
        yield sentence("Nobody can be their own mentor.")
    if mentee.managed_by == mentor.address:
        yield sentence("{mentor} is the manager of {mentee}.")
    if mentor.managed_by == mentee.address:
        yield sentence("{mentee} is the manager of {mentor}.")
    if mentor.id in mentee.conflicts or mentee.id in mentor.conflicts:
        yield sentence("A conflict of interest or a personal relationship was declared between {mentor} and {mentee}.")
    if mentor.id in mentee.proposed or mentee.id in mentor.proposed:
        yield sentence("{mentor} and {mentee} were proposed to each other before.")
    if not rule.allows(mentor.organization_id, mentee.organization_id):
        yield RULE_IN_WORDS[rule]
    if not mentor.places:
        yield sentence("{mentor} has no place left.")


def score(mentor: Candidate, mentee: Candidate, on: date) -> Suggestion:
    """Score two people by WEIGHTS, and say what they have in common. on: the day on which their zones are compared."""
    common = in_common(mentor, mentee, on)
    total = sum(weight.points * min(common[name], weight.most) for name, weight in WEIGHTS.items())
    return Suggestion(mentor.id, mentee.id, float(total), tuple(_reasons(mentor, mentee, on)))


def in_common(mentor: Candidate, mentee: Candidate, on: date) -> dict[str, float]:
    """How many things of each kind in WEIGHTS two people have in common."""
    return {
        "skills": len(_shared(mentee.wants, mentor.skills)),
        "fields": len(_shared(mentee.fields, mentor.fields)),
        "language": mentor.language == mentee.language,
        "hours": overlap(mentee.timezone, mentor.timezone, on),
        "help": mentee.needs_language_help and mentor.helps_with_language,
        "preferences": len(mentee.preference & mentor.traits),
        "places": mentor.places,
    }


def _reasons(mentor: Candidate, mentee: Candidate, on: date) -> Iterator[Reason]:
    skills = _shared(mentee.wants, mentor.skills)
    fields = _shared(mentee.fields, mentor.fields)
    if skills:
        yield Reason(
            "{mentor} can teach {skills}, which {mentee} wants to learn.",
            {"mentor": mentor.name, "skills": skills, "mentee": mentee.name},
        )
    if fields:
        yield Reason("Both work in {fields}.", {"fields": fields})
    if mentor.language == mentee.language:
        yield Reason(SAME_LANGUAGE.get(mentor.language, sentence("Both write in the same language.")))
    yield from _hours_in_words(overlap(mentee.timezone, mentor.timezone, on))
    if mentee.needs_language_help and mentor.helps_with_language:
        yield Reason("{mentor} likes to help with the language of the workplace.", {"mentor": mentor.name})
    yield from _places_in_words(mentor)


SAME_LANGUAGE = {"en": sentence("Both write in English."), "fr": sentence("Both write in French.")}


def _hours_in_words(hours: float) -> Iterator[Reason]:
    if hours >= WORKING_HOURS:
        yield Reason("They work at the same hours.")
    elif hours == 1:
        yield Reason("Their working hours overlap by one hour a day.")
    elif hours > 0:
        yield Reason("Their working hours overlap by {hours} hours a day.", {"hours": hours})


def _places_in_words(mentor: Candidate) -> Iterator[Reason]:
    if mentor.places == 1:
        yield Reason("{mentor} has room for one more mentee.", {"mentor": mentor.name})
    elif mentor.places:
        yield Reason("{mentor} has room for {places} more mentees.", {"mentor": mentor.name, "places": mentor.places})


@lru_cache(maxsize=4096)
def by_folding(words: tuple[str, ...]) -> Mapping[str, str]:
    """Words as they were written, by how they are compared: without case, accents and repeats."""
    written: dict[str, str] = {}
    for word in words:
        written.setdefault(folded(word), " ".join(word.split()))
    written.pop("", None)
    return written


@lru_cache(maxsize=4096)
def overlap(zone: str, other: str, on: date) -> float:
    """In how many hours of a working day (9:00 to 17:00 in zone, on a day) somebody in another zone is at work too.

    The other's day before and day after count: noon in Auckland is yesterday's afternoon in Vancouver.
    """
    begins, ends = _working_day(zone, on)
    days = (_working_day(other, on + timedelta(days=days)) for days in (-1, 0, 1))
    return sum(max(0.0, (min(ends, until) - max(begins, since)) / HOUR) for since, until in days)


def _working_day(zone: str, on: date) -> tuple[datetime, datetime]:
    begins, ends = (datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC) for at in (WORK_BEGINS, WORK_ENDS))
    return begins, ends


def _shared(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for key, word in by_folding(words).items() if key in by_folding(others))


def _spoken(value: str | float | Sequence[str], last: str, point: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", point)
    return last.join(filter(None, (", ".join(value[:-1]), value[-1])))
