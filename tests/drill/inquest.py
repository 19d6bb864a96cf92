"""After a drill that failed: what the database says of the mails that were lost or late. No verdict rests on it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.drill.script import Mail
from tests.servers import PostgreSQL

ENVELOPES = """
    SELECT person.email, envelope.* FROM envelope JOIN person ON person.id = envelope.reader_id
    WHERE person.email = ANY(%s) ORDER BY envelope.id
"""
MOST = 20


def inquest(database: PostgreSQL, mails: Sequence[Mail]) -> list[str]:
    """Write a line for each envelope to the readers of these mails, with all that is not empty."""
    readers = [mail.recipient for mail in mails[:MOST]]
    if not readers:
        return []
    with suppress(psycopg.Error), database.connection() as connection:
        rows = connection.cursor(row_factory=dict_row).execute(ENVELOPES, [readers]).fetchall()
        without = set(readers) - {row["email"] for row in rows}
        return [*map(_told, rows), *(f"There is no envelope to {reader}." for reader in sorted(without))]
    return ["The database does not answer."]


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in row.items() if value not in (None, "", 0))
