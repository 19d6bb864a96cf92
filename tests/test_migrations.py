"""The migrated schema is the models' schema, on both databases."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Column, MetaData, Table, func, inspect, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import db
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person
from mentorly.mentoring.unreached import Unreached

REGISTERED = """
    INSERT INTO person (id, email, name, phone, language, timezone, manager_email, weekly, is_administrator, generation,
        registered_at, registered_by_id, unreached_at, unreached_told_id, password_hash, temporary_hash, sessions)
    VALUES (1, 'dave@example.org', 'Dave', '', 'en', 'America/Toronto', '', false, true, 0,
        '2027-03-01 15:00:00', NULL, NULL, NULL, '', '', 0),
    (2, 'bob@example.org', 'Bob', '', 'en', 'America/Toronto', '', false, false, 0,
        '2027-03-01 15:00:00', 1, '2027-03-02 15:00:00', 1, '', '', 0)
"""

VERSIONS = sorted(path.name[:4] for path in (Path(__file__).parents[1] / "mentorly/migrations/versions").glob("0*.py"))
FILLED_FROM = "0019"
MOMENT = datetime(2027, 3, 1, 15, tzinfo=UTC)
VALUES: Mapping[type, Any] = {
    int: 1, str: "word", bool: False, float: 0.5, bytes: b"sealed", object: {"a": 1}, datetime: MOMENT,
    date: MOMENT.date(), time: time(22),
}  # fmt: skip
# What a migration says of rows that there were, by table and column.
SAID: Mapping[tuple[str, str], Any] = {
    ("program", "words_months"): 24,
    ("relationship", "paused_days"): 0,
    ("relationship", "paused_before_midway"): 0,
    ("program", "unheard_mails"): 3,
    ("program", "unheard_days"): 14,
    ("program", "unheard_told_days"): 7,
    ("person", "is_outside"): False,
    ("release", "sizes"): "{}",
    ("program", "pause_days"): 90,
    ("pause", "ask_at"): MOMENT + timedelta(days=90),
}
Rows = dict[str, dict[str, Any]]


@pytest.fixture
def app(blank_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_DATABASE_URL": blank_database_url}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_migrations_lead_to_the_models(app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_lead_back_to_nothing(app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def test_the_record_of_acts_is_guarded_in_the_migrated_schema_too(app: Flask) -> None:
    upgrade()
    entry = "INTO audit_entry (id, done_at, deed, about, about_id) VALUES (1, '2027-03-01 15:00:00', 'x', 'y', 1)"
    db.session.execute(text(f"INSERT {entry}"))
    db.session.commit()
    of_dialect = {"sqlite": [f"REPLACE {entry}"], "postgresql": ["TRUNCATE audit_entry"]}[db.engine.dialect.name]
    for change in ("UPDATE audit_entry SET deed = 'nothing'", "DELETE FROM audit_entry", *of_dialect):
        with pytest.raises(DatabaseError, match="what was done stays on record"):
            db.session.execute(text(change))
        db.session.rollback()


def test_partial_indexes_are_partial_in_the_migrated_schema_too(app: Flask) -> None:
    upgrade()
    dialect = db.engine.dialect.name
    for table, index, where in (
        ("proposal", "ix_proposal_unasked", "asked_at IS NULL"),
        ("person", "ix_person_unreached", "unreached_at IS NOT NULL"),
    ):
        indexes = {found["name"]: found for found in inspect(db.engine).get_indexes(table)}
        assert where in str(indexes[index]["dialect_options"][f"{dialect}_where"])


def test_who_was_not_reached_stays_so_in_a_database_with_rows(app: Flask) -> None:
    upgrade(revision="0005")
    with db.engine.begin() as connection:
        connection.execute(text(REGISTERED))
    upgrade()
    told = select(Unreached.address, Unreached.told_id, Person.name).join(Person, Person.id == Unreached.person_id)
    assert db.session.execute(told).all() == [("bob@example.org", 1, "Bob")]
    with pytest.raises(IntegrityError):
        db.session.execute(text("DELETE FROM person WHERE id = 1"))


def test_a_row_of_every_table_is_carried_through_each_migration_and_back(app: Flask) -> None:
    upgrade(revision=FILLED_FROM)
    there = tables()
    fill(there)
    first = now = rows(there)
    for version in VERSIONS[VERSIONS.index(FILLED_FROM) + 1 :]:
        upgrade(revision=version)
        there = tables()
        carried = rows(there)
        assert {table: kept(carried[table], row) for table, row in now.items()} == now, version
        new = {
            (table, name): carried[table][name] for table, row in now.items() for name in carried[table].keys() - row
        }
        said = {where: value for where, value in SAID.items() if where in new}
        assert {where: value for where, value in new.items() if value is not None} == said, version
        fill(there)
        now = rows(there)
    assert set(SAID) <= {(table, name) for table, row in now.items() for name in row}
    downgrade(revision=FILLED_FROM)
    assert rows(tables()) == first


def kept(row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that it had before."""
    return {name: row[name] for name in names}


def rows(there: list[Table]) -> Rows:
    """The one row of every table that has one; moments in UTC."""
    with db.engine.connect() as connection:
        found = {one.name: connection.execute(select(one)).mappings().one_or_none() for one in there}
    return {table: {name: told(value) for name, value in row.items()} for table, row in found.items() if row}


def told(value: Any) -> Any:
    """A value as both databases tell it: SQLite keeps no zone."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def fill(there: list[Table]) -> None:
    """Put a row into every empty table, each after those that it points to."""
    waiting, done = there, set[str]()
    with db.engine.begin() as connection:
        while waiting:
            ready = [table for table in waiting if needs(table) <= done]
            assert ready, "tables point at each other in a ring"
            for table in ready:
                done.add(table.name)
                if not connection.scalar(select(func.count()).select_from(table)):
                    connection.execute(table.insert().values({one.name: value_of(one, done) for one in table.columns}))
            waiting = [table for table in waiting if table.name not in done]


def tables() -> list[Table]:
    """The tables as they are in the database now, without Alembic's own."""
    metadata = MetaData()
    metadata.reflect(db.engine)
    return [table for name, table in sorted(metadata.tables.items()) if name != "alembic_version"]


def needs(table: Table) -> set[str]:
    """The other tables that a row of this one must point to."""
    links = (key.column.table.name for one in table.columns if not one.nullable for key in one.foreign_keys)
    return set(links) - {table.name}


def value_of(column: "Column[Any]", done: set[str]) -> Any:
    """Something to keep in a column: of a link the first row, if there is one."""
    links = [key.column.table.name for key in column.foreign_keys]
    if links and links[0] not in done:
        return None
    return VALUES[column.type.python_type]
