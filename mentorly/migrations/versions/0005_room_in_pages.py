"""room in the pages of what is changed often

Revision: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave room in the pages that are written from now on."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("envelope", "person"):
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 60)")


def downgrade() -> None:
    """Fill the pages again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("envelope", "person"):
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
