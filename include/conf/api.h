/*
 * Where the API keeps its MySQL database: [database] connection of its configuration, or the older
 * [database] url, which wins where it is set, as in the API; with oslo.db's connection_parameters
 * added.
 */
#ifndef CONF_API_H
#define CONF_API_H

#include "base/err.h"
#include "base/strvec.h"

/*
 * The URL as text, the caller's. Reads the files of a command line, and the default ones where it
 * names none of a kind (oslo_config_resolve()): those of the project monasca and the program
 * monasca-api, formerly api, and api-config before that. ERR_CONFIG where none sets it; no message
 * holds the URL.
 */
int api_connection_load(const struct strvec *files, const struct strvec *dirs, char **ret_url,
                        struct err *err);

#endif
