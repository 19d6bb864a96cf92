"""received mail

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTIAL = (
    ("uq_received_content", ["fingerprint", "recipient"], True, "fingerprint <> ''"),
    ("uq_received_message", ["message_id", "recipient"], True, "message_id <> ''"),
    ("ix_received_waiting", ["id"], False, "stage = 'waiting'"),
    ("ix_received_failed", ["id"], False, "stage = 'failed'"),
    ("ix_received_kept", ["received_at"], False, "raw IS NOT NULL"),
)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "received",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), server_default="", nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("envelope_sender", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(), server_default="waiting", nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), server_default="", nullable=False),
        sa.Column("sign", sa.String(), server_default="", nullable=False),
        sa.Column("fault", sa.String(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("envelope_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelope.id"], name=op.f("fk_received_envelope_id_envelope")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_received_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
    )
    with op.batch_alter_table("received") as batch_op:
        batch_op.create_index(batch_op.f("ix_received_envelope_id"), ["envelope_id"])
        batch_op.create_index(batch_op.f("ix_received_person_id"), ["person_id"])
        for name, columns, unique, where in PARTIAL:
            batch_op.create_index(
                name, columns, unique=unique, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
            )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("received")
