#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "db.h"

/* The home directory that the environment names, else the one of the user's account. Neither is a
 * folder that others write to. */
static const char *home_directory(void)
{
    const char *home = getenv("HOME");
    const struct passwd *account;

    if (home && *home == '/')
        return home;
    account = getpwuid(geteuid());
    return account && account->pw_dir && *account->pw_dir == '/' ? account->pw_dir : NULL;
}

static bool is_writable_directory(const char *path)
{
    return access(path, W_OK | X_OK) == 0;
}

char *journal_default_directory(void)
{
    const char *systemd = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
               *home = home_directory();
    struct strbuf path = STRBUF_INIT;

    if (systemd && *systemd)
        strbuf_add(&path, systemd, strcspn(systemd, ":"));
    else if (is_writable_directory("/var/lib/monasca-migrate") ||
             (access("/var/lib/monasca-migrate", F_OK) < 0 && is_writable_directory("/var/lib")))
        strbuf_addstr(&path, "/var/lib/monasca-migrate");
    else if (xdg && *xdg == '/') /* XDG says that a relative path is ignored */
        strbuf_addf(&path, "%s/monasca-migrate", xdg);
    else if (home)
        strbuf_addf(&path, "%s/.local/state/monasca-migrate", home);
    else /* an error then says that it can't be written */
        strbuf_addstr(&path, "/var/lib/monasca-migrate");
    return strbuf_detach(&path);
}

/* DIR/HOST_PORT_DATABASE-DIGEST.journal: a person can read it, and no two sources share it. */
char *journal_file(const struct settings *settings, const char *suffix)
{
    char digest[DIGEST_HEX_LENGTH + 1];
    struct strbuf key = STRBUF_INIT, name = STRBUF_INIT, path = STRBUF_INIT;
    const char *host = strstr(settings->url, "://");

    strbuf_addf(&key, "%s %s", settings->url, settings->database);
    digest_sha256_hex(key.buf, key.len, digest);
    strbuf_addf(&name, "%s_%.60s", host ? host + 3 : settings->url, settings->database);
    for (size_t i = 0; i < name.len; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_",
                    name.buf[i]))
            name.buf[i] = '_';
    strbuf_addf(&path, "%s/%s-%.8s%s", settings->state_dir, name.buf, digest, suffix);
    strbuf_release(&key);
    strbuf_release(&name);
    return strbuf_detach(&path);
}

/* Locks */

int journal_lock_file(const char *path, int operation, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(errno));
        return err_hint(err, "--state-dir names another directory");
    }
    if (flock(fd, operation | LOCK_NB) < 0) {
        close(fd);
        err_set(err, ERR_FAILED, "another run is at work on this source (%s is locked)", path);
        return err_hint(err, "'monasca-migrate tenants status' shows how far it is");
    }
    return fd;
}

/* An attempt to lock the file is the only answer that is never stale. */
bool journal_is_locked(const char *lock_path)
{
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
    bool locked;

    if (fd < 0)
        return false;
    locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}
