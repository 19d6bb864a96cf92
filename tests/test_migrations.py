"""The migrated schema is the models' schema, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import db
from mentorly.mentoring.base import Base


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


def test_partial_indexes_are_partial_in_the_migrated_schema_too(app: Flask) -> None:
    upgrade()
    dialect = db.engine.dialect.name
    indexes = {index["name"]: index for index in inspect(db.engine).get_indexes("proposal")}
    assert "asked_at IS NULL" in str(indexes["ix_proposal_unasked"]["dialect_options"][f"{dialect}_where"])
