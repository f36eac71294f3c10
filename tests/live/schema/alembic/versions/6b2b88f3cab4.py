from alembic import op

revision = "6b2b88f3cab4"
down_revision = "30181b42434b"


def upgrade():
    op.execute("ALTER TABLE sub_alarm ADD COLUMN state VARCHAR(20) NOT NULL DEFAULT 'OK'")
    op.execute("ALTER TABLE sub_alarm ADD FOREIGN KEY(state) REFERENCES alarm_state (name)")


def downgrade():
    raise NotImplementedError
