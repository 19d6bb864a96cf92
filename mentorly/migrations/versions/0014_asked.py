"""what is asked: instruments and their versions, who is asked, answers, agreements and signatures

Revision: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STANDS = "BEGIN SELECT RAISE(ABORT, 'what was signed cannot be changed'); END"
FAILS = "$$ BEGIN RAISE EXCEPTION 'what was signed cannot be changed'; END $$"


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "instrument_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_instrument_text_added_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_instrument_text_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_text")),
        sa.UniqueConstraint("program_id", "name", "number", name=op.f("uq_instrument_text_program_id_name_number")),
    )
    with op.batch_alter_table("instrument_text") as batch_op:
        batch_op.create_index(
            "uq_instrument_text_shipped",
            ["name", "digest"],
            unique=True,
            postgresql_where=sa.text("program_id IS NULL"),
            sqlite_where=sa.text("program_id IS NULL"),
        )

    op.create_table(
        "agreement_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_agreement_text_relationship_id_relationship")
        ),
        sa.ForeignKeyConstraint(
            ["text_id"], ["instrument_text.id"], name=op.f("fk_agreement_text_text_id_instrument_text")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_agreement_text_written_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_text")),
        sa.UniqueConstraint(
            "relationship_id", "name", "number", name=op.f("uq_agreement_text_relationship_id_name_number")
        ),
    )
    with op.batch_alter_table("agreement_text") as batch_op:
        batch_op.create_index(
            "ix_agreement_text_completed",
            ["completed_at"],
            unique=False,
            postgresql_where=sa.text("completed_at IS NOT NULL"),
            sqlite_where=sa.text("completed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_agreement_text_written",
            ["written_at"],
            unique=False,
            postgresql_where=sa.text("superseded_at IS NULL AND completed_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL AND completed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_agreement_text_current",
            ["relationship_id", "name"],
            unique=True,
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminds", sa.Text(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tells", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("draft_key", sa.String(), nullable=False),
        sa.Column("draft_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_asked_person_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_asked_program_id_program")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_asked_relationship_id_relationship")
        ),
        sa.ForeignKeyConstraint(["text_id"], ["instrument_text.id"], name=op.f("fk_asked_text_id_instrument_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked")),
        sa.UniqueConstraint(
            "relationship_id",
            "person_id",
            "name",
            "occasion",
            name=op.f("uq_asked_relationship_id_person_id_name_occasion"),
        ),
    )
    with op.batch_alter_table("asked") as batch_op:
        batch_op.create_index(
            "ix_asked_call",
            ["call_at"],
            unique=False,
            postgresql_where=sa.text("call_at IS NOT NULL"),
            sqlite_where=sa.text("call_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_asked_finished",
            ["program_id", "name"],
            unique=False,
            postgresql_where=sa.text("finished_at IS NOT NULL"),
            sqlite_where=sa.text("finished_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_asked_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_asked_remind",
            ["remind_at"],
            unique=False,
            postgresql_where=sa.text("finished_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("finished_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.create_index(
            "ix_asked_shared",
            ["shared_at"],
            unique=False,
            postgresql_where=sa.text("shared_at IS NOT NULL"),
            sqlite_where=sa.text("shared_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_asked_unasked",
            ["opens_at"],
            unique=False,
            postgresql_where=sa.text("asked_at IS NULL AND finished_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("asked_at IS NULL AND finished_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.create_index(
            "uq_asked_of_program",
            ["program_id", "person_id", "name", "occasion"],
            unique=True,
            postgresql_where=sa.text("relationship_id IS NULL"),
            sqlite_where=sa.text("relationship_id IS NULL"),
        )

    op.create_table(
        "program_instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_instrument_program_id_program")),
        sa.ForeignKeyConstraint(
            ["text_id"], ["instrument_text.id"], name=op.f("fk_program_instrument_text_id_instrument_text")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_instrument")),
        sa.UniqueConstraint("program_id", "name", name=op.f("uq_program_instrument_program_id_name")),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("option", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["asked_id"], ["asked.id"], name=op.f("fk_response_asked_id_asked")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("asked_id", "question", name=op.f("uq_response_asked_id_question")),
    )
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement_text.id"], name=op.f("fk_signature_agreement_id_agreement_text")
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["asked.id"], name=op.f("fk_signature_asked_id_asked")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signature_person_id_person")),
        sa.ForeignKeyConstraint(["text_id"], ["instrument_text.id"], name=op.f("fk_signature_text_id_instrument_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("agreement_id", "person_id", name=op.f("uq_signature_agreement_id_person_id")),
    )
    with op.batch_alter_table("signature") as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_asked_id"), ["asked_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signature_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signature_signed_at"), ["signed_at"], unique=False)

    with op.batch_alter_table("member") as batch_op:
        batch_op.add_column(sa.Column("unfinished_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_member_unfinished",
            ["unfinished_at"],
            unique=False,
            postgresql_where=sa.text("unfinished_at IS NOT NULL"),
            sqlite_where=sa.text("unfinished_at IS NOT NULL"),
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER signature_stands BEFORE UPDATE ON signature {STANDS}")
    else:
        op.execute(f"CREATE OR REPLACE FUNCTION signature_stands() RETURNS trigger LANGUAGE plpgsql AS {FAILS}")
        op.execute(
            "CREATE TRIGGER signature_stands BEFORE UPDATE ON signature "
            "FOR EACH ROW EXECUTE FUNCTION signature_stands()"
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("member") as batch_op:
        batch_op.drop_index(
            "ix_member_unfinished",
            postgresql_where=sa.text("unfinished_at IS NOT NULL"),
            sqlite_where=sa.text("unfinished_at IS NOT NULL"),
        )
        batch_op.drop_column("unfinished_at")

    with op.batch_alter_table("signature") as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_signed_at"))
        batch_op.drop_index(batch_op.f("ix_signature_person_id"))
        batch_op.drop_index(batch_op.f("ix_signature_asked_id"))

    op.drop_table("signature")
    op.drop_table("response")
    op.drop_table("program_instrument")
    with op.batch_alter_table("asked") as batch_op:
        batch_op.drop_index(
            "uq_asked_of_program",
            postgresql_where=sa.text("relationship_id IS NULL"),
            sqlite_where=sa.text("relationship_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_asked_unasked",
            postgresql_where=sa.text("asked_at IS NULL AND finished_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("asked_at IS NULL AND finished_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_asked_shared",
            postgresql_where=sa.text("shared_at IS NOT NULL"),
            sqlite_where=sa.text("shared_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_asked_remind",
            postgresql_where=sa.text("finished_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("finished_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_asked_person_id"))
        batch_op.drop_index(
            "ix_asked_finished",
            postgresql_where=sa.text("finished_at IS NOT NULL"),
            sqlite_where=sa.text("finished_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_asked_call",
            postgresql_where=sa.text("call_at IS NOT NULL"),
            sqlite_where=sa.text("call_at IS NOT NULL"),
        )

    op.drop_table("asked")
    with op.batch_alter_table("agreement_text") as batch_op:
        batch_op.drop_index(
            "uq_agreement_text_current",
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_agreement_text_written",
            postgresql_where=sa.text("superseded_at IS NULL AND completed_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL AND completed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_agreement_text_completed",
            postgresql_where=sa.text("completed_at IS NOT NULL"),
            sqlite_where=sa.text("completed_at IS NOT NULL"),
        )

    op.drop_table("agreement_text")
    with op.batch_alter_table("instrument_text") as batch_op:
        batch_op.drop_index(
            "uq_instrument_text_shipped",
            postgresql_where=sa.text("program_id IS NULL"),
            sqlite_where=sa.text("program_id IS NULL"),
        )

    op.drop_table("instrument_text")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION signature_stands()")
