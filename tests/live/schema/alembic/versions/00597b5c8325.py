import pathlib

from alembic import op

revision = "00597b5c8325"
down_revision = None


def upgrade():
    text = (pathlib.Path(__file__).parent.parent / "initial.sql").read_text()
    for statement in text.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade():
    raise NotImplementedError
