"""replies

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BY_MAIL = sa.text("door = 'mail'")
SEALED = sa.text("words <> ''")


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("answer") as batch_op:
        batch_op.create_index("ix_answer_by_mail", ["answered_at"], postgresql_where=BY_MAIL, sqlite_where=BY_MAIL)
    op.create_table(
        "alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alias_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint("person_id", "email", "generation", name=op.f("uq_alias_person_id_email_generation")),
    )
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_remark_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    with op.batch_alter_table("remark") as batch_op:
        batch_op.create_index(batch_op.f("ix_remark_author_id"), ["author_id"])
        batch_op.create_index("ix_remark_sealed", ["forget_at"], postgresql_where=SEALED, sqlite_where=SEALED)
    _create_reply()


def _create_reply() -> None:
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_id", sa.Integer(), nullable=True),
        sa.Column("envelope_id", sa.Integer(), nullable=True),
        sa.Column("asking_id", sa.Integer(), nullable=True),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("button", sa.String(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("remark_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_reply_{column}_{table}"), ondelete=ondelete
            )
            for column, table, ondelete in (
                ("received_id", "received", "SET NULL"),
                ("envelope_id", "envelope", "SET NULL"),
                ("asking_id", "envelope", "SET NULL"),
                ("answer_id", "answer", "SET NULL"),
                ("person_id", "person", None),
                ("remark_id", "remark", None),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("received_id", name=op.f("uq_reply_received_id")),
    )
    with op.batch_alter_table("reply") as batch_op:
        for column in ("envelope_id", "asking_id", "person_id", "answer_id", "remark_id"):
            batch_op.create_index(batch_op.f(f"ix_reply_{column}"), [column])
        batch_op.create_index("ix_reply_outcome", ["outcome", "told_at"])
        batch_op.create_index("ix_reply_thread", ["thread", "told_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reply")
    op.drop_table("remark")
    op.drop_table("alias")
    with op.batch_alter_table("answer") as batch_op:
        batch_op.drop_index("ix_answer_by_mail")
