"""The databases that are measured: PostgreSQL and SQLite, as durable as they are shipped, with tables and copies."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, text

from mentorly.mentoring.base import prepare
from tests.conftest import lay_tables
from tests.servers import PostgreSQL

POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"

# What PostgreSQL is shipped with: the tests' own server promises nothing after a crash.
AS_SHIPPED = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "wal_level": "replica",
    "max_wal_senders": "10",
}


class Place(Protocol):
    """Where databases of one make are."""

    name: str

    def empty(self, name: str) -> str:
        """Make a database with all tables and no rows, and return its address."""

    def copy(self, name: str, of: str) -> str:
        """Copy a database that nobody is connected to, and return the copy's address."""

    def drop(self, name: str) -> None:
        """Remove a database."""

    def sizes(self, engine: Engine) -> dict[str, dict[str, int]]:
        """How many bytes each table and its indexes take: "rows" and the indexes by name."""


@dataclass
class OnPostgreSQL:
    """Databases of a server that is running."""

    server: PostgreSQL
    name: str = POSTGRESQL

    def empty(self, name: str) -> str:
        """Make a database with all tables and no rows, and return its address."""
        url = self.server.create_database(name)
        lay_tables(url)
        return url

    def copy(self, name: str, of: str) -> str:
        """Copy a database that nobody is connected to, and return the copy's address."""
        return self.server.create_database(name, of)

    def drop(self, name: str) -> None:
        """Remove a database."""
        self.server.drop_database(name)

    def sizes(self, engine: Engine) -> dict[str, dict[str, int]]:
        """How many bytes each table and its indexes take: "rows" and the indexes by name."""
        found: dict[str, dict[str, int]] = {}
        with engine.connect() as connection:
            for table, part, size in connection.execute(text(POSTGRESQL_SIZES)):
                found.setdefault(table, {})[part or "rows"] = size
        return found


POSTGRESQL_SIZES = """
SELECT relname, NULL, pg_table_size(relid) FROM pg_stat_user_tables
UNION ALL SELECT relname, indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes
"""

SQLITE_SIZES = """
SELECT tbl_name, CASE type WHEN 'index' THEN name END, (SELECT sum(pgsize) FROM dbstat WHERE dbstat.name = own.name)
FROM sqlite_schema AS own WHERE type IN ('table', 'index')
"""


@dataclass
class OnSQLite:
    """Databases that are files of a folder."""

    folder: Path
    name: str = SQLITE
    _tables: Path = field(init=False)

    def __post_init__(self) -> None:
        self._tables = self.folder / "tables.sqlite"
        lay_tables(f"sqlite:///{self._tables}")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def empty(self, name: str) -> str:
        """Make a database with all tables and no rows, and return its address."""
        shutil.copyfile(self._tables, self._path(name))
        return f"sqlite:///{self._path(name)}"

    def copy(self, name: str, of: str) -> str:
        """Copy a database that nobody is connected to, and return the copy's address."""
        shutil.copyfile(self._path(of), self._path(name))
        return f"sqlite:///{self._path(name)}"

    def drop(self, name: str) -> None:
        """Remove a database."""
        for path in self.folder.glob(f"{name}.sqlite*"):
            path.unlink()

    def sizes(self, engine: Engine) -> dict[str, dict[str, int]]:
        """How many bytes each table and its indexes take: "rows" and the indexes by name."""
        found: dict[str, dict[str, int]] = {}
        with engine.connect() as connection:
            for table, part, size in connection.execute(text(SQLITE_SIZES)):
                found.setdefault(table, {})[part or "rows"] = size or 0
        return found


@contextmanager
def places() -> Iterator[list[Place]]:
    """Have both makes of database while the block runs; nothing of them is left."""
    with PostgreSQL(options=AS_SHIPPED) as server, TemporaryDirectory(prefix="bench") as folder:
        yield [OnPostgreSQL(server), OnSQLite(Path(folder))]


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """An engine that is prepared as the service prepares its own."""
    engine = prepare(create_engine(url))
    try:
        yield engine
    finally:
        engine.dispose()


def settle(engine: Engine) -> None:
    """Let a database do what it puts off: a checkpoint, and on PostgreSQL what its autovacuum would do soon.

    SQLite gets no statistics here, because the service never asks for them.
    """
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    try:
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            driver.autocommit = True
            driver.execute("VACUUM (ANALYZE, INDEX_CLEANUP ON)")
            driver.execute("CHECKPOINT")
            driver.autocommit = False
    finally:
        connection.close()
