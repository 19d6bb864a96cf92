"""the last days of relationships, for the mail that comes after them

Revision: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("relationship") as batch_op:
        batch_op.create_index(batch_op.f("ix_relationship_ends_on"), ["ends_on"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("relationship") as batch_op:
        batch_op.drop_index(batch_op.f("ix_relationship_ends_on"))
