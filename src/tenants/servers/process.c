#include "tenants/servers/process.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "http/local.h"

#define MAX_FILE_BYTES ((size_t)64 * 1024 * 1024)

/* The content of a file; false where it can't be read. `content` is empty before. */
static bool read_whole(const char *path, struct strbuf *content)
{
    struct err err = ERR_INIT;
    bool read = file_read(path, MAX_FILE_BYTES, content, &err) == 0;

    err_release(&err);
    return read && content->buf;
}

static bool read_of(const struct process *process, const char *name, struct strbuf *content)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)process->pid, name);
    return read_whole(path, content);
}

/* The number behind a word at the beginning of a line; 0 where there is none. */
static int64_t number_behind(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
        if (strncmp(line, word, len) == 0)
            return strtoll(line + len, NULL, 10);
    return 0;
}

/* Sockets that listen */

static long port_of(const char *url)
{
    const char *host = strstr(url, "://"), *colon;

    host = host ? host + 3 : url;
    colon = strchr(*host == '[' ? host + strcspn(host, "]") : host, ':');
    return colon ? strtol(colon + 1, NULL, 10) : strncmp(url, "https", 5) == 0 ? 443 : 80;
}

/* Adds "socket:[INODE]" for each socket of a table that listens at the port. */
static void add_listening(struct strvec *sockets, const char *table, long port)
{
    enum { LISTEN = 0x0A };
    FILE *file = fopen(table, "re");
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        unsigned at, state;
        unsigned long long inode;
        char name[64];

        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %llu", &at, &state,
                   &inode) != 3 ||
            at != (unsigned long)port || state != LISTEN)
            continue;
        snprintf(name, sizeof(name), "socket:[%llu]", inode);
        strvec_push(sockets, name);
    }
    if (file)
        fclose(file);
}

/* Open files */

/* What a walk through the open files of a process finds. */
struct files {
    int64_t count;
    bool listens; /* one of them is one of the sockets */
    bool has_indexes;
};

static void look_at(struct files *files, const char *name, const struct strvec *sockets)
{
    size_t len = strlen(name);

    files->count++;
    files->listens = files->listens || strvec_has(sockets, name);
    files->has_indexes = files->has_indexes || (len > 4 && strstr(name, "/index/") &&
                                                strncmp(name + len - 4, ".ts", 3) == 0);
}

static bool walk_files(const struct process *process, const struct strvec *sockets,
                       struct files *files)
{
    char path[64];
    struct dirent *entry;
    DIR *folder;

    *files = (struct files){0};
    snprintf(path, sizeof(path), "/proc/%ld/fd", (long)process->pid);
    folder = opendir(path);
    if (!folder)
        return false;
    while ((entry = readdir(folder))) {
        char name[PATH_MAX];
        ssize_t len;

        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        len = readlinkat(dirfd(folder), entry->d_name, name, sizeof(name) - 1);
        if (len < 0)
            continue;
        name[len] = '\0';
        look_at(files, name, sockets);
    }
    closedir(folder);
    return true;
}

/* The process */

static bool is_influxd(const struct process *process)
{
    struct strbuf name = STRBUF_INIT;
    bool is = read_of(process, "comm", &name) && strcmp(name.buf, "influxd\n") == 0;

    strbuf_release(&name);
    return is;
}

/* Finds the one influxd that has one of the sockets. */
static bool find(struct process *process, const struct strvec *sockets, struct files *files)
{
    DIR *folder = sockets->nr ? opendir("/proc") : NULL;
    struct dirent *entry;
    size_t found = 0;

    while (folder && (entry = readdir(folder))) {
        struct process other = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};
        struct files its;

        if (other.pid <= 0 || !is_influxd(&other) || !walk_files(&other, sockets, &its) ||
            !its.listens)
            continue;
        *process = other;
        *files = its;
        found++;
    }
    if (folder)
        closedir(folder);
    return found == 1;
}

static int64_t count_lines(const char *text)
{
    int64_t count = 0;

    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

/* The limit of the process's control group (version 2); INT64_MAX where there is none. */
static int64_t group_memory(const struct process *process)
{
    struct strbuf text = STRBUF_INIT, path = STRBUF_INIT, limit = STRBUF_INIT;
    int64_t most = INT64_MAX;
    const char *group;

    if (read_of(process, "cgroup", &text) && (group = strstr(text.buf, "0::/"))) {
        strbuf_addf(&path, "/sys/fs/cgroup%.*s/memory.max", (int)strcspn(group + 3, "\n"),
                    group + 3);
        if (read_whole(path.buf, &limit) && isdigit((unsigned char)limit.buf[0]))
            most = strtoll(limit.buf, NULL, 10);
    }
    strbuf_release(&text);
    strbuf_release(&path);
    strbuf_release(&limit);
    return most;
}

static bool read_figures(struct process *process)
{
    struct strbuf limits = STRBUF_INIT, maps = STRBUF_INIT, most = STRBUF_INIT,
                  status = STRBUF_INIT, memory = STRBUF_INIT;
    bool read = read_of(process, "limits", &limits) && read_of(process, "maps", &maps) &&
                read_of(process, "status", &status);
    int64_t group, left;

    if (read) {
        /* "unlimited" gives 0: no limit is known. */
        process->descriptors_most = number_behind(limits.buf, "Max open files");
        process->maps = count_lines(maps.buf);
        process->memory_bytes = number_behind(status.buf, "VmRSS:") * 1024;
        if (read_whole("/proc/sys/vm/max_map_count", &most))
            process->maps_most = strtoll(most.buf, NULL, 10);
        left =
            read_whole("/proc/meminfo", &memory) ? number_behind(memory.buf, "MemAvailable:") : 0;
        group = group_memory(process);
        process->memory_most = left ? process->memory_bytes + left * 1024 : 0;
        if (group < INT64_MAX && (!left || group < process->memory_most))
            process->memory_most = group;
    }
    strbuf_release(&limits);
    strbuf_release(&maps);
    strbuf_release(&most);
    strbuf_release(&status);
    strbuf_release(&memory);
    return read;
}

/* The index */

/* The value of `name` in a list of texts that end with a NUL each; NULL where there is none. */
static const char *find_in(const struct strbuf *list, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = list->buf; at && at < list->buf + list->len; at += strlen(at) + 1)
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return at + len + 1;
    return NULL;
}

/* The file that the command line names: -config FILE, -config=FILE. NULL: none. */
static const char *config_of(const struct strbuf *line)
{
    const char *end = line->buf + line->len;

    for (const char *at = line->buf; at && at < end; at += strlen(at) + 1) {
        const char *name = at[0] == '-' && at[1] == '-' ? at + 1 : at;

        if (strncmp(name, "-config=", 8) == 0)
            return name + 8;
        if (strcmp(name, "-config") == 0 && at + strlen(at) + 1 < end)
            return at + strlen(at) + 1;
    }
    return NULL;
}

/* The `index-version = "tsi1"` of a configuration. */
static enum influx_index index_in(const char *text)
{
    static const char key[] = "index-version";
    enum influx_index index = INFLUX_INDEX_UNKNOWN;

    for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL) {
        const char *at = line + strspn(line, " \t");
        char *value;

        if (strncmp(at, key, sizeof(key) - 1) != 0)
            continue;
        at += sizeof(key) - 1;
        at += strspn(at, " \t=\"'");
        value = xmemdupz(at, strcspn(at, "\"' \t\r\n#"));
        index = influx_index_of(value);
        free(value);
    }
    return index;
}

static enum influx_index configured_index(const struct process *process,
                                          const struct strbuf *environment)
{
    struct strbuf line = STRBUF_INIT, path = STRBUF_INIT, text = STRBUF_INIT;
    enum influx_index index = INFLUX_INDEX_UNKNOWN;
    const char *config = NULL;

    if (read_of(process, "cmdline", &line))
        config = config_of(&line);
    if (!config)
        config = find_in(environment, "INFLUXDB_CONFIG_PATH");
    if (!config)
        config = "/etc/influxdb/influxdb.conf";
    strbuf_addf(&path, "/proc/%ld/root%s", (long)process->pid, config);
    if (*config == '/' && read_whole(path.buf, &text))
        index = index_in(text.buf);
    strbuf_release(&line);
    strbuf_release(&path);
    strbuf_release(&text);
    return index;
}

/* The environment goes before the configuration, as in influxd. Where neither names an index, its
 * files show it; a server without shards then has the default one. */
static enum influx_index index_of(const struct process *process, const struct files *files)
{
    struct strbuf environment = STRBUF_INIT;
    enum influx_index index = INFLUX_INDEX_UNKNOWN;

    if (read_of(process, "environ", &environment))
        index = influx_index_of(find_in(&environment, "INFLUXDB_DATA_INDEX_VERSION"));
    if (index == INFLUX_INDEX_UNKNOWN)
        index = configured_index(process, &environment);
    if (index == INFLUX_INDEX_UNKNOWN)
        index = files->has_indexes ? INFLUX_INDEX_TSI1 : INFLUX_INDEX_INMEM;
    strbuf_release(&environment);
    return index;
}

bool process_find(struct process *process, const char *url)
{
    struct strvec sockets = STRVEC_INIT;
    struct files files = {0};
    bool found;

    *process = (struct process){0};
    if (!local_url(url))
        return false;
    add_listening(&sockets, "/proc/net/tcp", port_of(url));
    add_listening(&sockets, "/proc/net/tcp6", port_of(url));
    found = find(process, &sockets, &files) && read_figures(process);
    if (found) {
        process->descriptors = files.count;
        process->index = index_of(process, &files);
    } else {
        *process = (struct process){0};
    }
    strvec_release(&sockets);
    return found;
}

/* How many files the process has open; -1: it can't be looked at. */
static int64_t count_files(pid_t pid)
{
    int64_t count = 0;
    char path[64];
    struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
    folder = opendir(path);
    if (!folder)
        return -1;
    while ((entry = readdir(folder)))
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(folder);
    return count;
}

bool process_use(pid_t pid, int64_t *ret_descriptors, int64_t *ret_maps)
{
    const struct process process = {.pid = pid};
    struct strbuf maps = STRBUF_INIT;
    bool read;

    *ret_descriptors = is_influxd(&process) ? count_files(pid) : -1;
    read = *ret_descriptors >= 0 && read_of(&process, "maps", &maps);
    if (read)
        *ret_maps = count_lines(maps.buf);
    strbuf_release(&maps);
    return read;
}

int64_t process_disk_free(const struct process *process, const char *folder)
{
    struct strbuf path = STRBUF_INIT;
    struct statvfs disk;
    int64_t free_bytes = 0;

    strbuf_addf(&path, "/proc/%ld/root%s", (long)process->pid, folder);
    if (*folder == '/' && statvfs(path.buf, &disk) == 0)
        free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    strbuf_release(&path);
    return free_bytes;
}
