"""The migrated schema is the models' schema, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text
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
