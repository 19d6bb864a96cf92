"""when relationships ended, for the mails that tell of an early end

Revision: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NAME = "ix_relationship_ended"


def upgrade() -> None:
    """Bring the schema up."""
    over = sa.text("ended_at IS NOT NULL")
    with op.batch_alter_table("relationship") as batch_op:
        batch_op.create_index(NAME, ["ended_at"], postgresql_where=over, sqlite_where=over)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("relationship") as batch_op:
        batch_op.drop_index(NAME)
