"""how many people each organization had in a release, so that none is told apart by the next

Revision: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up. Of releases before this it is not known, and stays empty."""
    with op.batch_alter_table("release") as batch_op:
        batch_op.add_column(sa.Column("sizes", sa.String(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("release") as batch_op:
        batch_op.drop_column("sizes")
