/*
 * `tenants plan --spread`: makes the map of a spread, and writes it to standard output or a file.
 */
#ifndef CMD_TENANTS_SPREAD_SPREAD_OUT_H
#define CMD_TENANTS_SPREAD_SPREAD_OUT_H

#include <jansson.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "tenants/delta.h"
#include "tenants/plan/settings.h"
#include "tenants/spread/spread.h"

struct spread_out {
    struct spread spread;
    struct strbuf map;
};
#define SPREAD_OUT_INIT                                                                            \
    {                                                                                              \
        .map = STRBUF_INIT                                                                         \
    }
void spread_out_release(struct spread_out *out);

/* Spreads the tenants of a delta that was read, and gives the settings their routes: the plan is
 * then that of a run with the map. `settings` are the delta's. */
int spread_out_make(struct spread_out *out, struct settings *settings, struct delta *delta,
                    bool count, struct err *err);

/*
 * Writes the map to a file, as a whole or not at all. ERR_CONFIG where a file is there, unless it
 * holds the same map already, or is the one of --target-map (`map_path`, may be NULL): its tenants
 * keep their places.
 */
int spread_out_write(const struct spread_out *out, const char *path, const char *map_path,
                     struct err *err);

/* Prints the map; where it went into a file, which server got how much. */
void spread_out_print(const struct spread_out *out, const char *path);
/* `path` may be NULL. The reference is the caller's. */
json_t *spread_out_json(const struct spread_out *out, const char *path);

#endif
