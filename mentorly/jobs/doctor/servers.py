"""The servers that hold what the service knows: the database, Redis, and their clocks."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import Redis, RedisError

from mentorly.config import Settings, redis_address
from mentorly.extensions import DatabaseFault, db
from mentorly.jobs.doctor.finding import UP, Finding, State

MOST_APART = timedelta(seconds=30)
NTP = "Let both machines keep the time of the network (NTP)."
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def database_finding() -> Finding:
    """Whether the database answers, with the schema of this version."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    newest = set(scripts.get_heads())
    name = db.engine.dialect.name.replace("postgresql", "PostgreSQL").replace("sqlite", "SQLite")
    try:
        with db.engine.connect().execution_options(reads=True) as connection:
            kept = set(MigrationContext.configure(connection).get_current_heads())
    except DatabaseFault as fault:
        said = str(getattr(fault, "orig", fault)).splitlines()[0]
        return Finding("database", State.WRONG, f"The database does not answer: {said}.", "See MENTORLY_DATABASE_URL.")
    if kept == newest:
        return Finding("database", State.WELL, f"{name} answers, and its schema is up to date.")
    if not kept and name == "SQLite":
        return Finding(
            "database", State.NOTED, "The database is new: the first command that needs it makes its schema."
        )
    return Finding(
        "database",
        State.WRONG,
        f"{name} answers, and its schema is not the one of this version: "
        f"{', '.join(sorted(kept)) or 'none'} instead of {', '.join(sorted(newest))}.",
        "Run “mentorly db upgrade”.",
    )


def redis_finding(settings: Settings) -> Finding:
    """Whether the queue's Redis answers."""
    try:
        with _redis_of(settings) as redis:
            redis.ping()
    except RedisError:
        if settings.embeds_redis:
            return Finding("Redis", State.NOTED, f"The embedded Redis does not run. {UP}")
        remedy = "See MENTORLY_REDIS_URL. Nothing is lost meanwhile, and nothing is sent."
        return Finding("Redis", State.WRONG, "Redis does not answer.", remedy)
    return Finding("Redis", State.WELL, "Redis answers.")


def _redis_of(settings: Settings) -> Redis:
    return Redis.from_url(redis_address(settings), socket_connect_timeout=2, socket_timeout=2)


def clock_findings(settings: Settings) -> Iterator[Finding]:
    """The clock of this machine beside those of the servers that it can ask."""
    apart = {}
    with suppress(*DatabaseFault):
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                apart["PostgreSQL"] = abs(connection.exec_driver_sql("SELECT now()").scalar_one() - datetime.now(UTC))
    with suppress(RedisError), _redis_of(settings) as redis:
        seconds, millionths = redis.time()
        apart["Redis"] = abs(datetime.fromtimestamp(seconds + millionths / 1e6, UTC) - datetime.now(UTC))
    wrong = {name: by for name, by in apart.items() if by > MOST_APART}
    for name, by in wrong.items():
        seconds = round(by.total_seconds())
        yield Finding("clock", State.WRONG, f"The clock of {name} is {seconds} seconds off this one.", NTP)
    if not wrong:
        beside = f" It agrees with {' and '.join(apart)}." if apart else ""
        yield Finding("clock", State.WELL, f"It is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC here.{beside}")
