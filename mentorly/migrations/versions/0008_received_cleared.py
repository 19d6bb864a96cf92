"""rows of received mail whose bytes are gone

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    cleared = sa.text("raw IS NULL")
    op.create_index("ix_received_cleared", "received", ["received_at"], postgresql_where=cleared, sqlite_where=cleared)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_received_cleared", "received")
