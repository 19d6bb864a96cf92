"""pauses of relationships

Revision: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

DAYS = ("paused_days", "paused_before_midway")
MOMENTS = ("paused_at", "resumed_at")


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("relationship") as batch_op:
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in DAYS:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        _link("relationship_id", "relationship"),
        _link("began_by_id", "person"),
        _link("ended_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    with op.batch_alter_table("pause") as batch_op:
        batch_op.create_index(batch_op.f("ix_pause_relationship_id"), ["relationship_id"])
        for name, column, where, unique in (
            ("uq_pause_open", "relationship_id", "ended_at IS NULL", True),
            ("ix_pause_began", "began_at", "ended_at IS NULL", False),
            ("ix_pause_ended", "ended_at", "ended_at IS NOT NULL", False),
        ):
            condition = sa.text(where)
            batch_op.create_index(name, [column], unique=unique, postgresql_where=condition, sqlite_where=condition)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("pause")
    with op.batch_alter_table("relationship") as batch_op:
        for name in (*MOMENTS, *DAYS):
            batch_op.drop_column(name)


def _link(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_pause_{column}_{to}"))
