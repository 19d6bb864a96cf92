"""Releases: the numbers of a figure about people's words and answers as they were last shown (rules C5).

They are made once a month, in its first night, and read by pages and mails: nobody can ask for one. What was released
stays as it was, whatever is changed or erased later. An organization stands alone from its first release on, or stays
with the rest from theirs on: else one release taken from another would tell of the few who came in between.

Who contributed is not kept, not even as a hash: two releases that differ by fewer than five people never follow each
other whoever those are, and a hash that outlives an erasure could be tried against a list of people.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from mentorly.mentoring.base import Base, partial_index
from mentorly.mentoring.programs import Program
from mentorly.mentoring.small_groups import (
    Measure,
    Numbers,
    Shown,
    shown,
    size,
    together,
)

Group = int | None
REST: Group = None
# Stands among the figures of a program for that those of a month were released.
DONE = ""


class Release(Base):
    """What was shown of a figure from a month on. organization_id: None: of all organizations without their own.

    period: the month, such as 2027-03. counts: as JSON. hidden: the categories that are not told from each other.
    sizes: as JSON, how many people each organization in it had; empty in releases of before this was kept.
    superseded_at: when a later one took its place.
    """

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("program_id", "figure", "organization_id", "period"),
        partial_index(
            "uq_release_of_rest", "program_id", "figure", "period", unique=True, where="organization_id IS NULL"
        ),
        partial_index("ix_release_last", "program_id", "organization_id", where="superseded_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    figure: Mapped[str]
    period: Mapped[str]
    people: Mapped[int]
    counts: Mapped[str]
    total: Mapped[int]
    hidden: Mapped[tuple[str, ...]]
    sizes: Mapped[str] = mapped_column(server_default="{}")
    released_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    @property
    def numbers(self) -> Numbers:
        """What was released."""
        return Numbers(self.people, json.loads(self.counts), self.total)

    @property
    def shown(self) -> Shown:
        """What it showed, for what may follow it."""
        sizes = {int(name) if name else REST: people for name, people in json.loads(self.sizes).items()}
        return Shown(self.numbers, frozenset(self.hidden), sizes)


Known = dict[str, dict[Group, Release]]


def last_of(program: Program) -> Known:
    """The last release of each group, by figure; one question, however much there is."""
    query = select(Release).where(Release.program_id == program.id, Release.superseded_at.is_(None))
    found: Known = {}
    for one in program.session.scalars(query.order_by(Release.id)):
        found.setdefault(one.figure, {})[one.organization_id] = one
    return found


def is_done(program: Program, now: datetime) -> bool:
    """Whether the figures of this month were released."""
    done = last_of(program).get(DONE, {}).get(REST)
    return done is not None and done.period == _period(program, now)


def release(
    program: Program, measures: Mapping[str, Measure], found: Mapping[str, Mapping[Group, Numbers]], now: datetime
) -> int:
    """Release what may be; returns how many releases were made.

    measures: what each figure measures. found: what is known of each organization now (None: people of none).
    """
    known, made = last_of(program), 0
    period = _period(program, now)
    program.session.add(_made(program, REST, DONE, period, Shown(Numbers()), now))
    for figure, organizations in found.items():
        last = known.get(figure, {})
        before = {group: one.shown for group, one in last.items()}
        for group, told in due_of(measures[figure], organizations, before).items():
            program.session.add(_made(program, group, figure, period, told, now))
            made += 1
            if group in last:
                last[group].superseded_at = now
    if DONE in known:
        known[DONE][REST].superseded_at = now
    program.session.flush()
    return made


def _period(program: Program, now: datetime) -> str:
    return f"{now.astimezone(ZoneInfo(program.timezone)):%Y-%m}"


def _made(program: Program, group: Group, figure: str, period: str, told: Shown, now: datetime) -> Release:
    sizes = {"" if one is REST else str(one): people for one, people in told.sizes.items()}
    return Release(
        program_id=program.id, organization_id=group, figure=figure, period=period, people=told.numbers.people,
        counts=json.dumps(dict(told.numbers.counts), sort_keys=True), total=told.numbers.total,
        hidden=tuple(sorted(told.hidden)), sizes=json.dumps(sizes, sort_keys=True), released_at=now,
    )  # fmt: skip


def due_of(
    measure: Measure, organizations: Mapping[Group, Numbers], before: Mapping[Group, Shown]
) -> dict[Group, Shown]:
    """The groups that may be released now: organizations that stand alone, and the rest together.

    before: what each group showed last.
    """
    due: dict[Group, Shown] = {}
    alone = {group for group in before if group is not REST}
    sizes = {group: size(measure, numbers) for group, numbers in organizations.items()}
    for group, numbers in organizations.items():
        if group is not REST and (group in alone or REST not in before):
            now = shown(measure, {group: sizes[group]}, numbers, before.get(group))
            due |= {group: now} if now else {}
    left = {group: people for group, people in sizes.items() if people and group not in alone | due.keys()}
    rest = shown(measure, left, together(organizations[group] for group in left), before.get(REST))
    return due | ({REST: rest} if rest else {})
