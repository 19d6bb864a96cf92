"""progress reports, concerns, silence and midway

Revision: 0019
Revises: 0018
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STEPS = (("nudge", "nudge_at"), ("nudge_again", "nudge_again_at"), ("tell_leads", "tell_leads_at"))
DAYS = {"quiet_days": "35", "nudge_days": "7", "leads_days": "7"}


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("program") as batch_op:
        for name, days in DAYS.items():
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default=days, nullable=False))
    moments = ("midway_at", "met_at", "planned_until", "quiet_since", *(column for _, column in STEPS))
    with op.batch_alter_table("relationship") as batch_op:
        for name in moments:
            batch_op.add_column(_moment(name, nullable=True))
        for name, column in (("midway", "midway_at"), *STEPS):
            _partial(batch_op, f"ix_relationship_{name}", [column], "ended_at IS NULL")
    _count_silence()
    op.create_table(
        "progress_report",
        _number("id"),
        _number("relationship_id"),
        _number("author_id"),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("written_at"),
        *(_moment(name, nullable=True) for name in ("drafted_at", "sent_at", "discarded_at")),
        _number("revision"),
        _link("progress_report", "relationship_id", "relationship"),
        _link("progress_report", "author_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
    )
    draft = "drafted_at IS NOT NULL AND sent_at IS NULL AND discarded_at IS NULL"
    with op.batch_alter_table("progress_report") as batch_op:
        batch_op.create_index(batch_op.f("ix_progress_report_relationship_id"), ["relationship_id"])
        batch_op.create_index(batch_op.f("ix_progress_report_author_id"), ["author_id"])
        _partial(batch_op, "ix_progress_report_drafted", ["drafted_at"], draft)
        _partial(batch_op, "ix_progress_report_sent", ["relationship_id", "sent_at"], "sent_at IS NOT NULL")
    op.create_table(
        "report_recipient",
        _number("id"),
        _number("report_id"),
        _number("person_id"),
        _moment("due_at"),
        _moment("told_at", nullable=True),
        _moment("refused_at", nullable=True),
        _number("contact_id", nullable=True),
        _link("report_recipient", "report_id", "progress_report"),
        *(_link("report_recipient", name, "person") for name in ("person_id", "contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipient")),
        sa.UniqueConstraint("report_id", "person_id", name=op.f("uq_report_recipient_report_id_person_id")),
    )
    with op.batch_alter_table("report_recipient") as batch_op:
        batch_op.create_index(batch_op.f("ix_report_recipient_person_id"), ["person_id"])
        _partial(batch_op, "ix_report_recipient_due", ["due_at"], "told_at IS NULL")
        _partial(batch_op, "ix_report_recipient_refused", ["refused_at"], "refused_at IS NOT NULL")
    with op.batch_alter_table("reply") as batch_op:
        batch_op.add_column(_number("report_id", nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_reply_report_id_progress_report"), "progress_report", ["report_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_reply_report_id"), ["report_id"])
    op.create_table(
        "concern",
        _number("id"),
        _number("relationship_id"),
        _number("raised_by_id"),
        _number("contact_id", nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("raised_at"),
        _number("looked_after_by_id", nullable=True),
        _moment("looked_after_at", nullable=True),
        _moment("closed_at", nullable=True),
        _number("closed_by_id", nullable=True),
        _moment("withdrawn_at", nullable=True),
        _moment("forget_at", nullable=True),
        _number("revision"),
        _link("concern", "relationship_id", "relationship"),
        *(
            _link("concern", name, "person")
            for name in ("raised_by_id", "contact_id", "looked_after_by_id", "closed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
    )
    with op.batch_alter_table("concern") as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_relationship_id"), ["relationship_id"])
        batch_op.create_index(batch_op.f("ix_concern_raised_by_id"), ["raised_by_id"])
        _partial(batch_op, "ix_concern_open", ["raised_at"], "closed_at IS NULL AND withdrawn_at IS NULL")
        _partial(batch_op, "ix_concern_stands", ["raised_at"], "withdrawn_at IS NULL")
        _partial(batch_op, "ix_concern_forget", ["forget_at"], "forget_at IS NOT NULL")


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("concern")
    with op.batch_alter_table("reply") as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_report_id"))
        batch_op.drop_constraint(batch_op.f("fk_reply_report_id_progress_report"), type_="foreignkey")
        batch_op.drop_column("report_id")
    op.drop_table("report_recipient")
    op.drop_table("progress_report")
    with op.batch_alter_table("relationship") as batch_op:
        for name, column in (("midway", "midway_at"), *STEPS):
            batch_op.drop_index(f"ix_relationship_{name}")
            batch_op.drop_column(column)
        for name in ("met_at", "planned_until", "quiet_since"):
            batch_op.drop_column(name)
    with op.batch_alter_table("program") as batch_op:
        for name in DAYS:
            batch_op.drop_column(name)


def _count_silence() -> None:
    """Let the relationships that there are be silent since they last met, and not before now."""
    moment = sa.DateTime(timezone=True)
    program = sa.table("program", sa.column("id"), sa.column("timezone"))
    names = ("midway_at", "met_at", "planned_until", "quiet_since", *(column for _, column in STEPS))
    together = sa.table(
        "relationship", sa.column("id"), sa.column("program_id"), sa.column("began_at", moment),
        sa.column("ends_on", sa.Date()), *(sa.column(name, moment) for name in names),
    )  # fmt: skip
    connection = op.get_bind()
    met = _latest(connection, "session_log", "began_at", "struck_at IS NULL")
    planned = _latest(connection, "meeting", "ends_at", "stage = 'planned'")
    rows = sa.select(together.c.id, together.c.began_at, together.c.ends_on, program.c.timezone).join_from(
        together, program, together.c.program_id == program.c.id
    )
    for number, began_at, ends_on, zone in connection.execute(rows).all():
        own = ZoneInfo(zone)
        began = _utc(began_at)
        known = [_utc(at) if at else None for at in (met.get(number), planned.get(number))]
        since = max(began, *filter(None, known))
        began_on = began.astimezone(own).date()
        half = datetime.combine(began_on + (ends_on - began_on) / 2, time(), own).astimezone(UTC)
        days = (35, 42, 49)
        steps = {
            column: at if at.astimezone(own).date() <= ends_on else None
            for (_, column), at in zip(STEPS, (since + timedelta(days=count) for count in days), strict=True)
        }
        kept = {"midway_at": half, "met_at": known[0], "planned_until": known[1], "quiet_since": since, **steps}
        connection.execute(sa.update(together).where(together.c.id == number).values(kept))


def _latest(connection: sa.Connection, name: str, column: str, where: str) -> dict[int, datetime]:
    moments = sa.table(name, sa.column("relationship_id"), sa.column(column, sa.DateTime(timezone=True)))
    latest = sa.select(moments.c.relationship_id, sa.func.max(moments.c[column])).where(sa.text(where))
    return dict(iter(connection.execute(latest.group_by(moments.c.relationship_id))))


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _partial(batch_op: object, name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    batch_op.create_index(name, columns, postgresql_where=condition, sqlite_where=condition)  # type: ignore[attr-defined]


def _number(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
