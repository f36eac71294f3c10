/*
 * The map of a spread, as text: a head that says what it is and how the servers are balanced, then
 * the map that was there, then a section for each tenant that got a place.
 *
 * Lines of the head begin with SPREAD_HEAD. The next spread leaves them out of the map that was
 * there; all other lines stay as they are, comments too.
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_SPREAD_SPREAD_MAP_H
#define TENANTS_SPREAD_SPREAD_MAP_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "tenants/plan/settings.h"
#include "tenants/spread/spread.h"

#define SPREAD_HEAD "#~ "

/* Appends the map. `there` is the text of the map that was there, or empty. `settings` are those
 * before spread_apply(). */
void spread_map_add(struct strbuf *text, const struct spread *spread,
                    const struct settings *settings, const char *there);

/* Are two maps the same but for their heads? */
bool spread_map_is_same(const char *a, const char *b);

/* Adds what a server will have: "4 tenants (1 placed before), 12 measurements, ...". */
void spread_map_add_balance(struct strbuf *text, const struct spread *spread, size_t server);

#endif
