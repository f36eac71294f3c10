/*
 * The persister's keys that mean nothing here, with their defaults, as its last release (2023.1)
 * and oslo.log register them. A value of ours may name them behind a dollar sign. Keys whose values
 * are lists are left out: oslo.config puts in a list as Python prints it.
 */
#include "conf/persister.h"

#define OTHER(section, key, type, value)                                                           \
    {                                                                                              \
        section, #key, type, value, 0, 0, 0                                                        \
    }

/* Keys of the section of a topic, which are those of [kafka] where the file has none. */
#define AS_IN_KAFKA(section)                                                                       \
    OTHER(section, consumer_id, OSLO_STRING, "$kafka.consumer_id"),                                \
        OTHER(section, client_id, OSLO_STRING, "$kafka.client_id"),                                \
        OTHER(section, max_wait_time_seconds, OSLO_INT, "$kafka.max_wait_time_seconds"),           \
        OTHER(section, fetch_size_bytes, OSLO_INT, "$kafka.fetch_size_bytes"),                     \
        OTHER(section, buffer_size, OSLO_INT, "$kafka.buffer_size"),                               \
        OTHER(section, max_buffer_size, OSLO_INT, "$kafka.max_buffer_size"),                       \
        OTHER(section, num_processors, OSLO_INT, "$kafka.num_processors"),                         \
        OTHER(section, legacy_kafka_client_enabled, OSLO_BOOL,                                     \
              "$kafka.legacy_kafka_client_enabled")

const struct persister_option persister_others[] = {
    OTHER("DEFAULT", log_date_format, OSLO_STRING, "%Y-%m-%d %H:%M:%S"),
    OTHER("DEFAULT", watch_log_file, OSLO_BOOL, "false"),
    OTHER("DEFAULT", use_syslog, OSLO_BOOL, "false"),
    OTHER("DEFAULT", use_journal, OSLO_BOOL, "false"),
    OTHER("DEFAULT", syslog_log_facility, OSLO_STRING, "LOG_USER"),
    OTHER("DEFAULT", use_json, OSLO_BOOL, "false"),
    OTHER("cassandra", port, OSLO_INT, "8086"),
    OTHER("cassandra", keyspace, OSLO_STRING, "monasca"),
    OTHER("cassandra", user, OSLO_STRING, ""),
    OTHER("cassandra", password, OSLO_STRING, ""),
    OTHER("cassandra", connection_timeout, OSLO_INT, "5"),
    OTHER("cassandra", read_timeout, OSLO_INT, "60"),
    OTHER("cassandra", max_write_retries, OSLO_INT, "1"),
    OTHER("cassandra", max_definition_cache_size, OSLO_INT, "20000000"),
    OTHER("cassandra", retention_policy, OSLO_INT, "45"),
    OTHER("cassandra", consistency_level, OSLO_STRING, "ONE"),
    OTHER("cassandra", local_data_center, OSLO_STRING, NULL),
    OTHER("cassandra", max_batches, OSLO_INT, "250"),
    OTHER("elasticsearch", index_name, OSLO_STRING, "events"),
    OTHER("elasticsearch", sniff_on_start, OSLO_BOOL, "false"),
    OTHER("elasticsearch", sniff_on_connection_fail, OSLO_BOOL, "false"),
    OTHER("elasticsearch", sniffer_timeout, OSLO_INT, NULL),
    OTHER("elasticsearch", max_retries, OSLO_INT, "3"),
    OTHER("kafka", consumer_id, OSLO_STRING, "monasca-persister"),
    OTHER("kafka", client_id, OSLO_STRING, "monasca-persister"),
    OTHER("kafka", max_wait_time_seconds, OSLO_INT, "30"),
    OTHER("kafka", fetch_size_bytes, OSLO_INT, "4096"),
    OTHER("kafka", buffer_size, OSLO_INT, "$kafka.fetch_size_bytes"),
    OTHER("kafka", max_buffer_size, OSLO_INT, "32768"),
    OTHER("kafka", num_processors, OSLO_INT, "1"),
    OTHER("kafka", legacy_kafka_client_enabled, OSLO_BOOL, "false"),
    AS_IN_KAFKA("kafka_alarm_history"),
    OTHER("kafka_alarm_history", enabled, OSLO_BOOL, "true"),
    OTHER("kafka_alarm_history", group_id, OSLO_STRING, "1_alarm-state-transitions"),
    OTHER("kafka_alarm_history", topic, OSLO_STRING, "alarm-state-transitions"),
    OTHER("kafka_alarm_history", zookeeper_path, OSLO_STRING,
          "/persister_partitions/$kafka_alarm_history.topic"),
    OTHER("kafka_alarm_history", batch_size, OSLO_INT, "1"),
    AS_IN_KAFKA("kafka_events"),
    OTHER("kafka_events", enabled, OSLO_BOOL, "false"),
    OTHER("kafka_events", group_id, OSLO_STRING, "1_events"),
    OTHER("kafka_events", topic, OSLO_STRING, "monevents"),
    OTHER("kafka_events", zookeeper_path, OSLO_STRING, "/persister_partitions/$kafka_events.topic"),
    OTHER("kafka_events", batch_size, OSLO_INT, "1"),
    AS_IN_KAFKA("kafka_metrics"),
    OTHER("kafka_metrics", enabled, OSLO_BOOL, "true"),
    OTHER("kafka_metrics", group_id, OSLO_STRING, "1_metrics"),
    OTHER("kafka_metrics", topic, OSLO_STRING, "metrics"),
    OTHER("kafka_metrics", zookeeper_path, OSLO_STRING,
          "/persister_partitions/$kafka_metrics.topic"),
    OTHER("kafka_metrics", batch_size, OSLO_INT, "20000"),
    OTHER("repositories", metrics_driver, OSLO_STRING,
          "monasca_persister.repositories.influxdb.metrics_repository:MetricInfluxdbRepository"),
    OTHER("repositories", alarm_state_history_driver, OSLO_STRING,
          "monasca_persister.repositories.influxdb.alarm_state_history_repository:"
          "AlarmStateHistInfluxdbRepository"),
    OTHER("repositories", events_driver, OSLO_STRING,
          "monasca_persister.repositories.elasticsearch.events_repository:"
          "ElasticSearchEventsRepository"),
    OTHER("repositories", ignore_parse_point_error, OSLO_BOOL, "false"),
    OTHER("zookeeper", partition_interval_recheck_seconds, OSLO_INT, "15"),
    {NULL, NULL, OSLO_STRING, NULL, 0, 0, 0},
};
