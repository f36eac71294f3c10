/*
 * What the servers of targets have and may take: the facts behind a plan's price.
 *
 * A server says how many shards it has open. It can't be asked for its limits: where its process is
 * on this machine, Linux tells them (servers/process.h). Else they are what an option or the target
 * map tells, or the defaults of influxd's unit.
 */
#ifndef TENANTS_SERVERS_LIMITS_H
#define TENANTS_SERVERS_LIMITS_H

#include "base/err.h"
#include "tenants/plan/price.h"
#include "tenants/servers/servers.h"

/*
 * Fills `facts`, one for each server, for those of InfluxDB 1.x to which the plan copies something:
 * a request for each, and one for the source. A server that doesn't tell is taken to have nothing.
 * -1 after a stop signal, and ERR_CONNECT where a server of --spread doesn't tell.
 */
int limits_read(struct price_server *facts, const struct plan *plan, struct servers *servers,
                struct err *err);

#endif
