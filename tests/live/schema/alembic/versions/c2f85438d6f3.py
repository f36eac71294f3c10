from alembic import op

revision = "c2f85438d6f3"
down_revision = "0cce983d957a"


def upgrade():
    op.execute("ALTER TABLE notification_method ADD COLUMN period INTEGER NOT NULL DEFAULT '0'")


def downgrade():
    op.execute("ALTER TABLE notification_method DROP COLUMN period")
