-- revision: 6b2b88f3cab4
-- revises: 30181b42434b
-- message: Add a state to sub-alarms
-- script: 6b2b88f3

-- upgrade
-- sub_alarm has the default charset of the database it was made in; the foreign key needs that of
-- what it refers to.
ALTER TABLE sub_alarm
    ADD COLUMN state varchar(20) {charset of alarm_state.name} NOT NULL DEFAULT 'OK';
ALTER TABLE sub_alarm
    ADD CONSTRAINT fk_sub_alarm_state FOREIGN KEY (state) REFERENCES alarm_state (name);

-- downgrade
-- The names differ between databases that the script made and those that Alembic made.
ALTER TABLE sub_alarm DROP FOREIGN KEY {foreign key of sub_alarm (state)};
ALTER TABLE sub_alarm DROP INDEX {index of sub_alarm (state)};
ALTER TABLE sub_alarm DROP COLUMN state;
