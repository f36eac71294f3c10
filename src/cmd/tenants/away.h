/*
 * Telling of servers that are away while others are served.
 */
#ifndef CMD_TENANTS_AWAY_H
#define CMD_TENANTS_AWAY_H

#include <jansson.h>

#include "base/strbuf.h"
#include "tenants/servers/servers.h"

/* Logs which servers went away or came back since the last call. */
void tenants_tell_servers(struct servers *servers);

/* Adds a line to a summary for each server that is away. `done` ("copied") names the work that
 * its tenants still wait for. */
void tenants_add_away(struct strbuf *text, const struct servers *servers, const char *done);
/* Adds "; InfluxDB at http://10.0.0.1:8086 is away (3 tenants)" for each such server. */
void tenants_add_away_briefly(struct strbuf *text, const struct servers *servers);
/* The servers that are away, as a list of objects. The reference is the caller's. */
json_t *tenants_away_json(const struct servers *servers);

#endif
