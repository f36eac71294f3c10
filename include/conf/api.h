/*
 * The URL of the API's MySQL database, from the API's configuration.
 *
 * It is [database] connection, as monasca_db reads it. The older key `url`, which the API itself
 * read until 2018, counts where no file sets the other. oslo.db's connection_parameters are added.
 */
#ifndef CONF_API_H
#define CONF_API_H

#include "base/err.h"
#include "base/strvec.h"
#include "conf/oslo.h"

/* monasca_db, as a service with default files. */
extern const struct oslo_service api_service;

/* Declares the options of the database's URL. */
void api_declare(struct oslo_config *config);

/*
 * Reads the URL as text; the caller frees it. On an error it is NULL.
 *
 * Reads the files that `words` name, and the default ones (oslo_config_resolve()): those of the
 * project monasca and the program monasca-api, formerly api, and api-config before that, and the
 * folders monasca.conf.d and api.conf.d. ERR_CONFIG where no file sets the URL. No message holds
 * it.
 */
int api_connection_load(const struct strvec *words, char **ret_url, struct err *err);

#endif
