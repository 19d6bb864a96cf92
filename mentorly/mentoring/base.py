"""What every row of the program is made of."""

from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import DateTime, Dialect, Engine, Index, MetaData, String, Text, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, object_session, registry
from sqlalchemy.types import TypeDecorator


class Refused(Exception):
    """A rule says no. The text is a sentence for the person who asked.

    sentence: English, with {places}; it is also the key of its translation. values: what goes into the places.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


def sentence(text: str) -> str:
    """Mark a text that is translated where it is said, as the sentence of a Refused is."""
    return text


class Moment(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: they would be read in the database's own zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Private(TypeDecorator[str]):
    """Text that a person typed and that privacy.py alone may give out.

    It is never in a repr or a log, and in no export but the roster that it came with.
    """

    impl = Text
    cache_ok = True


class Words(TypeDecorator[tuple[str, ...]]):
    """A few short texts, one a line in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        """Join them."""
        return "\n".join(value or ())

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """Split them."""
        return tuple(value.split("\n")) if value else ()


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """A row. Its repr names the row and shows nothing of it."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={datetime: Moment, tuple[str, ...]: Words, str: String},
    )

    def __repr__(self) -> str:
        """Name the row without asking the database for it, which a row that was let go of could not."""
        identity = inspect(self).identity
        return f"<{type(self).__name__} {identity[0] if identity else vars(self).get('id')}>"

    @property
    def session(self) -> Session:
        """The session that this row lives in."""
        session = object_session(self)
        if session is None:
            raise LookupError(f"{self!r} is in no session")
        return session

    @classmethod
    def find(cls, session: Session, number: int) -> Self:
        """The row of this number; raises Refused if there is none."""
        row = session.get(cls, number)
        if row is None:
            raise Refused("This is no longer here.")
        return row


# Lets one transaction at a time change a row, and holds up none that names it in a new row of another table: whoever
# holds it may wait for those in turn. PostgreSQL: FOR NO KEY UPDATE.
HOLD: dict[str, Any] = {"key_share": True}

# PostgreSQL writes a changed row into the same page while there is room, and need not tell the indexes (HOT).
ROOM = {"postgresql_with": {"fillfactor": 60}}


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which a condition holds, on both databases."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(where))


def insert_by(dialect: str, model: Any) -> Any:
    """An INSERT as a database of this name writes it, which knows ON CONFLICT DO NOTHING."""
    own: Any = postgresql if dialect == "postgresql" else sqlite
    return own.insert(model)


PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL", "secure_delete=ON")
DURABLE = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"


def prepare(engine: Engine) -> Engine:
    """Make an engine keep the same promises on both databases, and return it.

    SQLite: write-ahead log, foreign keys, a patient lock, what is deleted is overwritten, and transactions that begin
    when they say so (a transaction that reads first and writes later could not wait for the lock); a reader may say
    ``execution_options(reads=True)`` and holds nobody up. PostgreSQL: the session's zone is UTC.

    ``execution_options(durable=True)``: what is committed is on the disk when the commit returns, also where the
    database is otherwise allowed to lose its last moments at a power cut.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _give_back_sqlite)
    else:
        event.listen(engine, "connect", _open_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("durable"):
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        connection.info["durable"] = True
    connection.exec_driver_sql("BEGIN" if options.get("reads") else "BEGIN IMMEDIATE")


def _give_back_sqlite(connection: Any, record: Any) -> None:
    if record.info.pop("durable", False) and connection is not None:
        connection.execute("PRAGMA synchronous=NORMAL")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("durable"):
        connection.exec_driver_sql(DURABLE)


def _open_postgresql(connection: Any, _record: object) -> None:
    was = connection.autocommit
    connection.autocommit = True
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = was
