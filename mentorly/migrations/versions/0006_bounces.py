"""bounces and complaints

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

REPORTED = ("bounced_at", "complained_at")
SAID = ("bounce", "bounce_code")
SOMEBODY = ("person_id", "told_id", "administrator_id")
KNOWN = (
    "INSERT INTO unreached (person_id, address, verdict, code, since, lost_at, told_id) "
    "SELECT id, email, 'permanent', '', unreached_at, unreached_at, unreached_told_id "
    "FROM person WHERE unreached_at IS NOT NULL"
)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "unreached",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_id", sa.Integer(), nullable=True),
        sa.Column("lasting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("administrator_id", sa.Integer(), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], ["person.id"], name=op.f(f"fk_unreached_{name}_person"))
            for name in SOMEBODY
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreached")),
        sa.UniqueConstraint("person_id", "address", name=op.f("uq_unreached_person_id_address")),
    )
    with op.batch_alter_table("unreached") as batch_op:
        for name in ("lost", "lasting"):
            where = sa.text(f"{name}_at IS NOT NULL")
            batch_op.create_index(f"ix_unreached_{name}", [f"{name}_at"], postgresql_where=where, sqlite_where=where)
    op.execute(KNOWN)
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("unreached_told_id")
    for name in REPORTED:
        op.add_column("envelope", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in SAID:
        op.add_column("envelope", sa.Column(name, sa.String(), server_default="", nullable=False))
    where = sa.text("bounced_at IS NOT NULL")
    op.create_index(
        "ix_envelope_bounced", "envelope", ["reader_id", "bounced_at"], postgresql_where=where, sqlite_where=where
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_envelope_bounced", "envelope")
    for name in (*REPORTED, *SAID):
        op.drop_column("envelope", name)
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("unreached_told_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_person_unreached_told_id_person"), "person", ["unreached_told_id"], ["id"]
        )
    op.drop_table("unreached")
