"""whom an act touched where that is a pair, and a record of acts that is neither emptied nor written over

Revision: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FAULT = "what was done stays on record"
AT_FIRST = {"update": "BEFORE UPDATE ON audit_entry", "delete": "BEFORE DELETE ON audit_entry"}
AND_NOW = {"insert": "BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)"}


def upgrade() -> None:
    """Bring the schema up. SQLite makes the table anew, which takes its triggers off."""
    with op.batch_alter_table("audit_entry") as batch_op:
        batch_op.add_column(sa.Column("other_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_audit_entry_other_id_person"), "person", ["other_id"], ["id"])
        batch_op.create_index("ix_audit_entry_other", ["other_id", "id"])
    if op.get_bind().dialect.name == "sqlite":
        _guard(AT_FIRST | AND_NOW)
    else:
        op.execute(
            "CREATE TRIGGER audit_entry_stays BEFORE TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stands()"
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("audit_entry") as batch_op:
        batch_op.drop_index("ix_audit_entry_other")
        batch_op.drop_constraint(batch_op.f("fk_audit_entry_other_id_person"), type_="foreignkey")
        batch_op.drop_column("other_id")
    if op.get_bind().dialect.name == "sqlite":
        _guard(AT_FIRST)
    else:
        op.execute("DROP TRIGGER audit_entry_stays ON audit_entry")


def _guard(triggers: dict[str, str]) -> None:
    for act, when in triggers.items():
        op.execute(f"CREATE TRIGGER audit_entry_stands_{act} {when} BEGIN SELECT RAISE(ABORT, '{FAULT}'); END")
