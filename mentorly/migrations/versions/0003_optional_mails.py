"""optional mails

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TOLD = ("family", "address", "evidence")


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("suppression") as batch_op:
        for name in TOLD:
            batch_op.add_column(sa.Column(name, sa.String(), server_default="", nullable=False))
        batch_op.drop_constraint("uq_suppression_person_id_optional_only", type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_suppression_person_id_reason_family_address"), ["person_id", "reason", "family", "address"]
        )


def downgrade() -> None:
    """Take it back; of several reasons the oldest stays."""
    op.execute(
        "DELETE FROM suppression WHERE EXISTS (SELECT 1 FROM suppression AS older "
        "WHERE older.person_id = suppression.person_id AND older.optional_only = suppression.optional_only "
        "AND older.id < suppression.id)"
    )
    with op.batch_alter_table("suppression") as batch_op:
        batch_op.drop_constraint("uq_suppression_person_id_reason_family_address", type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_suppression_person_id_optional_only"), ["person_id", "optional_only"]
        )
        for name in TOLD:
            batch_op.drop_column(name)
