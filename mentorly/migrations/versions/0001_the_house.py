"""the house

Revision: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("days_off", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("folded_name", name=op.f("uq_organization_folded_name")),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    op.create_table(
        "playground_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playground_clock")),
    )
    op.create_table(
        "round",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_round")),
    )
    op.create_table(
        "standing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stopped_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(), server_default="", nullable=False),
        sa.Column("server_said", sa.String(), server_default="", nullable=False),
        sa.Column("stops", sa.Integer(), server_default="0", nullable=False),
        sa.Column("try_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rounds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("round_seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("last_round_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_round_seconds", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing")),
    )
    op.create_table(
        "tally",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "kind", "state", "reason", name=op.f("pk_tally")),
    )
    op.create_table(
        "tally_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counted_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summed_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_mark")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("manager_email", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("quotes", sa.Boolean(), nullable=True),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=True),
        sa.Column("welcomed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreached_told_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("temporary_hash", sa.String(), nullable=False),
        sa.Column("temporary_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_person_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["registered_by_id"], ["person.id"], name=op.f("fk_person_registered_by_id_person")),
        sa.ForeignKeyConstraint(["unreached_told_id"], ["person.id"], name=op.f("fk_person_unreached_told_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_password_changed_at"), ["password_changed_at"], unique=False)
        batch_op.create_index(
            "ix_person_rhythm", ["timezone", "quiet_from", "quiet_until", "organization_id"], unique=False
        )
        batch_op.create_index(
            "ix_person_unreached",
            ["unreached_at"],
            unique=False,
            postgresql_where=sa.text("unreached_at IS NOT NULL"),
            sqlite_where=sa.text("unreached_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_person_unwelcomed",
            ["registered_at"],
            unique=False,
            postgresql_where=sa.text("welcomed_at IS NULL AND unreached_at IS NULL"),
            sqlite_where=sa.text("welcomed_at IS NULL AND unreached_at IS NULL"),
        )

    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_conflict_other_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("person_id", "other_id", name=op.f("uq_conflict_person_id_other_id")),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_other_id"), ["other_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_person_id"), ["person_id"], unique=False)

    op.create_table(
        "envelope",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("again", sa.Integer(), server_default="0", nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), server_default="", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_said", sa.String(), server_default="", nullable=False),
        sa.Column("why_not", sa.String(), server_default="", nullable=False),
        sa.Column("fold_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["fold_id"], ["envelope.id"], name=op.f("fk_envelope_fold_id_envelope")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_envelope_reader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope")),
        sa.UniqueConstraint(
            "kind",
            "thing_id",
            "reader_id",
            "occasion",
            "again",
            name=op.f("uq_envelope_kind_thing_id_reader_id_occasion_again"),
        ),
    )
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.create_index(
            "ix_envelope_claimed",
            ["claimed_until"],
            unique=False,
            postgresql_where=sa.text("state = 'sending'"),
            sqlite_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index(
            "ix_envelope_closed",
            ["closed_at"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NOT NULL"),
            sqlite_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_envelope_crashed",
            ["ready_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting' AND crashes > 0"),
            sqlite_where=sa.text("state = 'waiting' AND crashes > 0"),
        )
        batch_op.create_index(
            "ix_envelope_folded",
            ["fold_id"],
            unique=False,
            postgresql_where=sa.text("fold_id IS NOT NULL"),
            sqlite_where=sa.text("fold_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_envelope_pending",
            ["kind"],
            unique=False,
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
            sqlite_where=sa.text("state IN ('waiting', 'sending')"),
        )
        batch_op.create_index("ix_envelope_reader", ["reader_id", "id"], unique=False)
        batch_op.create_index(
            "ix_envelope_revivable",
            ["kind", "thing_id", "reader_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('missed', 'withdrawn', 'suppressed')"),
            sqlite_where=sa.text("state IN ('missed', 'withdrawn', 'suppressed')"),
        )
        batch_op.create_index(
            "ix_envelope_troubled",
            ["state", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('failed', 'refused', 'uncertain', 'missed')"),
            sqlite_where=sa.text("state IN ('failed', 'refused', 'uncertain', 'missed')"),
        )
        batch_op.create_index(
            "ix_envelope_unscheduled",
            ["kind"],
            unique=False,
            postgresql_where=sa.text("send_at IS NULL AND state = 'waiting'"),
            sqlite_where=sa.text("send_at IS NULL AND state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_envelope_waiting",
            ["lane", "ready_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "password_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_mark", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_request")),
    )
    with op.batch_alter_table("password_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_request_address_mark"), ["address_mark"], unique=False)
        batch_op.create_index(batch_op.f("ix_password_request_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "program",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("meetings", sa.Integer(), nullable=False),
        sa.Column("fewest", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("mutual", sa.Boolean(), nullable=False),
        sa.Column("organizations", sa.String(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("chase_days", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("retention_months", sa.Integer(), server_default="24", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["person.id"], name=op.f("fk_program_contact_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("folded_name", name=op.f("uq_program_folded_name")),
    )
    op.create_table(
        "sample_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sample_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_request")),
    )
    with op.batch_alter_table("sample_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sample_request_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("optional_only", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_suppression_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("person_id", "optional_only", name=op.f("uq_suppression_person_id_optional_only")),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("envelope_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("button", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("understood", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_answer_by_id_person")),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelope.id"], name=op.f("fk_answer_envelope_id_envelope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_envelope_id"), ["envelope_id"], unique=False)
        batch_op.create_index(
            "uq_answer_standing",
            ["envelope_id", "line", "button"],
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
            sqlite_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "participation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("helps_with_language", sa.Boolean(), nullable=False),
        sa.Column("needs_language_help", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_participation_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participation_person_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_participation_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint(
            "program_id",
            "person_id",
            "role",
            "organization_id",
            name=op.f("uq_participation_program_id_person_id_role_organization_id"),
        ),
    )
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_participation_lead",
            ["program_id", "organization_id"],
            unique=False,
            postgresql_where=sa.text("role = 'lead' AND left_at IS NULL"),
            sqlite_where=sa.text("role = 'lead' AND left_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_participation_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_program_id"), ["program_id"], unique=False)

    op.create_table(
        "relationship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_early", sa.Boolean(), nullable=False),
        sa.Column("first_meeting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_meeting_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_meeting_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_meeting_set_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_meeting_set_by_id"], ["person.id"], name=op.f("fk_relationship_first_meeting_set_by_id_person")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_relationship_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship")),
    )
    with op.batch_alter_table("relationship", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_relationship_first_meeting_set_at"), ["first_meeting_set_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_relationship_program_id"), ["program_id"], unique=False)

    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("matched_as", sa.String(), nullable=False),
        sa.Column("is_mentor", sa.Boolean(), nullable=False),
        sa.Column("is_mentee", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentors_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leads_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_person_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_member_relationship_id_relationship")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(
            "ix_member_leads_untold",
            ["joined_at"],
            unique=False,
            postgresql_where=sa.text("leads_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("leads_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )
        batch_op.create_index(
            "ix_member_mentors_untold",
            ["joined_at"],
            unique=False,
            postgresql_where=sa.text("mentors_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("mentors_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_member_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_member_relationship_id"), ["relationship_id"], unique=False)
        batch_op.create_index(
            "ix_member_untold",
            ["joined_at"],
            unique=False,
            postgresql_where=sa.text("told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )
        batch_op.create_index(
            "uq_member_present",
            ["relationship_id", "person_id"],
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("mentee_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("told_to_id", sa.Integer(), nullable=True),
        sa.Column("relationship_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reservation", sa.Text(), nullable=False),
        sa.Column("reservation_words", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_conflict", sa.Boolean(), nullable=False),
        sa.Column("over_capacity", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mentee_id"], ["person.id"], name=op.f("fk_proposal_mentee_id_person")),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_proposal_mentor_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_proposal_program_id_program")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_proposal_proposed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_proposal_relationship_id_relationship")
        ),
        sa.ForeignKeyConstraint(["told_to_id"], ["person.id"], name=op.f("fk_proposal_told_to_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_proposal_answer_by",
            ["answer_by"],
            unique=False,
            postgresql_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.create_index(
            "ix_proposal_chase_at",
            ["chase_at"],
            unique=False,
            postgresql_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_proposal_mentee_id"), ["mentee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_mentor_id"), ["mentor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_program_id"), ["program_id"], unique=False)
        batch_op.create_index(
            "ix_proposal_reserved",
            ["reserved_at"],
            unique=False,
            postgresql_where=sa.text("reserved_at IS NOT NULL"),
            sqlite_where=sa.text("reserved_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_proposal_unasked",
            ["proposed_at"],
            unique=False,
            postgresql_where=sa.text(
                "asked_at IS NULL AND accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"
            ),
            sqlite_where=sa.text(
                "asked_at IS NULL AND accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"
            ),
        )


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_proposal_unasked",
            postgresql_where=sa.text(
                "asked_at IS NULL AND accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"
            ),
            sqlite_where=sa.text(
                "asked_at IS NULL AND accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"
            ),
        )
        batch_op.drop_index(
            "ix_proposal_reserved",
            postgresql_where=sa.text("reserved_at IS NOT NULL"),
            sqlite_where=sa.text("reserved_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_proposal_program_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_mentor_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_mentee_id"))
        batch_op.drop_index(
            "ix_proposal_chase_at",
            postgresql_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_proposal_answer_by",
            postgresql_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"),
        )

    op.drop_table("proposal")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_member_present", postgresql_where=sa.text("left_at IS NULL"), sqlite_where=sa.text("left_at IS NULL")
        )
        batch_op.drop_index(
            "ix_member_untold",
            postgresql_where=sa.text("told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_member_relationship_id"))
        batch_op.drop_index(batch_op.f("ix_member_person_id"))
        batch_op.drop_index(
            "ix_member_mentors_untold",
            postgresql_where=sa.text("mentors_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("mentors_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_member_leads_untold",
            postgresql_where=sa.text("leads_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
            sqlite_where=sa.text("leads_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"),
        )

    op.drop_table("member")
    with op.batch_alter_table("relationship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_relationship_program_id"))
        batch_op.drop_index(batch_op.f("ix_relationship_first_meeting_set_at"))

    op.drop_table("relationship")
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participation_program_id"))
        batch_op.drop_index(batch_op.f("ix_participation_person_id"))
        batch_op.drop_index(batch_op.f("ix_participation_organization_id"))
        batch_op.drop_index(
            "ix_participation_lead",
            postgresql_where=sa.text("role = 'lead' AND left_at IS NULL"),
            sqlite_where=sa.text("role = 'lead' AND left_at IS NULL"),
        )

    op.drop_table("participation")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_answer_standing",
            postgresql_where=sa.text("undone_at IS NULL"),
            sqlite_where=sa.text("undone_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_answer_envelope_id"))

    op.drop_table("answer")
    op.drop_table("suppression")
    with op.batch_alter_table("sample_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sample_request_asked_at"))

    op.drop_table("sample_request")
    op.drop_table("program")
    with op.batch_alter_table("password_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_request_asked_at"))
        batch_op.drop_index(batch_op.f("ix_password_request_address_mark"))

    op.drop_table("password_request")
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_envelope_waiting",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_envelope_unscheduled",
            postgresql_where=sa.text("send_at IS NULL AND state = 'waiting'"),
            sqlite_where=sa.text("send_at IS NULL AND state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_envelope_troubled",
            postgresql_where=sa.text("state IN ('failed', 'refused', 'uncertain', 'missed')"),
            sqlite_where=sa.text("state IN ('failed', 'refused', 'uncertain', 'missed')"),
        )
        batch_op.drop_index(
            "ix_envelope_revivable",
            postgresql_where=sa.text("state IN ('missed', 'withdrawn', 'suppressed')"),
            sqlite_where=sa.text("state IN ('missed', 'withdrawn', 'suppressed')"),
        )
        batch_op.drop_index("ix_envelope_reader")
        batch_op.drop_index(
            "ix_envelope_pending",
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
            sqlite_where=sa.text("state IN ('waiting', 'sending')"),
        )
        batch_op.drop_index(
            "ix_envelope_folded",
            postgresql_where=sa.text("fold_id IS NOT NULL"),
            sqlite_where=sa.text("fold_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_envelope_crashed",
            postgresql_where=sa.text("state = 'waiting' AND crashes > 0"),
            sqlite_where=sa.text("state = 'waiting' AND crashes > 0"),
        )
        batch_op.drop_index(
            "ix_envelope_closed",
            postgresql_where=sa.text("closed_at IS NOT NULL"),
            sqlite_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_envelope_claimed",
            postgresql_where=sa.text("state = 'sending'"),
            sqlite_where=sa.text("state = 'sending'"),
        )

    op.drop_table("envelope")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_person_id"))
        batch_op.drop_index(batch_op.f("ix_conflict_other_id"))

    op.drop_table("conflict")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_person_unwelcomed",
            postgresql_where=sa.text("welcomed_at IS NULL AND unreached_at IS NULL"),
            sqlite_where=sa.text("welcomed_at IS NULL AND unreached_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_person_unreached",
            postgresql_where=sa.text("unreached_at IS NOT NULL"),
            sqlite_where=sa.text("unreached_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_person_rhythm")
        batch_op.drop_index(batch_op.f("ix_person_password_changed_at"))
        batch_op.drop_index(batch_op.f("ix_person_organization_id"))

    op.drop_table("person")
    op.drop_table("tally_mark")
    op.drop_table("tally")
    op.drop_table("standing")
    op.drop_table("round")
    op.drop_table("playground_clock")
    op.drop_table("pace")
    op.drop_table("organization")
