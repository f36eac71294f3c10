from alembic import op

revision = "d8b801498850"
down_revision = "6b2b88f3cab4"


def upgrade():
    op.execute("DROP TABLE stream_actions_action_type")


def downgrade():
    raise NotImplementedError
