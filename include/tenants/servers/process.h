/*
 * The process of an InfluxDB 1.x on this machine, as Linux shows it under /proc: what it may take,
 * and what it has.
 *
 * Only root and the user of the process may see all that.
 */
#ifndef TENANTS_SERVERS_PROCESS_H
#define TENANTS_SERVERS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "influx/shard_stats.h"

struct process {
    pid_t pid;
    int64_t descriptors, descriptors_most; /* open now; the soft limit */
    int64_t maps, maps_most;               /* now; vm.max_map_count */
    int64_t memory_bytes;                  /* resident */
    int64_t
        memory_most; /* that, and what the machine (or its control group) has left; 0: not known */
    enum influx_index index; /* of new shards: its environment, configuration or files tell */
};

/* Finds the influxd that listens at the port of the URL. False where the URL isn't of this machine,
 * where something else listens there (a proxy), or where the process can't be looked at. */
bool process_find(struct process *process, const char *url);

/* What a process that was found has open now, and its memory maps. False where it is gone. */
bool process_use(pid_t pid, int64_t *ret_descriptors, int64_t *ret_maps);

/* How much room the disk has under a folder that the process names; 0: not known. */
int64_t process_disk_free(const struct process *process, const char *folder);

#endif
