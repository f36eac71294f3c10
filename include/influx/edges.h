/*
 * The oldest and the newest point of a source, over all policies that its catalogue has read.
 *
 * The newest is the newest that isn't ahead of the server's clock: a point of next year says
 * nothing about whether somebody writes today.
 */
#ifndef INFLUX_EDGES_H
#define INFLUX_EDGES_H

#include "base/err.h"
#include "influx/catalogue.h"
#include "influx/client.h"

/* Sets oldest_ns and newest_ns of a catalogue of `database`, and of its policies. Looks into one
 * shard group after the other until there is a point. Errors: as influx_query_run(). */
int edges_read(struct catalogue *catalogue, struct influx_client *client, const char *database,
               struct err *err);

#endif
