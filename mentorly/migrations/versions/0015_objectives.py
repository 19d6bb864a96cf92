"""objectives, tasks and notes

Revision: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "done_at IS NULL AND removed_at IS NULL"
OF_TASKS = (
    ("ix_task_given", "given_at", OPEN),
    ("ix_task_reminds", "reminds_on", OPEN),
    ("ix_task_target", "target_on", OPEN),
    ("ix_task_done", "done_at", "done_at IS NOT NULL"),
)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "objective",
        _number("id"),
        _number("relationship_id"),
        _number("mentee_id"),
        _number("number"),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("horizon", sa.String(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title", "why", "support", "barriers", "success")),
        _number("opened_by_id"),
        _moment("opened_at"),
        _number("closed_by_id", nullable=True),
        _moment("closed_at", nullable=True),
        sa.Column("ending", sa.String(), nullable=False),
        _number("revision"),
        _link("objective", "relationship_id", "relationship"),
        *(_link("objective", name, "person") for name in ("mentee_id", "opened_by_id", "closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
    )
    with op.batch_alter_table("objective") as batch_op:
        batch_op.create_index(batch_op.f("ix_objective_mentee_id"), ["mentee_id"])
        batch_op.create_index("uq_objective_number", ["relationship_id", "mentee_id", "number"], unique=True)
    op.create_table(
        "task",
        _number("id"),
        _number("objective_id"),
        _number("number"),
        sa.Column("uid", sa.String(), nullable=False),
        _number("owner_id"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("reminds_on", sa.Date(), nullable=True),
        _number("added_by_id"),
        _moment("added_at"),
        _number("given_by_id", nullable=True),
        _moment("given_at", nullable=True),
        _moment("done_at", nullable=True),
        _moment("removed_at", nullable=True),
        _moment("changed_at"),
        _number("revision"),
        _link("task", "objective_id", "objective"),
        *(_link("task", name, "person") for name in ("owner_id", "added_by_id", "given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("uid", name=op.f("uq_task_uid")),
    )
    with op.batch_alter_table("task") as batch_op:
        batch_op.create_index(batch_op.f("ix_task_objective_id"), ["objective_id"])
        batch_op.create_index(batch_op.f("ix_task_owner_id"), ["owner_id"])
        for name, column, where in OF_TASKS:
            batch_op.create_index(name, [column], postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.create_table(
        "task_remark",
        _number("id"),
        _number("task_id"),
        _number("author_id"),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("said_at"),
        _moment("taken_back_at", nullable=True),
        _link("task_remark", "task_id", "task"),
        _link("task_remark", "author_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_remark")),
    )
    stands = sa.text("taken_back_at IS NULL")
    with op.batch_alter_table("task_remark") as batch_op:
        batch_op.create_index(batch_op.f("ix_task_remark_task_id"), ["task_id"])
        batch_op.create_index("ix_task_remark_said", ["said_at"], postgresql_where=stands, sqlite_where=stands)
    op.create_table(
        "note",
        _number("id"),
        _number("relationship_id"),
        _number("mentee_id"),
        _number("author_id"),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("written_at"),
        _moment("changed_at"),
        _number("revision"),
        _link("note", "relationship_id", "relationship"),
        *(_link("note", name, "person") for name in ("mentee_id", "author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note") as batch_op:
        batch_op.create_index(batch_op.f("ix_note_author_id"), ["author_id"])
        batch_op.create_index("ix_note_mentee", ["relationship_id", "mentee_id"])


def downgrade() -> None:
    """Take the schema back."""
    for table in ("note", "task_remark", "task", "objective"):
        op.drop_table(table)


def _number(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
