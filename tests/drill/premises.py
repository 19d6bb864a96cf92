"""Where a drill happens: real servers, and the whole service on them, all of which end with the drill."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.drill.arrivals import Box
from tests.drill.importing import PROGRAM
from tests.drill.mail_server import MailServer
from tests.drill.parts import Command, Database, Part, Redis, Workers
from tests.drill.script import DATABASE, MAIL_SERVER, REDIS, SCHEDULE, WORKER, dice
from tests.servers import PostgreSQL, Valkey
from tests.stories.kit import Service, wait_for

WORKERS = 2

# What was committed must outlive the processes of the server, though not the machine.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}


@dataclass
class Premises:
    """The running service. commands: what runs on, by name; parts: what can be broken, by name; box: what arrived."""

    service: Service
    database: PostgreSQL
    mail_server: MailServer
    commands: dict[str, Command]
    parts: dict[str, Part]
    box: Box

    @property
    def ends(self) -> dict[str, int]:
        """How often each command ended by itself."""
        return {name: command.ends for name, command in self.commands.items()}

    def watch(self) -> None:
        """Start again what ended by itself."""
        for command in self.commands.values():
            command.watch()


@contextmanager
def premises(folder: Path, seed: int, mail_server: MailServer) -> Iterator[Premises]:
    """Have the whole service running in a folder while the block runs. seed: says which worker is struck."""
    with PostgreSQL(options=DURABLE) as database, Valkey() as redis, mail_server:
        service = Service(
            folder / "instance",
            {
                "MENTORLY_DATABASE_URL": database.url(),
                "MENTORLY_REDIS_URL": redis.url,
                "MENTORLY_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}",
            },
        )
        service.run("db", "upgrade")
        commands = _commands(service, folder, seed)
        try:
            for command in commands.values():
                command.start()
            starts_on = datetime.now(UTC).date() + timedelta(days=7)
            service.run("program", "add", PROGRAM, "--kind", "one-on-one", "--start", str(starts_on))
            wait_for(lambda: service.answers("/healthz"), 60, "the start of the web server")
            parts: dict[str, Part] = {
                WORKER: commands[WORKER],
                SCHEDULE: commands[SCHEDULE],
                REDIS: Redis(redis),
                DATABASE: Database(database),
                MAIL_SERVER: mail_server,
            }
            yield Premises(service, database, mail_server, commands, parts, Box(mail_server.folder))
        finally:
            for command in commands.values():
                command.stop()


def _commands(service: Service, folder: Path, seed: int) -> dict[str, Command]:
    environment = service.environment
    work = ("work", "--processes", str(WORKERS))
    return {
        "web": Command(("web",), environment, folder / "web.log"),
        WORKER: Workers(work, environment, folder / "work.log", count=WORKERS, random=dice("workers", seed)),
        SCHEDULE: Command(("schedule",), environment, folder / "schedule.log"),
    }
