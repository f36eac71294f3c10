#include "conf/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/oslo.h"

static const char *const former[] = {"api", "api-config", NULL};
/* monasca_db still calls itself api. */
static const char *const folders[] = {"monasca", "api", NULL};

const struct oslo_service api_service = {"monasca", "monasca-api", former, folders};

/* oslo.db's former names of [database] connection. */
static const struct {
    const char *section;
    const char *key;
} old_names[] = {
    {"DEFAULT", "sql_connection"},
    {"database", "sql_connection"},
    {"sql", "connection"},
};

/* The first key that is set wins. An empty value counts as none. */
static int get_url(struct oslo_config *config, char **ret_url, struct err *err)
{
    static const char *const keys[] = {"connection", "url"};

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (oslo_config_get_string(config, "database", keys[i], "", ret_url, err) < 0)
            return -1;
        if (**ret_url)
            return 0;
        free(*ret_url);
        *ret_url = NULL;
    }
    return 0;
}

/* oslo.db adds `connection_parameters` to the URL, and keys of TLS may stand there. */
static int add_parameters(struct oslo_config *config, char **url, struct err *err)
{
    struct strbuf whole = STRBUF_INIT;
    char *parameters = NULL;

    if (oslo_config_get_string(config, "database", "connection_parameters", "", &parameters, err) <
        0)
        return -1;
    if (*parameters) {
        strbuf_addf(&whole, "%s%s%s", *url, strchr(*url, '?') ? "&" : "?", parameters);
        free(*url);
        *url = strbuf_detach(&whole);
    }
    free(parameters);
    return 0;
}

void api_declare(struct oslo_config *config)
{
    oslo_config_set_default(config, "database", "connection", OSLO_STRING, NULL);
    oslo_config_set_default(config, "database", "url", OSLO_STRING, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(old_names); i++)
        oslo_config_set_old_name(config, "database", "connection", old_names[i].section,
                                 old_names[i].key);
}

int api_connection_load(const struct strvec *words, char **ret_url, struct err *err)
{
    struct strvec all = STRVEC_INIT;
    struct oslo_config *config = NULL;
    int rc = -1;

    *ret_url = NULL;
    if (oslo_config_resolve(&api_service, words, &all, err) < 0) {
        err_hint(err, "name one by --config-file FILE, or the database by --connection URL");
        goto out;
    }
    config = oslo_config_new(&all, err);
    if (!config)
        goto out;
    api_declare(config);
    if (get_url(config, ret_url, err) < 0)
        goto out;
    if (!*ret_url) {
        err_set(err, ERR_CONFIG, "%s: [database] connection is missing", all.v[all.nr - 1]);
        err_hint(err, "set it there, name another file by --config-file, or the database by "
                      "--connection URL");
        goto out;
    }
    rc = add_parameters(config, ret_url, err);
out:
    if (rc < 0) {
        free(*ret_url);
        *ret_url = NULL;
    }
    oslo_config_free(config);
    strvec_release(&all);
    return rc;
}
