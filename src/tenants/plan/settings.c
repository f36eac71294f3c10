#include "tenants/plan/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/local.h"

/* monasca-persister writes the tenant of alarm history in a tag of another name than that of
 * metrics. No other measurement differs. */
static const char alarm_history[] = "alarm_state_history";

static void regexes_release(struct settings_regexes *list)
{
    for (size_t i = 0; i < list->count; i++)
        regex_free(list->items[i]);
    free(list->items);
    *list = (struct settings_regexes){0};
}

void settings_release(struct settings *settings)
{
    free(settings->database);
    free(settings->url);
    free(settings->user);
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    for (size_t i = 0; i < settings->server_count; i++)
        settings_server_release(&settings->servers[i]);
    free(settings->servers);
    for (size_t i = 0; i < settings->mapped.count; i++)
        free(settings->routes[i].database);
    free(settings->routes);
    for (size_t i = 0; i < settings->spread_count; i++) {
        free(settings->spread[i].url);
        free(settings->spread[i].keys);
    }
    free(settings->spread);
    free(settings->map_path);
    names_release(&settings->mapped);
    names_release(&settings->mapped_databases);
    retention_rules_release(&settings->retention);
    regexes_release(&settings->skip);
    regexes_release(&settings->measurements);
    strvec_release(&settings->tenants);
    strvec_release(&settings->extra_tags);
    free(settings->state_dir);
    strvec_release(&settings->tags);
    strvec_release(&settings->metric_tags);
    strvec_release(&settings->history_tags);
    *settings = (struct settings){0};
}

bool settings_compresses(const struct settings *settings, const char *url)
{
    return settings->gzip == GZIP_ON || (settings->gzip == GZIP_AUTO && !local_url(url));
}

int64_t settings_unit_ns(const char *unit)
{
    return *unit == 'h' ? CLOCK_HOUR_NS : *unit == 'd' ? CLOCK_DAY_NS : CLOCK_WEEK_NS;
}

const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement)
{
    return strcmp(measurement, alarm_history) == 0 ? &settings->history_tags
                                                   : &settings->metric_tags;
}
