"""what is pending is what is not closed: no claim can take that index for the queue's own

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_envelope_pending", "envelope"
BEFORE, SINCE = sa.text("state IN ('waiting', 'sending')"), sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Bring the schema up."""
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, ["kind"], postgresql_where=SINCE, sqlite_where=SINCE)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, ["kind"], postgresql_where=BEFORE, sqlite_where=BEFORE)
