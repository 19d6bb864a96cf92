"""How Alembic meets the database: by the application's own engine."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from mentorly.mentoring.base import Moment, Private, Words


def plain_type(kind: str, item: Any, _autogen_context: Any) -> Any:
    """Write our column types as the plain ones beneath them, so that an old migration needs no code of today."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Private | Words):
        return "sa.Text()"
    return False


def heed_foreign_keys(connection: Connection, *, heeded: bool) -> None:
    """Let SQLite heed foreign keys or not: it changes a table by making it anew, which drops what others point to."""
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.execute(f"PRAGMA foreign_keys={'ON' if heeded else 'OFF'}")  # outside of any transaction


database = current_app.extensions["migrate"].db
with database.engine.connect() as connection:
    heed_foreign_keys(connection, heeded=False)
    try:
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            render_as_batch=True,
            render_item=plain_type,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    finally:
        connection.rollback()
        heed_foreign_keys(connection, heeded=True)
