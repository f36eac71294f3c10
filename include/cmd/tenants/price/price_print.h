/*
 * The price of a plan: as text for a person, as JSON for programs, and as the reason why a run
 * doesn't begin.
 */
#ifndef CMD_TENANTS_PRICE_PRICE_PRINT_H
#define CMD_TENANTS_PRICE_PRICE_PRINT_H

#include <jansson.h>

#include "base/err.h"
#include "base/strvec.h"
#include "tenants/plan/price.h"
#include "tenants/plan/settings.h"

/* A line for each server that has a price, or a table where that comes near a limit. */
void price_print_text(const struct price *price, const struct settings *settings);
/* A list of objects; the reference is the caller's. */
json_t *price_json(const struct price *price, const struct settings *settings);

/* ERR_CONFIG where the run doesn't fit: the figures, and in the hint what mends it. */
int price_check(const struct price *price, const struct settings *settings, struct err *err);
/* Adds a warning for each server that gets longer shard groups than its own, whose limits aren't
 * known and matter, whose disk may become full, or whose limits won't do in a week. */
void price_warnings(const struct price *price, const struct settings *settings,
                    struct strvec *warnings);

#endif
