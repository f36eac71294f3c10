/*
 * The URL of the API's MySQL database, from the API's configuration.
 *
 * It is [database] url where that older key is set, else [database] connection; the API prefers
 * `url` in the same way. oslo.db's connection_parameters are added to it.
 */
#ifndef CONF_API_H
#define CONF_API_H

#include "base/err.h"
#include "base/strvec.h"

/*
 * Reads the URL as text; the caller frees it. On an error it is NULL.
 *
 * Reads the files of a command line, and the default ones of a kind that the command line doesn't
 * name (oslo_config_resolve()): those of the project monasca and the program monasca-api, formerly
 * api, and api-config before that. ERR_CONFIG where no file sets the URL. No message holds the URL.
 */
int api_connection_load(const struct strvec *files, const struct strvec *dirs, char **ret_url,
                        struct err *err);

#endif
