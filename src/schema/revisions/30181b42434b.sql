-- revision: 30181b42434b
-- revises: c2f85438d6f3
-- message: Drop the tables of events and streams
-- script: 30181b42

-- upgrade
-- destructive: the event engine, whose tables these are, is gone
DROP TABLE event_transform;
-- destructive: the versions of a tool that nobody runs any more
DROP TABLE schema_migrations;
-- destructive: the event engine's
DROP TABLE stream_actions;
-- destructive: the event engine's
DROP TABLE stream_definition;

-- downgrade
CREATE TABLE stream_definition (
    id varchar(36) NOT NULL,
    tenant_id varchar(36) NOT NULL,
    name varchar(190) NOT NULL DEFAULT '',
    description varchar(255),
    select_by longtext,
    group_by longtext,
    fire_criteria longtext,
    expiration int(10) unsigned DEFAULT 0,
    actions_enabled tinyint(1) NOT NULL DEFAULT 1,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    deleted_at datetime,
    PRIMARY KEY (id),
    KEY created_at (created_at),
    KEY deleted_at (deleted_at),
    KEY name (name),
    KEY tenant_id (tenant_id),
    UNIQUE KEY tenant_name (tenant_id, name),
    KEY updated_at (updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE stream_actions (
    stream_definition_id varchar(36) NOT NULL,
    action_id varchar(36) {charset of notification_method.id} NOT NULL,
    action_type varchar(20) {charset of stream_actions_action_type.name} NOT NULL,
    PRIMARY KEY (stream_definition_id, action_id, action_type),
    KEY action_type (action_type),
    KEY fk_stream_action_notification_method_id (action_id),
    KEY stream_definition_id (stream_definition_id),
    CONSTRAINT fk_stream_action_notification_method_id FOREIGN KEY (action_id)
        REFERENCES notification_method (id) ON DELETE CASCADE,
    CONSTRAINT fk_stream_action_stream_definition_id FOREIGN KEY (stream_definition_id)
        REFERENCES stream_definition (id) ON DELETE CASCADE,
    CONSTRAINT fk_stream_actions_action_type FOREIGN KEY (action_type)
        REFERENCES stream_actions_action_type (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE schema_migrations (
    version varchar(255) NOT NULL,
    UNIQUE KEY unique_schema_migrations (version)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE event_transform (
    id varchar(36) NOT NULL,
    tenant_id varchar(36) NOT NULL,
    name varchar(64) NOT NULL,
    description varchar(250) NOT NULL,
    specification longtext NOT NULL,
    enabled tinyint(1),
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    deleted_at datetime,
    PRIMARY KEY (id),
    KEY created_at (created_at),
    KEY deleted_at (deleted_at),
    KEY name (name),
    KEY tenant_id (tenant_id),
    UNIQUE KEY tenant_name (tenant_id, name),
    KEY updated_at (updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
