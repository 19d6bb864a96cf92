"""who leaves mail after mail unanswered, and who funds a program

Revision: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SETTINGS = {"unheard_mails": 3, "unheard_days": 14, "unheard_told_days": 7}
STANDS = "over_at IS NULL AND settled_at IS NULL"


def upgrade() -> None:
    """Bring the schema up."""
    _sponsors()
    with op.batch_alter_table("program") as batch_op:
        for name, usual in SETTINGS.items():
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default=str(usual), nullable=False))
    op.create_table(
        "unheard",
        _number("id"),
        _number("person_id"),
        _number("program_id"),
        sa.Column("role", sa.String(), nullable=False),
        _number("mails"),
        _moment("since"),
        _moment("nudge_at"),
        _moment("nudged_at", nullable=True),
        _moment("tell_at"),
        _number("contact_id", nullable=True),
        _moment("settled_at", nullable=True),
        _number("settled_by_id", nullable=True),
        _moment("over_at", nullable=True),
        _link("contact_id", "person"),
        _link("person_id", "person"),
        _link("program_id", "program"),
        _link("settled_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unheard")),
    )
    with op.batch_alter_table("unheard") as batch_op:
        batch_op.create_index(batch_op.f("ix_unheard_person_id"), ["person_id"])
        for name, column, where in (("ix_unheard_nudge", "nudge_at", STANDS), ("ix_unheard_tell", "tell_at", STANDS)):
            batch_op.create_index(name, [column], postgresql_where=sa.text(where), sqlite_where=sa.text(where))
        goes_on = sa.text("over_at IS NULL")
        batch_op.create_index(
            "uq_unheard_person", ["person_id"], unique=True, postgresql_where=goes_on, sqlite_where=goes_on
        )


def _sponsors() -> None:
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("is_outside", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "sponsor",
        _number("id"),
        _number("program_id"),
        _number("person_id"),
        _number("added_by_id", nullable=True),
        _moment("added_at"),
        *(_moment(name, nullable=True) for name in ("asked_at", "agreed_at", "ended_at")),
        _link("added_by_id", "person", "sponsor"),
        _link("person_id", "person", "sponsor"),
        _link("program_id", "program", "sponsor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsor")),
        sa.UniqueConstraint("program_id", "person_id", name=op.f("uq_sponsor_program_id_person_id")),
    )
    with op.batch_alter_table("sponsor") as batch_op:
        batch_op.create_index(batch_op.f("ix_sponsor_person_id"), ["person_id"])
        unasked = sa.text("asked_at IS NULL AND ended_at IS NULL")
        batch_op.create_index("ix_sponsor_unasked", ["added_at"], postgresql_where=unasked, sqlite_where=unasked)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("sponsor")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("is_outside")
    op.drop_table("unheard")
    with op.batch_alter_table("program") as batch_op:
        for name in SETTINGS:
            batch_op.drop_column(name)


def _number(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _link(column: str, to: str, table: str = "unheard") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
