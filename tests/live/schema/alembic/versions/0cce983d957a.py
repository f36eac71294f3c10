from alembic import op

revision = "0cce983d957a"
down_revision = "00597b5c8325"


def upgrade():
    op.execute("ALTER TABLE sub_alarm_definition ADD COLUMN is_deterministic TINYINT(1) NOT NULL DEFAULT '0'")


def downgrade():
    op.execute("ALTER TABLE sub_alarm_definition DROP COLUMN is_deterministic")
