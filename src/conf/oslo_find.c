/* The search for configuration files follows find_config_files() and _parse_config_files() of
 * oslo_config/cfg.py, and what the config.py of each service calls. */
#include "conf/oslo.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

/* The home directory as Python's expanduser() finds it; NULL: none. Borrowed. */
static const char *home_directory(void)
{
    const char *home = getenv("HOME");
    const struct passwd *user;

    if (home)
        return home;
    user = getpwuid(getuid());
    return user ? user->pw_dir : NULL;
}

/* A copy of `path`, a leading ~ replaced where the home directory is known; the caller frees it. */
static char *expand_home(const char *path)
{
    const char *home = home_directory();
    struct strbuf expanded = STRBUF_INIT;

    if (path[0] != '~' || (path[1] && path[1] != '/') || !home)
        return xstrdup(path);
    strbuf_addf(&expanded, "%s%s", home, path + 1);
    return strbuf_detach(&expanded);
}

/* Adds the directories to search, in oslo.config's order. */
static void list_places(const char *project, const char *home, const char *root,
                        struct strvec *places)
{
    static const char *const variables[] = {"SNAP_COMMON", "SNAP"};

    if (home && *home) {
        strvec_pushf(places, "%s/.%s", home, project);
        strvec_push(places, home);
    }
    strvec_pushf(places, "%s/etc/%s", root, project);
    strvec_pushf(places, "%s/etc", root);
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *snap = getenv(variables[i]);

        if (snap && *snap)
            strvec_pushf(places, "%s/etc/%s", snap, project);
    }
}

/* Adds the first of PLACE/NAME.EXTENSION that exists. */
static void add_first(const struct strvec *places, const char *name, const char *extension,
                      struct strvec *found)
{
    for (size_t i = 0; i < places->nr; i++) {
        struct strbuf path = STRBUF_INIT;
        bool there;

        strbuf_addf(&path, "%s/%s%s", places->v[i], name, extension);
        there = exists(path.buf);
        if (there)
            strvec_push(found, path.buf);
        strbuf_release(&path);
        if (there)
            return;
    }
}

void oslo_config_find(const struct oslo_service *service, const char *home, const char *root,
                      struct strvec *files, struct strvec *dirs)
{
    struct strvec places = STRVEC_INIT;
    size_t before = files ? files->nr : 0;

    list_places(service->project, home, root, &places);
    if (files) {
        add_first(&places, service->project, ".conf", files);
        add_first(&places, service->program, ".conf", files);
        if (files->nr == before)
            for (size_t i = 0; service->former[i]; i++)
                add_first(&places, service->former[i], ".conf", files);
    }
    for (size_t i = 0; dirs && service->folders[i]; i++)
        add_first(&places, service->folders[i], ".conf.d", dirs);
    strvec_release(&places);
}

int oslo_config_list_dir(const char *dir, struct strvec *files, struct err *err)
{
    char *path = expand_home(dir);
    DIR *stream = opendir(path);
    struct strvec found = STRVEC_INIT;
    const struct dirent *entry;
    int rc = -1;

    if (!stream) {
        err_set(err, ERR_CONFIG, "can't read the configuration directory %s: %s", path,
                strerror(errno));
        err_hint(err, "--config-dir names a directory that this user can read");
        goto out;
    }
    while (errno = 0, entry = readdir(stream))
        if (fnmatch("*.conf", entry->d_name, FNM_PERIOD) == 0)
            strvec_pushf(&found, "%s/%s", path, entry->d_name);
    if (errno) {
        err_set(err, ERR_CONFIG, "can't read the configuration directory %s: %s", path,
                strerror(errno));
        goto out;
    }
    strvec_sort(&found);
    for (size_t i = 0; i < found.nr; i++)
        strvec_push(files, found.v[i]);
    rc = 0;
out:
    if (stream)
        closedir(stream);
    strvec_release(&found);
    free(path);
    return rc;
}

static int nothing_found(const struct oslo_service *service, const char *home, struct err *err)
{
    struct strvec places = STRVEC_INIT;
    struct strbuf names = STRBUF_INIT, where = STRBUF_INIT;

    list_places(service->project, home, "", &places);
    for (size_t i = 0; i < places.nr; i++)
        strbuf_addf(&where, "%s%s", i ? ", " : "", places.v[i]);
    strbuf_addf(&names, "%s.conf, %s.conf", service->project, service->program);
    for (size_t i = 0; service->former[i]; i++)
        strbuf_addf(&names, "%s%s.conf", service->former[i + 1] ? ", " : " or ",
                    service->former[i]);
    err_set(err, ERR_CONFIG, "there is no configuration file: no %s in %s", names.buf, where.buf);
    err_hint(err, "name one by --config-file FILE");
    strbuf_release(&names);
    strbuf_release(&where);
    strvec_release(&places);
    return -1;
}

static int add_word(const char *option, const char *value, struct strvec *files, struct err *err)
{
    char *path;

    if (strcmp(option, "--config-dir") == 0)
        return oslo_config_list_dir(value, files, err);
    path = expand_home(value);
    strvec_push(files, path);
    free(path);
    return 0;
}

int oslo_config_resolve(const struct oslo_service *service, const struct strvec *words,
                        struct strvec *ret_files, struct err *err)
{
    bool names_file = strvec_has(words, "--config-file");
    bool names_dir = strvec_has(words, "--config-dir");
    struct strvec default_dirs = STRVEC_INIT;
    const char *home = home_directory();
    int rc = -1;

    oslo_config_find(service, home, "", names_file ? NULL : ret_files,
                     names_dir ? NULL : &default_dirs);
    for (size_t i = 0; i < default_dirs.nr; i++)
        if (oslo_config_list_dir(default_dirs.v[i], ret_files, err) < 0)
            goto out;
    for (size_t i = 0; i + 1 < words->nr; i += 2)
        if (add_word(words->v[i], words->v[i + 1], ret_files, err) < 0)
            goto out;
    rc = ret_files->nr ? 0 : nothing_found(service, home, err);
out:
    strvec_release(&default_dirs);
    return rc;
}
