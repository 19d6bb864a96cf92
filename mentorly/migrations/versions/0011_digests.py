"""digests

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_CLOCK = sa.text("lane > 0")
UNSENT = sa.text("sent_at IS NULL")


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_digest_reader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("reader_id", "day", name=op.f("uq_digest_reader_id_day")),
    )
    op.create_table(
        "digest_line",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("envelope_id", sa.Integer(), nullable=False),
        sa.Column("is_again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_digest_line_digest_id_digest")),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelope.id"], name=op.f("fk_digest_line_envelope_id_envelope")),
        sa.PrimaryKeyConstraint("digest_id", "number", name=op.f("pk_digest_line")),
    )
    with op.batch_alter_table("digest") as batch_op:
        batch_op.create_index("ix_digest_unsent", ["made_at"], postgresql_where=UNSENT, sqlite_where=UNSENT)
    with op.batch_alter_table("digest_line") as batch_op:
        batch_op.create_index(batch_op.f("ix_digest_line_envelope_id"), ["envelope_id"])
    op.create_index(
        "ix_envelope_of_clock",
        "envelope",
        ["reader_id", "closed_at"],
        postgresql_where=OF_CLOCK,
        sqlite_where=OF_CLOCK,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_envelope_of_clock", "envelope", postgresql_where=OF_CLOCK, sqlite_where=OF_CLOCK)
    op.drop_table("digest_line")
    op.drop_table("digest")
