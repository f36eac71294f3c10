#include "conf/persister.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/api.h"

/* A directory of the test's own, which is also the home directory; tear_down() removes it. */
struct place {
    char dir[64];
    struct strvec files; /* written by the test; tear_down() removes them */
    struct strvec words; /* --config-file FILE and the like */
    struct persister_settings settings;
    struct err err;
};

static int set_up(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));

    strcpy(place->dir, "/tmp/test_persister.XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    setenv("HOME", place->dir, 1);
    unsetenv("SNAP");
    unsetenv("SNAP_COMMON");
    place->files = place->words = (struct strvec)STRVEC_INIT;
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    for (size_t i = place->files.nr; i-- > 0;)
        remove(place->files.v[i]);
    assert_int_equal(rmdir(place->dir), 0);
    strvec_release(&place->files);
    strvec_release(&place->words);
    persister_settings_release(&place->settings);
    err_release(&place->err);
    free(place);
    return 0;
}

/* Writes a file below the place's directory, and returns its path. */
static const char *write_file(struct place *place, const char *name, const char *text)
{
    char *path;
    FILE *file;

    strvec_pushf(&place->files, "%s/%s", place->dir, name);
    path = place->files.v[place->files.nr - 1];
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void make_directory(struct place *place, const char *name)
{
    strvec_pushf(&place->files, "%s/%s", place->dir, name);
    assert_int_equal(mkdir(place->files.v[place->files.nr - 1], 0755), 0);
}

static void name(struct place *place, const char *option, const char *path)
{
    strvec_push(&place->words, option);
    strvec_push(&place->words, path);
}

static int load(struct place *place)
{
    return persister_settings_load(&place->settings, &place->words, &place->err);
}

static void load_text(struct place *place, const char *text)
{
    name(place, "--config-file", write_file(place, "a.conf", text));
    if (load(place) < 0)
        fail_msg("%s", place->err.message);
}

static void assert_error(struct place *place, const char *text, const char *part)
{
    name(place, "--config-file", write_file(place, "a.conf", text));
    assert_int_equal(load(place), -1);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, part);
    assert_has(place->err.message, "/a.conf");
}

static void assert_log_path(const char *below_default, const char *path)
{
    void *state;
    struct place *place;
    struct strbuf text = STRBUF_INIT;

    set_up(&state);
    place = state;
    strbuf_addf(&text, "[influxdb]\nip_address = h\n[DEFAULT]\n%s", below_default);
    load_text(place, text.buf);
    if (path)
        assert_string_equal(place->settings.log_path, path);
    else
        assert_null(place->settings.log_path);
    strbuf_release(&text);
    tear_down(&state);
}

static void assert_logged_path(struct place *place, const char *logging, const char *path)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text,
                "[DEFAULT]\nlog_file = /unused\nlog_config_append = %s\n[influxdb]\n"
                "ip_address = h\n",
                write_file(place, "logging.conf", logging));
    log_set_quiet(1);
    load_text(place, text.buf);
    log_set_quiet(0);
    if (path)
        assert_string_equal(place->settings.log_path, path);
    else
        assert_null(place->settings.log_path);
    strbuf_release(&text);
}

static void defaults(void **state)
{
    struct place *place = *state;

    load_text(place, "[influxdb]\nip_address = 10.0.0.1\n");
    assert_string_equal(place->settings.database_name, "mon");
    assert_string_equal(place->settings.ip_address, "10.0.0.1");
    assert_int_equal(place->settings.port, 8086);
    assert_false(place->settings.ssl);
    assert_false(place->settings.verify_ssl);
    assert_string_equal(place->settings.user, "mon_persister");
    assert_null(place->settings.password);
    assert_false(place->settings.db_per_tenant);
    assert_int_equal(place->settings.default_retention_hours, 0);
    assert_int_equal(place->settings.batch_size, 10000);
    assert_false(place->settings.debug);
    assert_null(place->settings.log_path);
}

static void all_keys(void **state)
{
    struct place *place = *state;

    load_text(place, "[DEFAULT]\ndebug = yes\n[influxdb]\nip_address = ::1\nport = 18_086\n"
                     "ssl = on\nverify_ssl = 1\nuser = u\npassword = \"p#a;s$$\"\n"
                     "db_per_tenant = True\ndefault_retention_hours = 336\nbatch_size = 5\n"
                     "database_name = metrics\n");
    assert_string_equal(place->settings.database_name, "metrics");
    assert_string_equal(place->settings.ip_address, "::1");
    assert_int_equal(place->settings.port, 18086);
    assert_true(place->settings.ssl);
    assert_true(place->settings.verify_ssl);
    assert_string_equal(place->settings.user, "u");
    assert_string_equal(place->settings.password, "p#a;s$");
    assert_true(place->settings.db_per_tenant);
    assert_int_equal(place->settings.default_retention_hours, 336);
    assert_int_equal(place->settings.batch_size, 5);
    assert_true(place->settings.debug);
}

static void no_address(void **state)
{
    assert_error(*state, "[influxdb]\nport = 1\n", "[influxdb] ip_address is missing");
}

static void empty_address(void **state)
{
    assert_error(*state, "[influxdb]\nport = 1\nip_address =\n",
                 "line 3: [influxdb] ip_address: the value is empty");
}

static void wrong_port(void **state)
{
    assert_error(*state, "[influxdb]\nip_address = h\nport = 65536\n",
                 "line 3: [influxdb] port: '65536' is wrong; allowed are whole numbers from 1 to "
                 "65535");
}

static void wrong_bool(void **state)
{
    assert_error(*state, "[influxdb]\nip_address = h\nssl = maybe\n",
                 "line 3: [influxdb] ssl: 'maybe' is wrong; allowed are true, 1, on and yes");
}

static void retention_too_long(void **state)
{
    assert_error(*state, "[influxdb]\nip_address = h\ndefault_retention_hours = 2562048\n",
                 "whole numbers up to 2562047");
}

static void numbers_below_one(void **state)
{
    struct place *place = *state;

    load_text(place, "[influxdb]\nip_address = h\ndefault_retention_hours = -1\nbatch_size = -5\n");
    assert_int_equal(place->settings.default_retention_hours, -1);
    assert_int_equal(place->settings.batch_size, -5);
}

static void password_unseen(void **state)
{
    struct place *place = *state;

    assert_error(place, "[influxdb]\nip_address = h\npassword = pa$hunter2\n", "password");
    assert_null(strstr(place->err.message, "hunter2"));
    assert_null(strstr(place->err.hint, "hunter2"));
}

static void password_put_in(void **state)
{
    struct place *place = *state;

    assert_error(place, "[influxdb]\nip_address = h\npassword = hunter2\nport = $password\n",
                 "line 4: [influxdb] port: the value is wrong");
    assert_null(strstr(place->err.message, "hunter2"));
}

static void parse_error_unseen(void **state)
{
    struct place *place = *state;

    assert_error(place, "[influxdb]\nip_address = h\nhunter2\n", "line 3");
    assert_null(strstr(place->err.message, "hunter2"));
}

static void kept_on_error(void **state)
{
    struct place *place = *state;

    load_text(place, "[influxdb]\nip_address = first\n");
    name(place, "--config-file", write_file(place, "b.conf", "[influxdb]\nport = x\n"));
    assert_int_equal(load(place), -1);
    assert_string_equal(place->settings.ip_address, "first");
}

static void missing_file(void **state)
{
    struct place *place = *state;

    name(place, "--config-file", "/nowhere/persister.conf");
    assert_int_equal(load(place), -1);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "/nowhere/persister.conf");
}

static void missing_dir(void **state)
{
    struct place *place = *state;

    name(place, "--config-dir", "/nowhere");
    assert_int_equal(load(place), -1);
    assert_int_equal(place->err.code, ERR_CONFIG);
}

/* A machine with a persister of its own has a configuration: there the test can't see none found.
 */
static void nothing_anywhere(void **state)
{
    struct place *place = *state;

    if (access("/etc/monasca", F_OK) == 0 || access("/etc/persister.conf", F_OK) == 0)
        skip();
    assert_int_equal(load(place), -1);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "monasca-persister.conf or persister.conf");
    assert_has(place->err.message, place->dir);
    assert_has(place->err.message, "/etc/monasca");
    assert_has(place->err.hint, "--config-file");
}

static void default_place(void **state)
{
    struct place *place = *state;

    make_directory(place, ".monasca");
    write_file(place, ".monasca/monasca-persister.conf", "[influxdb]\nip_address = right\n");
    write_file(place, "monasca-persister.conf", "[influxdb]\nip_address = wrong\n");
    write_file(place, "persister.conf", "[influxdb]\nip_address = older\n");
    assert_int_equal(load(place), 0);
    assert_string_equal(place->settings.ip_address, "right");
}

static void project_file(void **state)
{
    struct place *place = *state;

    write_file(place, "monasca.conf", "[influxdb]\nip_address = project\nport = 1\n");
    write_file(place, "monasca-persister.conf", "[influxdb]\nport = 2\n");
    assert_int_equal(load(place), 0);
    assert_string_equal(place->settings.ip_address, "project");
    assert_int_equal(place->settings.port, 2);
}

static void drop_in_below_file(void **state)
{
    struct place *place = *state;

    make_directory(place, "monasca.conf.d");
    write_file(place, "monasca.conf.d/1.conf", "[influxdb]\nport = 1\nuser = drop-in\n");
    load_text(place, "[influxdb]\nip_address = h\nport = 2\n");
    assert_int_equal(place->settings.port, 2);
    assert_string_equal(place->settings.user, "drop-in");
}

/* The persister looks into no folder of its own name, whatever oslo.config's manual says. */
static void drop_in_never_read(void **state)
{
    struct place *place = *state;

    make_directory(place, "monasca-persister.conf.d");
    write_file(place, "monasca-persister.conf.d/1.conf", "[influxdb]\nuser = wrong\n");
    make_directory(place, "persister.conf.d");
    write_file(place, "persister.conf.d/1.conf", "[influxdb]\nuser = wrong\n");
    load_text(place, "[influxdb]\nip_address = h\n");
    assert_string_equal(place->settings.user, "mon_persister");
}

static void order_of_words(void **state)
{
    struct place *place = *state;
    const char *file = write_file(place, "a.conf", "[influxdb]\nip_address = h\nport = 1\n");
    char dir[128];

    make_directory(place, "d");
    write_file(place, "d/x.conf", "[influxdb]\nport = 2\nuser = in-folder\n");
    snprintf(dir, sizeof(dir), "%s/d", place->dir);
    name(place, "--config-dir", dir);
    name(place, "--config-file", file);
    assert_int_equal(load(place), 0);
    assert_int_equal(place->settings.port, 1);
    assert_string_equal(place->settings.user, "in-folder");
    name(place, "--config-dir", dir);
    assert_int_equal(load(place), 0);
    assert_int_equal(place->settings.port, 2);
}

static void home_in_path(void **state)
{
    struct place *place = *state;

    write_file(place, "x.conf", "[influxdb]\nip_address = h\n");
    name(place, "--config-file", "~/x.conf");
    assert_int_equal(load(place), 0);
}

static void log_paths(void **state)
{
    (void)state;
    assert_log_path("", NULL);
    assert_log_path("log_file = p.log\n", "p.log");
    assert_log_path("log_file = p.log\nlog_dir = /var/log\n", "/var/log/p.log");
    assert_log_path("log_file = /x/p.log\nlog_dir = /var/log\n", "/x/p.log");
    assert_log_path("log_dir = /var/log\n", "/var/log/monasca-persister.log");
    assert_log_path("log_dir = /var/log/\n", "/var/log/monasca-persister.log");
    assert_log_path("log_file =\nlog_dir = /var/log\n", "/var/log/monasca-persister.log");
    assert_log_path("logfile = old.log\nlogdir = /var/log\n", "/var/log/old.log");
}

static void logging_file(void **state)
{
    assert_logged_path(*state,
                       "[loggers]\nkeys = root\n\n[handlers]\nkeys = console, file\n\n"
                       "[logger_root]\nlevel = DEBUG\nhandlers = console, file\n\n"
                       "[handler_console]\nclass = logging.StreamHandler\nargs = (sys.stderr,)\n\n"
                       "[handler_file]\nclass = logging.handlers.RotatingFileHandler\n"
                       "# store up to 5*100MB of logs\n"
                       "args = ('/var/log/monasca/persister.log', 'a', 104857600, 5)\n",
                       "/var/log/monasca/persister.log");
}

static void logging_file_classes(void **state)
{
    static const char *const classes[] = {"FileHandler", "logging.FileHandler",
                                          "handlers.WatchedFileHandler",
                                          "logging.handlers.TimedRotatingFileHandler"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        void *inner;
        struct strbuf text = STRBUF_INIT;

        set_up(&inner);
        strbuf_addf(&text, "[handlers]\nkeys=f\n[handler_f]\nargs=(\"/x.log\",)\nclass=%s\n",
                    classes[i]);
        assert_logged_path(inner, text.buf, "/x.log");
        strbuf_release(&text);
        tear_down(&inner);
    }
}

static void logging_file_without(void **state)
{
    assert_logged_path(*state, "[handlers]\nkeys=c\n[handler_c]\nclass=StreamHandler\nargs=()\n",
                       NULL);
}

static void logging_file_expression(void **state)
{
    assert_logged_path(*state,
                       "[handlers]\nkeys=f\n[handler_f]\nclass=FileHandler\n"
                       "args=(os.path.join('/var', 'x.log'),)\n",
                       NULL);
}

static void logging_file_broken(void **state)
{
    assert_logged_path(*state, "[handlers]\nthis is no line of it\n", NULL);
}

static void logging_file_missing(void **state)
{
    struct place *place = *state;

    name(place, "--config-file",
         write_file(place, "a.conf",
                    "[DEFAULT]\nlog_config_append = /nowhere/logging.conf\n[influxdb]\n"
                    "ip_address = h\n"));
    assert_int_equal(load(place), -1);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "/nowhere/logging.conf");
}

static char *connection(struct place *place, const char *text)
{
    char *url = NULL;

    if (text)
        name(place, "--config-file", write_file(place, "a.conf", text));
    api_connection_load(&place->words, &url, &place->err);
    return url;
}

static void connection_found(void **state)
{
    char *url = connection(*state, "[database]\nconnection = 'mysql://u:p#w@h/mon?charset=utf8'\n");

    assert_string_equal(url, "mysql://u:p#w@h/mon?charset=utf8");
    free(url);
}

static void connection_by_older_key(void **state)
{
    char *url = connection(*state, "[database]\nconnection =\nurl = older\n");

    assert_string_equal(url, "older");
    free(url);
}

static void connection_beside_older_key(void **state)
{
    char *url = connection(*state, "[database]\nurl = older\nconnection = new\n");

    assert_string_equal(url, "new");
    free(url);
}

static void connection_without_parameters(void **state)
{
    struct place *place = *state;

    assert_null(connection(place, "[database]\nconnection = mysql://u@h/mon\n"
                                  "connection_parameters = $nowhere\n"));
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "connection_parameters");
}

static void connection_missing(void **state)
{
    struct place *place = *state;

    assert_null(connection(place, "[database]\nurl =\n"));
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "a.conf: [database] connection is missing");
    assert_has(place->err.hint, "--connection");
}

static void connection_default_place(void **state)
{
    struct place *place = *state;
    char *url;

    write_file(place, "api.conf", "[database]\nconnection = older\n");
    url = connection(place, NULL);
    assert_string_equal(url, "older");
    free(url);
    write_file(place, "api-config.conf", "[database]\nconnection = read last\n");
    url = connection(place, NULL);
    assert_string_equal(url, "read last");
    free(url);
    make_directory(place, "monasca-api.conf.d");
    write_file(place, "monasca-api.conf.d/x.conf", "[database]\nconnection = never read\n");
    url = connection(place, NULL);
    assert_string_equal(url, "read last");
    free(url);
    make_directory(place, "api.conf.d");
    write_file(place, "api.conf.d/x.conf", "[database]\nconnection = from api.conf.d\n");
    url = connection(place, NULL);
    assert_string_equal(url, "from api.conf.d");
    free(url);
    assert_int_equal(remove(place->files.v[place->files.nr - 1]), 0);
    write_file(place, "monasca-api.conf", "[database]\nconnection = present\n");
    url = connection(place, NULL);
    assert_string_equal(url, "present");
    free(url);
}

#define PLACE_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST("settings have their defaults", defaults),
        PLACE_TEST("every key is read", all_keys),
        PLACE_TEST("a missing address is an error that names file and section", no_address),
        PLACE_TEST("an empty address is an error that names the line", empty_address),
        PLACE_TEST("a port out of range is an error that says what is allowed", wrong_port),
        PLACE_TEST("a wrong boolean is an error that says what is allowed", wrong_bool),
        PLACE_TEST("a retention beyond the range of time is an error", retention_too_long),
        PLACE_TEST("no part of a password is in a message about it", password_unseen),
        PLACE_TEST("no password is in a message about what it was put into", password_put_in),
        PLACE_TEST("no part of a line is in a message about its grammar", parse_error_unseen),
        PLACE_TEST("an error leaves the settings as they were", kept_on_error),
        PLACE_TEST("a file that is named and missing is an error", missing_file),
        PLACE_TEST("a directory that is named and missing is an error", missing_dir),
        PLACE_TEST("no configuration anywhere is an error that names the places", nothing_anywhere),
        PLACE_TEST("the first of the default places that has the file wins", default_place),
        PLACE_TEST("the project's file is read before the program's", project_file),
        PLACE_TEST("a drop-in directory counts beneath a named file", drop_in_below_file),
        PLACE_TEST("no drop-in directory of the persister's own name is read", drop_in_never_read),
        PLACE_TEST("files and directories that are named count in their order", order_of_words),
        PLACE_TEST("a leading ~ is the home directory", home_in_path),
        PLACE_TEST("the log file is found as oslo.log does", log_paths),
        PLACE_TEST("a logging file's file handler names the log", logging_file),
        PLACE_TEST("all of Python's file handlers count", logging_file_classes),
        PLACE_TEST("a logging file without a file handler names none", logging_file_without),
        PLACE_TEST("an expression in a logging file is not understood", logging_file_expression),
        PLACE_TEST("a broken logging file names no log", logging_file_broken),
        PLACE_TEST("a missing logging file is an error", logging_file_missing),
        PLACE_TEST("the connection is what stands there, without its quotes", connection_found),
        PLACE_TEST("no URL is given where its parameters can't be read",
                   connection_without_parameters),
        PLACE_TEST("negative hours and batches are taken, as by the persister", numbers_below_one),
        PLACE_TEST("the older key of the connection counts where the other is empty",
                   connection_by_older_key),
        PLACE_TEST("the connection wins over its older key", connection_beside_older_key),
        PLACE_TEST("a missing connection is an error with a hint", connection_missing),
        PLACE_TEST("the API's file has had three names", connection_default_place),
    };

    return cmocka_run_group_tests_name("conf/persister", tests, NULL, NULL);
}
