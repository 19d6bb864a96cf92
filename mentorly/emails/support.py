"""What somebody who helps from outside may see of a service: its shape, its numbers and its states (rules B10).

No text that a person typed, no name, no address and no secret is in it, nor what is sealed.
"""

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, select, table, text
from sqlalchemy.orm import Session

from mentorly.config import Settings
from mentorly.emails import claims, collecting, gathering, gleaning, readying, settling
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, Round
from mentorly.emails.received import Received
from mentorly.emails.standing import Standing

ENVELOPES = 5000
SHOWN = (bool, int, float)
REASONS = frozenset(
    {
        "",
        claims.CRASHED,
        collecting.SUPPRESSED,
        collecting.TOO_LATE,
        gathering.NOTHING_TO_SAY,
        gleaning.NOT_TRUE,
        readying.UNKNOWN_KIND,
        settling.GAVE_UP,
    }
)
ANSWER = re.compile(r"[245]\d\d(?:[ -][245]\.\d{1,3}\.\d{1,3})?")


def support_dump(session: Session, register: Register, settings: Settings, now: datetime) -> dict[str, Any]:
    """The dump, as values of JSON."""
    return {
        "made": now.isoformat(),
        "settings": {item.metadata["name"]: _told(getattr(settings, item.name)) for item in fields(settings)},
        "database": _database(session),
        "tables": _tables(session),
        "kinds": _kinds(session, register),
        "envelopes_by_state": _envelope_counts(session, register),
        "envelopes": _envelopes(session, register),
        "received_by_stage": _received_counts(session),
        "post": _post(session),
    }


def _told(value: object) -> object:
    """A number or a switch as it is; of the rest, which may hold an address or a secret, only whether it is set."""
    return value if isinstance(value, SHOWN) else {"is_set": bool(value)}


def _database(session: Session) -> dict[str, str]:
    connection = session.connection()
    version = connection.dialect.server_version_info or ()
    has_revision = inspect(connection).has_table("alembic_version")
    revision = session.scalar(text("SELECT version_num FROM alembic_version")) if has_revision else None
    return {
        "dialect": connection.dialect.name,
        "version": ".".join(map(str, version)),
        "driver": connection.dialect.driver,
        "revision": str(revision or ""),
    }


def _tables(session: Session) -> dict[str, Any]:
    """Each table as the database has it, and how many rows it holds."""
    connection = session.connection()
    seen = inspect(connection)
    return {
        name: {
            "rows": session.scalar(select(func.count()).select_from(table(name))),
            "columns": {
                column["name"]: f"{column['type']}{'' if column['nullable'] else ' NOT NULL'}"
                for column in seen.get_columns(name)
            },
            "indexes": {str(one["name"]): one["column_names"] for one in seen.get_indexes(name)},
        }
        for name in sorted(seen.get_table_names())
    }


def _name(kind: str, register: Register) -> str:
    """A kind as the delivery log shows it: what is personal is not told (rules C7)."""
    known = register.get(kind)
    return kind if known and not known.personal else "personal" if known else "unknown"


def _kinds(session: Session, register: Register) -> list[dict[str, str]]:
    rounds = session.scalars(select(Round).order_by(Round.kind))
    return [
        {
            "kind": _name(one.kind, register),
            "known_since": one.known_since.isoformat(),
            "collected_to": one.collected_to.isoformat(),
        }
        for one in rounds
    ]


def _envelope_counts(session: Session, register: Register) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    found = select(Envelope.kind, Envelope.state, func.count()).group_by(Envelope.kind, Envelope.state)
    for kind, state, number in session.execute(found.order_by(Envelope.kind, Envelope.state)):
        states = counted.setdefault(_name(kind, register), {})
        states[state] = states.get(state, 0) + number
    return counted


def _envelopes(session: Session, register: Register) -> list[dict[str, Any]]:
    """The latest ones: what became of each, and neither to whom nor about what."""
    latest = session.scalars(select(Envelope).order_by(Envelope.id.desc()).limit(ENVELOPES))
    return [_envelope(one, register) for one in latest]


def _envelope(one: Envelope, register: Register) -> dict[str, Any]:
    moments = ("collected_at", "send_at", "ready_at", "handed_at", "sent_at", "closed_at", "bounced_at")
    numbers = ("lane", "again", "tries", "doubts", "crashes")
    answer = ANSWER.match(one.server_said)
    return {
        "number": one.id,
        "kind": _name(one.kind, register),
        "state": one.state,
        **{name: getattr(one, name) for name in numbers},
        **{name: moment.isoformat() for name in moments if (moment := getattr(one, name))},
        "why_not": one.why_not if one.why_not in REASONS else "other",
        "server_said": answer[0] if answer else "",
        "bounce": one.bounce,
        "is_folded": one.fold_id is not None,
    }


def _received_counts(session: Session) -> list[dict[str, Any]]:
    columns = (Received.door, Received.stage, Received.decision, Received.fault)
    found = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [
        {"door": door, "stage": stage, "decision": decision, "fault": fault, "count": number}
        for door, stage, decision, fault, number in found
    ]


def _post(session: Session) -> dict[str, Any]:
    standing = session.scalar(select(Standing).limit(1))
    if standing is None:
        return {}
    stopped = standing.stopped_since
    return {
        "stopped_since": stopped.isoformat() if stopped else None,
        "stops": standing.stops,
        "rounds": standing.rounds,
        "round_seconds": standing.round_seconds,
        "last_round_seconds": standing.last_round_seconds,
    }
