from alembic import op

revision = "26083b298bb7"
down_revision = "f69cb3152a76"


def upgrade():
    op.execute("DELETE FROM notification_method_type WHERE name IN ('EMAIL','WEBHOOK','PAGERDUTY') AND name NOT IN (SELECT type FROM notification_method)")


def downgrade():
    op.execute("INSERT IGNORE INTO notification_method_type VALUES ('EMAIL'),('WEBHOOK'),('PAGERDUTY')")
