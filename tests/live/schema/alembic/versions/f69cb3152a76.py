from alembic import op

revision = "f69cb3152a76"
down_revision = "8781a256f0c1"


def upgrade():
    op.execute("ALTER TABLE alarm DROP COLUMN inhibited")
    op.execute("ALTER TABLE alarm DROP COLUMN silenced")


def downgrade():
    op.execute("ALTER TABLE alarm ADD COLUMN inhibited TINYINT(1) NOT NULL DEFAULT '0'")
    op.execute("ALTER TABLE alarm ADD COLUMN silenced TINYINT(1) NOT NULL DEFAULT '0'")
