from alembic import op

revision = "30181b42434b"
down_revision = "c2f85438d6f3"


def upgrade():
    op.execute("DROP TABLE event_transform")
    op.execute("DROP TABLE schema_migrations")
    op.execute("DROP TABLE stream_actions")
    op.execute("DROP TABLE stream_definition")


def downgrade():
    raise NotImplementedError
