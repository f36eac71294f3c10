/*
 * Telling of servers that are away while others are served.
 */
#ifndef CMD_TENANTS_AWAY_H
#define CMD_TENANTS_AWAY_H

#include <jansson.h>

#include "base/strbuf.h"
#include "tenants/servers/servers.h"

/* Logs who is away or back since it was told last. */
void tenants_tell_servers(struct servers *servers);

/* For a summary: a line for each that is away, with `done` ("copied") as what isn't done for its
 * tenants. Nothing where none is. */
void tenants_add_away(struct strbuf *text, const struct servers *servers, const char *done);
/* For a line: "; InfluxDB at http://10.0.0.1:8086 is away (3 tenants)". */
void tenants_add_away_briefly(struct strbuf *text, const struct servers *servers);
/* A list of objects; the caller's reference. */
json_t *tenants_away_json(const struct servers *servers);

#endif
