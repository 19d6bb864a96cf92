"""A drill that cannot fail proves nothing: this takes one mail out of the database, so that it is lost for good."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.drill.script import WELCOME

# Never claimed, so never sent; the person counts as welcomed, so it is not collected again.
TAKE = """
    WITH taken AS (
        DELETE FROM envelope WHERE id = (
            SELECT id FROM envelope WHERE state = 'waiting' AND fence = 0 AND kind = %s
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING reader_id
    )
    UPDATE person SET welcomed_at = now() FROM taken WHERE person.id = taken.reader_id RETURNING person.email
"""


@dataclass
class Theft:
    """Takes one welcome that waits, as soon as there is one after so many seconds. taken_from: whose it was."""

    after: float
    taken_from: str = ""
    taken_at: float = 0.0

    def step(self, second: float, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        """Try it, if it is time and was not done."""
        if self.taken_from or second < self.after:
            return
        with suppress(psycopg.OperationalError), connect() as connection:
            taken = connection.execute(TAKE, [WELCOME]).fetchone()
            if taken is not None:
                self.taken_from, self.taken_at = taken[0], time.time()
