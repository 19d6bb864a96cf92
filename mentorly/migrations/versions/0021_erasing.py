"""people who were erased, who asks to be, and how long words are kept

Revision: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT = ("words", "record")


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        _partial(batch_op, "ix_person_erased", ["id"], "erased_at IS NOT NULL")
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
    )
    with op.batch_alter_table("erasure_request") as batch_op:
        for name in ("person_id", "asked_at"):
            batch_op.create_index(batch_op.f(f"ix_erasure_request_{name}"), [name], unique=False)
    with op.batch_alter_table("program") as batch_op:
        batch_op.add_column(sa.Column("words_months", sa.Integer(), server_default="24", nullable=False))
    with op.batch_alter_table("relationship") as batch_op:
        for what in KEPT:
            batch_op.add_column(sa.Column(f"{what}_gone_at", sa.DateTime(timezone=True), nullable=True))
            over = f"{what}_gone_at IS NULL AND ended_at IS NOT NULL"
            _partial(batch_op, f"ix_relationship_{what}", ["program_id", "ended_at"], over)


def _partial(batch_op: object, name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    batch_op.create_index(  # type: ignore[attr-defined]
        name, columns, unique=False, postgresql_where=condition, sqlite_where=condition
    )


def downgrade() -> None:
    """Bring it down again."""
    with op.batch_alter_table("relationship") as batch_op:
        for what in reversed(KEPT):
            batch_op.drop_index(f"ix_relationship_{what}")
            batch_op.drop_column(f"{what}_gone_at")
    with op.batch_alter_table("program") as batch_op:
        batch_op.drop_column("words_months")
    op.drop_table("erasure_request")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_index("ix_person_erased")
        batch_op.drop_column("erased_at")
