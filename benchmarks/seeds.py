"""A program of years, invented by the database itself: people, proposals, relationships, and their old envelopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Engine, Table, cast, delete, func, insert, literal_column, select, update
from sqlalchemy.orm import Session

from mentorly.emails.collecting import Collection
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, Round
from mentorly.emails.tally import Tally, TallyMark, hour_of
from mentorly.mentoring.base import Base

YEARS_BACK = timedelta(days=3 * 365)
MINUTES_BACK = 3 * 365 * 24 * 60 - 60
TEN_DAYS = 10 * 24 * 60

# A large odd number spreads moments over the years so that neighbours in a table are no neighbours in time.
SPREAD = 611_953


@dataclass(frozen=True)
class Scale:
    """How many rows there are of each thing."""

    people: int = 20_000
    organizations: int = 200
    programs: int = 12
    proposals: int = 70_000
    relationships: int = 30_000
    password_requests: int = 30_000

    def shrunk(self, by: int) -> "Scale":
        """The same program, so many times smaller."""
        return Scale(
            self.people // by, max(5, self.organizations // by), self.programs, self.proposals // by,
            self.relationships // by, self.password_requests // by,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """How many rows there are that a mail can fall due for, with the two members of each relationship."""
        return self.people + self.proposals + 3 * self.relationships + self.password_requests


@dataclass(frozen=True)
class Seeds:
    """Sows rows. now: the moment at which everything is past."""

    engine: Engine
    now: datetime

    def sow(self, scale: Scale) -> None:
        """Invent a program of three years in which nothing is left to do."""
        self._organizations(scale)
        self._people(scale)
        self._unreached(scale)
        self._participations(scale)
        self._proposals(scale)
        self._relationships(scale)
        self._requests(scale)

    def _organizations(self, scale: Scale) -> None:
        self.fill(
            "organization", scale.organizations, name="'Organization ' || n", folded_name="'organization ' || n",
            weekdays="CASE n % 10 WHEN 0 THEN '012346' ELSE '01234' END",
            days_off="CASE n % 3 WHEN 0 THEN '2027-07-01' ELSE '' END", added_at=self.ago(MINUTES_BACK),
        )  # fmt: skip
        self.fill(
            "program", scale.programs, name="'Program ' || n", folded_name="'program ' || n", kind="'one-on-one'",
            starts_on=self.day(-365), ends_on=self.day(365), timezone="'America/Toronto'", meetings="6", fewest="1",
            most="1", matched_by="'lead'", mutual="false", organizations="'any'", answer_days="7", chase_days="4",
            added_at=self.ago(MINUTES_BACK),
        )  # fmt: skip

    def _people(self, scale: Scale, *, is_welcomed: bool = True, since: int = 0) -> None:
        """People who were welcomed, but for one in a hundred whose address was refused; half changed a password."""
        refused, changed = ("n % 100 = 0", "n % 2 = 0") if is_welcomed else ("false", "false")
        welcomed = f"{is_welcomed} AND NOT ({refused})"
        zones = ("Europe/Paris", "America/Vancouver", "America/St_Johns", "Asia/Kolkata")
        zone = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(zones))
        registered = self.long_ago(1)
        self.fill(
            "person", scale.people, email=f"'person' || (n + {since}) || '@organization' || (n % 97) || '.example.org'",
            name="CASE n % 3 WHEN 0 THEN 'Anaïs Tremblay' WHEN 1 THEN 'Jamal Okafor' ELSE 'Anh Nguyễn' END || ' ' || n",
            organization_id=f"1 + n % {scale.organizations}", phone="'514-555-0100'", manager_email="''",
            language="CASE WHEN n % 3 = 0 THEN 'fr' ELSE 'en' END",
            timezone=f"CASE n % 10 {zone} ELSE 'America/Toronto' END", is_administrator=f"n + {since} = 1",
            registered_at=registered, welcomed_at=f"CASE WHEN {welcomed} THEN {registered} END",
            unreached_at=f"CASE WHEN {refused} THEN {self.long_ago(1, 1)} END",
            password_changed_at=f"CASE WHEN {changed} THEN {self.long_ago(2)} END",
        )  # fmt: skip

    def _unreached(self, scale: Scale) -> None:
        """The addresses that were refused; nobody is told of them any more."""
        refused = "(SELECT {} FROM person WHERE person.id = n * 100)"
        self.fill(
            "unreached", scale.people // 100, person_id="n * 100", address=refused.format("email"),
            verdict="'permanent'", code="'5.1.1'", since=refused.format("unreached_at"),
            lost_at=refused.format("unreached_at"), lasting_at=refused.format("unreached_at"),
        )  # fmt: skip

    def _participations(self, scale: Scale, *, since: int = 0) -> None:
        """A mentor and a mentee in turn; one in fifty is project lead besides."""
        self.fill(
            "participation", scale.people, program_id=f"1 + n % {scale.programs}", person_id=f"n + {since}",
            role="CASE n % 2 WHEN 0 THEN 'mentor' ELSE 'mentee' END", fields="'data science'", skills="'SQL'",
            wants="'leading'", capacity="2", notes="''", joined_at=self.long_ago(1),
        )  # fmt: skip
        if since:
            return
        self.fill(
            "participation", scale.people // 50, program_id=f"1 + n % {scale.programs}", person_id="n * 50",
            role="'lead'", organization_id=f"1 + n % {scale.organizations}", fields="''", skills="''",
            wants="''", capacity="1", notes="''", joined_at=self.long_ago(1),
        )  # fmt: skip

    def _proposals(self, scale: Scale) -> None:
        """Of a hundred: 70 accepted, 12 reserved, 10 withdrawn (2 before anybody was asked), 6 lapsed, 2 open."""
        proposed, pairs = self.long_ago(3), scale.people // 2
        self.fill(
            "proposal", scale.proposals, program_id=f"1 + n % {scale.programs}", mentor_id=f"2 * (1 + n % {pairs})",
            mentee_id=f"2 * (1 + (n * 7) % {pairs}) - 1", proposed_by_id="1", told_to_id="1", proposed_at=proposed,
            asked_at=f"CASE WHEN n % 100 NOT IN (90, 91) THEN {proposed} END",
            chase_at=f"CASE WHEN n % 100 < 98 THEN {self.long_ago(3, 4)} ELSE {self.ahead('40 + n % 3')} END",
            answer_by=f"CASE WHEN n % 100 < 98 THEN {self.long_ago(3, 7)} ELSE {self.ahead('43 + n % 3')} END",
            accepted_at=f"CASE WHEN n % 100 < 70 THEN {self.long_ago(3, 2)} END",
            reserved_at=f"CASE WHEN n % 100 BETWEEN 70 AND 81 THEN {self.long_ago(3, 1)} END",
            withdrawn_at=f"CASE WHEN n % 100 BETWEEN 82 AND 91 THEN {self.long_ago(3, 1)} END",
            reservation="''", reservation_words="''",
        )  # fmt: skip

    def _relationships(self, scale: Scale) -> None:
        """Relationships of two, of which one in three has not ended; one mentee in 400 has no project lead."""
        began, pairs = self.long_ago(4), scale.people // 2
        self.fill(
            "relationship", scale.relationships, program_id=f"1 + n % {scale.programs}", began_at=began,
            ends_on=self.day(180), ended_at=f"CASE WHEN n % 3 > 0 THEN {self.long_ago(4, 9)} END",
            first_meeting_at=self.ahead("n % 60"), first_meeting_set_at=self.long_ago(4, 3),
            first_meeting_told_at=self.long_ago(4, 3), first_meeting_set_by_id="1", revision="2",
        )  # fmt: skip
        mentor, mentee = f"2 * (1 + n % {pairs})", f"2 * (1 + n % {pairs}) - 1"
        self._members(scale.relationships, mentor, "mentor", began, told=began)
        self._members(
            scale.relationships, mentee, "mentee", began, told=began, lead="CASE WHEN n % 400 > 0 THEN {} END"
        )

    def _members(
        self, most: int, person: str, role: str, began: str, *, told: str, lead: str = "{}", since: int = 0
    ) -> None:
        self.fill(
            "member", most, relationship_id=f"n + {since}", person_id=person, matched_as=f"'{role}'",
            is_mentor=f"'{role}' = 'mentor'", is_mentee=f"'{role}' = 'mentee'", joined_at=began, told_at=told,
            mentors_told_at=told, leads_told_at=lead.format(began),
        )  # fmt: skip

    def _requests(self, scale: Scale) -> None:
        """Requests for a new password, of which one in five was never used; and a few test mails."""
        asked = self.long_ago(5)
        self.fill(
            "password_request", scale.password_requests, address_mark="'mark ' || n % 5000", asked_at=asked,
            person_id=f"CASE WHEN n % 9 > 0 THEN 1 + n % {scale.people} END",
            used_at=f"CASE WHEN n % 5 > 0 THEN {asked} END",
        )  # fmt: skip
        self.fill("sample_request", 200, kind="'welcome'", language="'en'", person_id="1", asked_at=self.long_ago(6))

    def newcomers(self, people: int, since: int = 0) -> None:
        """Register mentors and mentees who were not welcomed yet, every third of them French-speaking.

        since: how many were registered before, with the one program and its organizations.
        """
        scale = Scale(people=people, organizations=20, programs=1)
        if not since:
            self._organizations(scale)
        self._people(scale, is_welcomed=False, since=since)
        self._participations(scale, since=since)

    def newly_due(self, scale: Scale, fifth: int) -> int:
        """Let mails fall due five minutes ago: to new people, to mentors who are asked, to both sides of new matches.

        fifth: how many people and matches, and half as many as there are proposals. Returns how many mails are due.
        """
        moment, pairs = self.ago(5), scale.people // 2
        self.fill(
            "person", fifth, email="'new' || n || '@organization' || (n % 97) || '.example.org'", name="'New ' || n",
            organization_id=f"1 + n % {scale.organizations}", phone="''", manager_email="''",
            timezone="'America/Toronto'", registered_at=moment,
        )  # fmt: skip
        self.fill(
            "proposal", 2 * fifth, program_id=f"1 + n % {scale.programs}", mentor_id=f"2 * (1 + n % {pairs})",
            mentee_id=f"2 * (1 + (n * 7) % {pairs}) - 1", proposed_by_id="1", told_to_id="1", proposed_at=moment,
            reservation="''", reservation_words="''",
        )  # fmt: skip
        self.fill(
            "relationship", fifth, program_id=f"1 + n % {scale.programs}", began_at=moment, ends_on=self.day(180),
            revision="1",
        )  # fmt: skip
        mentor, mentee = f"2 * (1 + n % {pairs})", f"2 * (1 + (n * 3) % {pairs}) - 1"
        self._members(fifth, mentor, "mentor", moment, told=moment, since=scale.relationships)
        self._members(fifth, mentee, "mentee", moment, told="NULL", since=scale.relationships)
        return 5 * fifth

    def old_envelopes(self, most: int, since: int, readers: int, kinds: Sequence[str]) -> None:
        """Add envelopes of years that were sent, but for three in a hundred that ended otherwise.

        since: how many of them were added before.
        """
        kind = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(kinds))
        number = f"(n + {since})"
        left = self.long_ago(7, plus=since)
        state = "WHEN 96 THEN 'missed' WHEN 97 THEN 'withdrawn' WHEN 98 THEN 'suppressed' WHEN 99 THEN 'refused'"
        self.fill(
            "envelope", most, kind=f"CASE {number} % {len(kinds)} {kind} END",
            thing_id=f"1 + {number} / {len(kinds)}", reader_id=f"1 + ({number} * 31) % {readers}",
            occasion=f"CASE {number} % 3 WHEN 0 THEN '2024-05-06 07:08:09.' || {number} ELSE '' END", again="0",
            moment=left, lane=f"{number} % 2", mark=f"'0123456789abcdef' || (1000000000000000 + {number})",
            state=f"CASE ({number} / 7) % 100 {state} ELSE 'sent' END", send_at=left, ready_at=left, collected_at=left,
            claimed_by="'worker'", fence="1", handed_at=left, sent_at=left, closed_at=left,
            server_said="'250 2.0.0 Ok: queued as 4XyZ0123456789'", why_not="''",
        )  # fmt: skip

    def remember(self, register: Register) -> None:
        """Send by hand what the windows of the kinds look back at, so that the next round finds nothing to do."""
        with self.engine.begin() as connection:
            for name in register:
                known = {"kind": name, "known_since": self.now - YEARS_BACK, "collected_to": self.now}
                connection.execute(insert(Round).values(known))
        self.send_by_hand(register)

    def send_by_hand(self, register: Register) -> None:
        """Collect, and let everything that waits be sent."""
        with Session(self.engine) as session:
            collection = Collection(session, register, self.now)
            collection.run(register.values())
            if collection.faults:
                raise RuntimeError(f"the seeds cannot be collected: {collection.faults}")
            left = {"state": "sent", "sent_at": self.now, "closed_at": self.now}
            session.execute(update(Envelope).where(Envelope.state == "waiting").values(left))
            self._tally(session)
            session.commit()

    def _tally(self, session: Session) -> None:
        """Count all that was closed, as the rounds of those years would have."""
        session.execute(delete(Tally))
        session.execute(delete(TallyMark))
        is_sqlite = self.engine.dialect.name == "sqlite"
        hour = "strftime('%Y-%m-%d %H:00:00.000000', closed_at)" if is_sqlite else "date_trunc('hour', closed_at)"
        reason = "CASE state WHEN 'refused' THEN 'other' ELSE '' END"
        keys: list[Any] = [literal_column(words) for words in (hour, "kind", "state", reason)]
        counted = select(*keys, func.count()).select_from(Envelope).where(Envelope.closed_at.is_not(None))
        counted = counted.group_by(*keys)
        session.execute(insert(Tally).from_select(["hour", "kind", "state", "reason", "count"], counted))
        TallyMark.of(session).count_to(hour_of(self.now))
        Tally.sum_up(session, self.now)

    def fill(self, table: str, how_many: int, /, **columns: str) -> None:
        """Insert rows: each column as SQL that may speak of n, which counts from 1."""
        model: Table = Base.metadata.tables[table]
        values: list[Any] = [literal_column(words) for words in columns.values()]
        rows = select(*values).select_from(_numbers(how_many))
        with self.engine.begin() as connection:
            connection.execute(insert(model).from_select(list(columns), rows))

    def ago(self, minutes: str | int) -> str:
        """SQL of the moment so many minutes before now."""
        now = f"{self.now:%Y-%m-%d %H:%M:%S}"
        if self.engine.dialect.name == "sqlite":
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{now}', printf('%+d minutes', -({minutes})))"
        return f"(TIMESTAMPTZ '{now}+00' - make_interval(mins => CAST({minutes} AS int)))"

    def long_ago(self, salt: int, days_later: int = 0, plus: int = 0) -> str:
        """SQL of a moment of the years before the last ten days, another for each n; or that many days after it."""
        spread = f"((n + {plus}) * {SPREAD} + {salt} * 977) % {MINUTES_BACK - TEN_DAYS}"
        return self.ago(f"{TEN_DAYS - 1440 * days_later} + {spread}")

    def ahead(self, days: str) -> str:
        """SQL of the moment so many days after now."""
        return self.ago(f"-1440 * ({days})")

    def day(self, days: int) -> str:
        """SQL of the day so many days after today."""
        return f"'{(self.now + timedelta(days=days)).date()}'"


def _numbers(most: int) -> Any:
    """The numbers from 1 on, as a table with the column n."""
    count = select(cast(1, BigInteger).label("n")).cte("count", recursive=True)
    count = count.union_all(select(count.c.n + 1).where(count.c.n < most))
    return select(count.c.n).where(count.c.n <= most).subquery("numbers")
