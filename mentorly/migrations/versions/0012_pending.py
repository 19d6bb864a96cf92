"""what is pending is what is not closed, so that no claim takes that index for the queue's; proposals of a mentee

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
    op.drop_index("ix_proposal_mentee_id", "proposal")
    op.create_index("ix_proposal_mentee", "proposal", ["mentee_id", "program_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_proposal_mentee", "proposal")
    op.create_index("ix_proposal_mentee_id", "proposal", ["mentee_id"])
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, ["kind"], postgresql_where=BEFORE, sqlite_where=BEFORE)
