#include "oslo_options.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define PLACE(member) offsetof(struct oslo_options, member)
#define VALUE(name, member, argument)                                                              \
    {                                                                                              \
        name, 0, OPTION_STRING, PLACE(member), argument, "", 0, 0, NULL, NULL                      \
    }
#define FLAG(name, member)                                                                         \
    {                                                                                              \
        name, 0, OPTION_FLAG, PLACE(member), NULL, "", 0, 0, NULL, NULL                            \
    }

/* The options of oslo.log 4.4, the last version before some were removed. --debug and --log-file
 * are missing here, since all commands have them. */
const struct option oslo_options_table[] = {
    FLAG("nodebug", off),
    VALUE("log-dir", log_dir, "DIR"),
    VALUE("logdir", log_dir, "DIR"),
    VALUE("logfile", log_file, "FILE"),
    VALUE("log-config-append", log_config, "FILE"),
    VALUE("log-config", log_config, "FILE"),
    VALUE("log_config", log_config, "FILE"),
    VALUE("log-date-format", value, "FORMAT"),
    VALUE("syslog-log-facility", value, "FACILITY"),
    FLAG("use-syslog", ignored),
    FLAG("nouse-syslog", off),
    FLAG("use-journal", ignored),
    FLAG("nouse-journal", off),
    FLAG("use-json", ignored),
    FLAG("nouse-json", off),
    FLAG("watch-log-file", off),
    FLAG("nowatch-log-file", off),
    OPTION_END,
};

void oslo_options_apply(const struct oslo_options *options, struct common_options *common,
                        const char *program, char **ret_path)
{
    struct strbuf path = STRBUF_INIT;

    *ret_path = NULL;
    if (options->log_file)
        common->log_file = options->log_file;
    if (options->log_dir && (!common->log_file || common->log_file[0] != '/')) {
        strbuf_addf(&path, "%s/%s%s", options->log_dir,
                    common->log_file ? common->log_file : program, common->log_file ? "" : ".log");
        *ret_path = strbuf_detach(&path);
        common->log_file = *ret_path;
    }
    /* The environment wins over the files, as in oslo.config. */
    if (options->log_config)
        setenv("OS_DEFAULT__LOG_CONFIG_APPEND", options->log_config, 1);
    if (options->ignored || options->value)
        log_warning("syslog, the journal of systemd, JSON logs and date formats mean nothing here");
    strbuf_release(&path);
}
