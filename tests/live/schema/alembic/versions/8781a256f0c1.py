from alembic import op

revision = "8781a256f0c1"
down_revision = "d8b801498850"


def upgrade():
    op.execute("ALTER TABLE alarm ADD COLUMN inhibited TINYINT(1) NOT NULL DEFAULT '0'")
    op.execute("ALTER TABLE alarm ADD COLUMN silenced TINYINT(1) NOT NULL DEFAULT '0'")


def downgrade():
    op.execute("ALTER TABLE alarm DROP COLUMN inhibited")
    op.execute("ALTER TABLE alarm DROP COLUMN silenced")
