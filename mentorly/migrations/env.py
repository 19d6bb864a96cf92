"""How Alembic meets the database: by the application's own engine."""

from typing import Any

from alembic import context
from flask import current_app

from mentorly.mentoring.base import Moment, Private, Words


def plain_type(kind: str, item: Any, _autogen_context: Any) -> Any:
    """Write our column types as the plain ones beneath them, so that an old migration needs no code of today."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Private | Words):
        return "sa.Text()"
    return False


database = current_app.extensions["migrate"].db
with database.engine.connect() as connection:
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
