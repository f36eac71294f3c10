/*
 * The configuration reader over any text: it must end, and stay within its memory.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "conf/oslo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct oslo_config *config)
{
    static const char *const sections[] = {"DEFAULT", "s"};
    static const char *const keys[] = {"a", "b", "password"};
    struct err err = ERR_INIT;

    oslo_config_set_default(config, "s", "i", OSLO_INT, "5");
    oslo_config_set_default(config, "s", "t", OSLO_BOOL, "$b");
    oslo_config_set_old_name(config, "s", "a", "DEFAULT", "o");
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 3; k++) {
            char *text = NULL;
            bool truth;
            int64_t number;

            oslo_config_get_string(config, sections[s], keys[k], NULL, &text, &err);
            free(text);
            oslo_config_get_bool(config, sections[s], keys[k], false, &truth, &err);
            oslo_config_get_int(config, sections[s], keys[k], -5, 5, 0, &number, &err);
            oslo_config_origin(config, sections[s], keys[k]);
        }
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct oslo_config *config = oslo_config_new_from_text("x", (const char *)data, size, &err);

    if (config)
        read_all(config);
    oslo_config_free(config);
    err_release(&err);
    return 0;
}
