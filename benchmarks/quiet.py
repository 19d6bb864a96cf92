"""A round in which nothing is due: what it costs, with no old envelopes and with a million."""

import time
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.databases import POSTGRESQL, SQLITE, engine_of
from benchmarks.letters import settings
from benchmarks.measures import LESS, Report, Target, ratio
from benchmarks.statements import Plan, Statement, captured, instructions, plan_of, query_plan
from benchmarks.world import World
from mentorly.emails.carrying import Outcome, Outgoing
from mentorly.emails.collecting import Collection
from mentorly.emails.email import Email
from mentorly.emails.post_office import PostOffice

PART = "quiet"
PLANS = "plans.txt"
ALL = "the whole round"
EVERY = "a kind, on average"
WORST = "the dearest kind"

# psycopg prepares a statement when it is run for the sixth time, and PostgreSQL may choose a plan for all parameters
# five times after that: a worker that has been up for a quarter of an hour is past both.
WARM_UP = 12

# Those with more than 50,000 rows here; PostgreSQL is right to read 20,000 people at once where it needs hundreds.
BIG = ("envelope", "proposal", "member")

MOST_PER_KIND, MOST_TIMES, MOST_GROWTH = 20.0, 1.15, 1.10


class Nobody:
    """Carries nothing, because nothing is due."""

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Raise AssertionError if there is a mail."""
        for _ in mails:
            raise AssertionError("a quiet round sends nothing")
        yield from ()


@dataclass
class Quiet:
    """The quiet rounds of a world. rounds: how many are measured, of each kind and size in turn, after the warm-up."""

    world: World
    report: Report
    rounds: int = 9
    warm_up: int = WARM_UP

    def run(self) -> None:
        """Measure the rounds, explain the statements, and judge both."""
        papers = []
        for place in self.world.places:
            with ExitStack() as stack:
                engines = {
                    size: stack.enter_context(engine_of(self.world.urls[place.name, size])) for size in self.world.sizes
                }
                self._measure(place.name, engines)
                papers.append(self._explain(place.name, engines))
        self.report.papers[PLANS] = "\n\n".join(papers) + "\n"

    def _measure(self, name: str, engines: dict[int, Engine]) -> None:
        largest = max(engines)
        times: dict[tuple[str, int], list[float]] = {}
        for number in range(self.warm_up + self.rounds):
            now = self.world.now + timedelta(minutes=number)
            for size, engine in engines.items():
                own = {ALL: self._round(engine, now)}
                if size in {0, largest}:
                    own |= self._kinds(engine, now)
                for what, seconds in own.items():
                    times.setdefault((what, size), []).append(1000 * seconds)
        for (what, size), values in times.items():
            self.report.add(PART, what, "ms", values[self.warm_up :], _about(name, size))
        self._judge_times(name, largest)

    def _round(self, engine: Engine, now: datetime) -> float:
        began = time.perf_counter()
        with Session(engine, expire_on_commit=False) as session:
            PostOffice(session, self.world.register, settings()).round(lambda: now, Nobody())
        return time.perf_counter() - began

    def _kinds(self, engine: Engine, now: datetime) -> dict[str, float]:
        """What each kind adds to a round."""
        empty = self._collect(engine, now, [])
        seconds = {kind.name: self._collect(engine, now, [kind]) - empty for kind in self.world.register.values()}
        return {**seconds, EVERY: sum(seconds.values()) / len(seconds), WORST: max(seconds.values())}

    def _collect(self, engine: Engine, now: datetime, kinds: Sequence[Email]) -> float:
        began = time.perf_counter()
        with Session(engine) as session:
            collection = Collection(session, self.world.register, now)
            counts = collection.run(kinds)
        if any(counts.values()) or collection.faults:
            raise AssertionError(f"the round was not quiet: {dict(counts)}, {collection.faults}")
        return time.perf_counter() - began

    def _judge_times(self, name: str, largest: int) -> None:
        dearest = max(
            (self.report.find(PART, kind, _about(name, largest)) for kind in self.world.register),
            key=lambda figure: figure.median if figure else 0.0,
        )
        whole = [self.report.find(PART, ALL, _about(name, size)) for size in (0, largest)]
        if dearest and whole[0] and whole[1]:
            words = f"{name}: the dearest kind of a quiet round ({dearest.name})"
            self.report.expect(Target(PART, words, dearest.median, LESS, MOST_PER_KIND, "ms"))
            words = f"{name}: a quiet round with {largest:,} old envelopes, beside one with none"
            self.report.expect(Target(PART, words, ratio(whole[1], whole[0]), LESS, MOST_TIMES, "times"))

    def _explain(self, name: str, engines: dict[int, Engine]) -> str:
        most = max(self.world.sizes)
        chosen = {size: engines[size] for size in (0, most // 10, most)}
        told = _on_postgresql if name == POSTGRESQL else _on_sqlite
        return told(self.report, self._statements(engines[most]), chosen)

    def _statements(self, engine: Engine) -> list[Statement]:
        """The statements of one round, labelled by the kind that they are for."""
        now = self.world.now + timedelta(minutes=self.warm_up + self.rounds)
        with captured(engine) as capture, Session(engine, expire_on_commit=False) as session:
            for kind in self.world.register.values():
                capture.label = kind.name
                Collection(session, self.world.register, now).run([kind])
            capture.label = "delivering"
            office = PostOffice(session, self.world.register, settings())
            office.deliver(lambda: now, Nobody())
            capture.label = "the rest"
            office.round(lambda: now, Nobody())
        return capture.distinct


def _on_postgresql(report: Report, statements: list[Statement], engines: dict[int, Engine]) -> str:
    """Explain each statement with none, a tenth and all of the old envelopes, judge what they look at, and tell it."""
    told: dict[str, list[str]] = {}
    totals: dict[str, Counter[int]] = {"rows": Counter(), "pages": Counter()}
    sequential: list[str] = []
    for statement in statements:
        plans = {size: _planned(engine, statement) for size, engine in engines.items()}
        for size, plan in plans.items():
            totals["rows"][size] += plan.rows
            totals["pages"][size] += plan.buffers
        sequential += [f"{statement.label}: {table}" for table in plans[max(plans)].sequential(BIG)]
        told.setdefault(_line(list(plans.values())), []).append(statement.label)
    for what, numbers in totals.items():
        for size, number in numbers.items():
            report.add(PART, f"{what} looked at in a round", what, [number], _about(POSTGRESQL, size))
    _judge_plans(report, totals["rows"], totals["pages"], sequential)
    head = f"{POSTGRESQL}: rows and pages with {_sizes(engines)} old envelopes, what served, and which kinds ask"
    return "\n".join([head, *_lines(told)])


def _planned(engine: Engine, statement: Statement) -> Plan:
    with engine.connect() as connection:
        return plan_of(connection, statement)


def _judge_plans(report: Report, rows: Counter[int], pages: Counter[int], sequential: list[str]) -> None:
    """Rows must not follow the envelopes; pages may by the depth of the trees alone, which hardly grows to ten times.

    sequential: the big tables that were read from end to end.
    """
    most = max(rows)
    words = f"{POSTGRESQL}: rows of a quiet round with {most:,} old envelopes, beside one with none"
    report.expect(Target(PART, words, rows[most] / rows[0], LESS, MOST_GROWTH, "times"))
    words = (
        f"{POSTGRESQL}: rows and pages of a quiet round with {most:,} old envelopes, beside one with a tenth of them"
    )
    few, many = (rows[size] + pages[size] for size in (most // 10, most))
    report.expect(Target(PART, words, many / few, LESS, MOST_GROWTH, "times"))
    told = f": {', '.join(sequential)}" if sequential else ""
    words = f"{POSTGRESQL}: scans of a big table from end to end in a quiet round{told}"
    report.expect(Target(PART, words, len(sequential), LESS, 0))


def _on_sqlite(report: Report, statements: list[Statement], engines: dict[int, Engine]) -> str:
    """The same by the instructions that SQLite's virtual machine takes."""
    told: dict[str, list[str]] = {}
    totals: Counter[int] = Counter()
    most = max(engines)
    for statement in statements:
        own = {size: instructions(engine, statement) for size, engine in engines.items()}
        totals.update(own)
        line = f"{statement.gist:40} {_steps(own.values())} instructions  {query_plan(engines[most], statement)}"
        told.setdefault(line, []).append(statement.label)
    for size, total in totals.items():
        report.add(PART, "instructions of a round", "instructions", [total], _about(SQLITE, size))
    words = f"{SQLITE}: instructions of a quiet round with {most:,} old envelopes, beside one with none"
    report.expect(Target(PART, words, totals[most] / totals[0], LESS, MOST_GROWTH, "times"))
    head = f"{SQLITE}: instructions with {_sizes(engines)} old envelopes, the plan, and which kinds ask"
    return "\n".join([head, *_lines(told)])


def _sizes(sizes: Iterable[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)


def _steps(numbers: Iterable[int]) -> str:
    return " -> ".join(f"{number:>6,}" for number in numbers)


def _lines(told: dict[str, list[str]]) -> list[str]:
    """Each line once, with the kinds that it is true of."""
    return [f"{line}  [{labels[0] if len(labels) == 1 else f'{len(labels)} kinds'}]" for line, labels in told.items()]


def _line(plans: Sequence[Plan]) -> str:
    scans = ", ".join(f"{table} by {how}" for table, how in plans[-1].scans)
    costs = f"{_steps(plan.rows for plan in plans)} rows {_steps(plan.buffers for plan in plans)} pages"
    return f"{plans[-1].statement.gist:40} {costs}  {scans or 'no table'}"


def _about(name: str, size: int) -> str:
    return f"{name}, {size:,} old envelopes"
