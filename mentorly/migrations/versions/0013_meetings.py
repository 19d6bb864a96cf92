"""meetings

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("agenda", sa.Text(), nullable=False),
        sa.Column("agenda_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_for_all", sa.Boolean(), nullable=False),
        sa.Column("counter_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counter_minutes", sa.Integer(), nullable=True),
        sa.Column("counter_by_id", sa.Integer(), nullable=True),
        sa.Column("countered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_for_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=True),
        sa.Column("held_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_asked_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_owner_id", sa.Integer(), nullable=True),
        sa.Column("event_uid", sa.Text(), nullable=True),
        sa.Column("event_recurrence", sa.String(), nullable=True),
        sa.Column("event_sequence", sa.Integer(), nullable=False),
        sa.Column("event_stamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_meeting_changed_by_id_person")),
        sa.ForeignKeyConstraint(["counter_by_id"], ["person.id"], name=op.f("fk_meeting_counter_by_id_person")),
        sa.ForeignKeyConstraint(["event_owner_id"], ["person.id"], name=op.f("fk_meeting_event_owner_id_person")),
        sa.ForeignKeyConstraint(["kept_for_id"], ["person.id"], name=op.f("fk_meeting_kept_for_id_person")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_meeting_proposed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_meeting_relationship_id_relationship")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint(
            "event_owner_id",
            "event_uid",
            "event_recurrence",
            name=op.f("uq_meeting_event_owner_id_event_uid_event_recurrence"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )
    with op.batch_alter_table("meeting") as batch_op:
        batch_op.create_index(
            "ix_meeting_asked",
            ["held_asked_at"],
            unique=False,
            postgresql_where=sa.text("held_asked_at IS NOT NULL AND held IS NULL"),
            sqlite_where=sa.text("held_asked_at IS NOT NULL AND held IS NULL"),
        )
        batch_op.create_index(
            "ix_meeting_countered",
            ["countered_at"],
            unique=False,
            postgresql_where=sa.text("countered_at IS NOT NULL"),
            sqlite_where=sa.text("countered_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_meeting_ends",
            ["ends_at"],
            unique=False,
            postgresql_where=sa.text("stage = 'planned' AND held IS NULL"),
            sqlite_where=sa.text("stage = 'planned' AND held IS NULL"),
        )
        batch_op.create_index(
            "ix_meeting_kept",
            ["kept_at"],
            unique=False,
            postgresql_where=sa.text("kept_at IS NOT NULL"),
            sqlite_where=sa.text("kept_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_meeting_proposed",
            ["proposed_at"],
            unique=False,
            postgresql_where=sa.text("stage = 'proposed'"),
            sqlite_where=sa.text("stage = 'proposed'"),
        )
        batch_op.create_index(batch_op.f("ix_meeting_relationship_id"), ["relationship_id"])
        batch_op.create_index(
            "ix_meeting_starts",
            ["starts_at"],
            unique=False,
            postgresql_where=sa.text("stage = 'planned'"),
            sqlite_where=sa.text("stage = 'planned'"),
        )

    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("coming", sa.String(), nullable=False),
        sa.Column("said_to_earlier", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sequence", sa.Integer(), nullable=False),
        sa.Column("answer_stamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_sequence", sa.Integer(), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendance_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance") as batch_op:
        batch_op.create_index(
            "ix_attendance_declined",
            ["declined_at"],
            unique=False,
            postgresql_where=sa.text("declined_at IS NOT NULL"),
            sqlite_where=sa.text("declined_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_attendance_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_attendance_meeting_id"), ["meeting_id"])
        batch_op.create_index(
            "ix_attendance_off",
            ["off_at"],
            unique=False,
            postgresql_where=sa.text("off_at IS NOT NULL AND off_told_at IS NULL"),
            sqlite_where=sa.text("off_at IS NOT NULL AND off_told_at IS NULL"),
        )
        batch_op.create_index("ix_attendance_person_id", ["person_id"])
        batch_op.create_index(
            "uq_attendance_present",
            ["meeting_id", "person_id"],
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "proposed_time",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_proposed_time_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("meeting_id", "number", name=op.f("pk_proposed_time")),
    )
    op.create_table(
        "session_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("logged_by_id", sa.Integer(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_by_id", sa.Integer(), nullable=True),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["corrected_by_id"], ["person.id"], name=op.f("fk_session_log_corrected_by_id_person")),
        sa.ForeignKeyConstraint(["logged_by_id"], ["person.id"], name=op.f("fk_session_log_logged_by_id_person")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_session_log_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_session_log_relationship_id_relationship")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_log")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_session_log_meeting_id")),
    )
    with op.batch_alter_table("session_log") as batch_op:
        batch_op.create_index(batch_op.f("ix_session_log_relationship_id"), ["relationship_id"])

    op.create_table(
        "session_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_log_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_share_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_log_id"], ["session_log.id"], name=op.f("fk_session_share_session_log_id_session_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_share")),
        sa.UniqueConstraint("session_log_id", "person_id", name=op.f("uq_session_share_session_log_id_person_id")),
    )
    with op.batch_alter_table("session_share") as batch_op:
        batch_op.create_index(
            "ix_session_share_asked",
            ["asked_at"],
            unique=False,
            postgresql_where=sa.text("confirmed_at IS NULL"),
            sqlite_where=sa.text("confirmed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_session_share_person_id"), ["person_id"])

    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("feed_generation", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("received") as batch_op:
        batch_op.add_column(sa.Column("member_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_received_member_id_member"), "member", ["member_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_received_member_id"), ["member_id"])
    with op.batch_alter_table("reply") as batch_op:
        batch_op.add_column(sa.Column("by_calendar", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("reply") as batch_op:
        batch_op.drop_column("by_calendar")
    with op.batch_alter_table("received") as batch_op:
        batch_op.drop_index(batch_op.f("ix_received_member_id"))
        batch_op.drop_constraint(batch_op.f("fk_received_member_id_member"), type_="foreignkey")
        batch_op.drop_column("member_id")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("feed_generation")

    with op.batch_alter_table("session_share") as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_share_person_id"))
        batch_op.drop_index(
            "ix_session_share_asked",
            postgresql_where=sa.text("confirmed_at IS NULL"),
            sqlite_where=sa.text("confirmed_at IS NULL"),
        )

    op.drop_table("session_share")
    with op.batch_alter_table("session_log") as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_log_relationship_id"))

    op.drop_table("session_log")
    op.drop_table("proposed_time")
    with op.batch_alter_table("attendance") as batch_op:
        batch_op.drop_index(
            "uq_attendance_present",
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index("ix_attendance_person_id")
        batch_op.drop_index(
            "ix_attendance_off",
            postgresql_where=sa.text("off_at IS NOT NULL AND off_told_at IS NULL"),
            sqlite_where=sa.text("off_at IS NOT NULL AND off_told_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_attendance_meeting_id"))
        batch_op.drop_index(
            "ix_attendance_due",
            postgresql_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_attendance_declined",
            postgresql_where=sa.text("declined_at IS NOT NULL"),
            sqlite_where=sa.text("declined_at IS NOT NULL"),
        )

    op.drop_table("attendance")
    with op.batch_alter_table("meeting") as batch_op:
        batch_op.drop_index(
            "ix_meeting_starts",
            postgresql_where=sa.text("stage = 'planned'"),
            sqlite_where=sa.text("stage = 'planned'"),
        )
        batch_op.drop_index(batch_op.f("ix_meeting_relationship_id"))
        batch_op.drop_index(
            "ix_meeting_proposed",
            postgresql_where=sa.text("stage = 'proposed'"),
            sqlite_where=sa.text("stage = 'proposed'"),
        )
        batch_op.drop_index(
            "ix_meeting_kept",
            postgresql_where=sa.text("kept_at IS NOT NULL"),
            sqlite_where=sa.text("kept_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_meeting_ends",
            postgresql_where=sa.text("stage = 'planned' AND held IS NULL"),
            sqlite_where=sa.text("stage = 'planned' AND held IS NULL"),
        )
        batch_op.drop_index(
            "ix_meeting_countered",
            postgresql_where=sa.text("countered_at IS NOT NULL"),
            sqlite_where=sa.text("countered_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_meeting_asked",
            postgresql_where=sa.text("held_asked_at IS NOT NULL AND held IS NULL"),
            sqlite_where=sa.text("held_asked_at IS NOT NULL AND held IS NULL"),
        )

    op.drop_table("meeting")
