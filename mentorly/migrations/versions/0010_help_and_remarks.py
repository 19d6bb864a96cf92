"""calls for help, and who gets a remark

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CALLS = (
    ("ix_call_for_help_open", ["called_at"], "settled_at IS NULL AND withdrawn_at IS NULL"),
    ("ix_call_for_help_forget", ["forget_at"], "words <> ''"),
)
REMARKS = (
    ("ix_remark_passed_on", ["passed_on_at"], "receiver_id IS NOT NULL"),
    ("ix_remark_receiver_id", ["receiver_id"], "receiver_id IS NOT NULL"),
)


def upgrade() -> None:
    """Bring the schema up."""
    people = {"caller_id": False, "contact_id": True, "settled_by_id": True}
    op.create_table(
        "call_for_help",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("caller_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_call_for_help_{column}_person"))
            for column in people
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_call_for_help_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_for_help")),
    )
    with op.batch_alter_table("call_for_help") as batch_op:
        batch_op.create_index(batch_op.f("ix_call_for_help_caller_id"), ["caller_id"])
        for name, columns, where in CALLS:
            batch_op.create_index(name, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    with op.batch_alter_table("remark") as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("receiver_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_remark_receiver_id_person"), "person", ["receiver_id"], ["id"])
        for name, columns, where in REMARKS:
            batch_op.create_index(name, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    with op.batch_alter_table("reply") as batch_op:
        batch_op.add_column(sa.Column("call_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_reply_call_id_call_for_help"), "call_for_help", ["call_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_reply_call_id"), ["call_id"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("reply") as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_call_id"))
        batch_op.drop_constraint(batch_op.f("fk_reply_call_id_call_for_help"), type_="foreignkey")
        batch_op.drop_column("call_id")
    with op.batch_alter_table("remark") as batch_op:
        for name, _, _ in REMARKS:
            batch_op.drop_index(name)
        batch_op.drop_constraint(batch_op.f("fk_remark_receiver_id_person"), type_="foreignkey")
        for column in ("decided_at", "receiver_id", "passed_on_at"):
            batch_op.drop_column(column)
    op.drop_table("call_for_help")
