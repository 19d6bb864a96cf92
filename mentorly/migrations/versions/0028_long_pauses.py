"""pauses that have lasted for long

Revision: 0028
Revises: 0027
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

USUAL = 90
MOMENT = sa.DateTime(timezone=True)
PAUSE = sa.table("pause", sa.column("id", sa.Integer()), sa.column("began_at", MOMENT), sa.column("ask_at", MOMENT))


def upgrade() -> None:
    """Bring the schema up; of pauses that there are it is known when they will have lasted for long."""
    with op.batch_alter_table("program") as batch_op:
        batch_op.add_column(sa.Column("pause_days", sa.Integer(), server_default=str(USUAL), nullable=False))
    lasts = sa.text("ended_at IS NULL")
    with op.batch_alter_table("pause") as batch_op:
        batch_op.add_column(sa.Column("ask_at", MOMENT, nullable=True))
        batch_op.create_index("ix_pause_ask", ["ask_at"], postgresql_where=lasts, sqlite_where=lasts)
    connection = op.get_bind()
    for number, began_at in connection.execute(sa.select(PAUSE.c.id, PAUSE.c.began_at)).all():
        ask_at = began_at + timedelta(days=USUAL)
        connection.execute(PAUSE.update().where(PAUSE.c.id == number).values(ask_at=ask_at))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("pause") as batch_op:
        batch_op.drop_index("ix_pause_ask")
        batch_op.drop_column("ask_at")
    with op.batch_alter_table("program") as batch_op:
        batch_op.drop_column("pause_days")
