/*
 * The reject file, whatever stands in it: the sections that are read have lines, and a summary has as
 * many points as they; what is added to it is in it once, behind what was there, and is added once
 * only. tests/fuzz/run builds and runs it.
 */
#include "tenants/rejects/rejects.h"

#include <unistd.h>

#include "base/file.h"
#include "fuzz.h"
#include "influx/line.h"

static struct settings settings;

static void settings_init(void)
{
    const char *top = getenv("FUZZ_DIR");
    struct strbuf dir = STRBUF_INIT;
    struct err err = ERR_INIT;

    strbuf_addf(&dir, "%s/rejects.%ld", top ? top : "/tmp", (long)getpid());
    must(file_make_directories(dir.buf, 0700, &err) == 0);
    settings = (struct settings){.database = xstrdup("mon"),
                                 .url = xstrdup("http://127.0.0.1:8086"),
                                 .state_dir = strbuf_detach(&dir)};
}

/* What a reading of the file gives. */
struct seen {
    struct strbuf lines; /* of all sections */
    int64_t points;
    int64_t wanted; /* those that are the line that was added, for its target */
};

static const char added[] = "added,_tenant_id=a v=1 1700000000000000000";

static void on_section(void *context, const struct rejects_section *section)
{
    struct seen *seen = context;

    must(section->owner.tenant && section->owner.target && section->owner.database);
    must(section->owner.target_policy && section->words && section->len && section->lines);
    must(section->points >= 1 && section->points == (int64_t)line_count(section->lines, section->len));
    must(section->lines[0] != '#');
    strbuf_add(&seen->lines, section->lines, section->len);
    seen->points += section->points;
    for (size_t at = 0, len; at < section->len; at += len) {
        len = line_length(section->lines + at, section->len - at);
        must(len);
        seen->wanted += len == sizeof(added) && memcmp(section->lines + at, added, len - 1) == 0 &&
                        strcmp(section->owner.target, "mon_a") == 0 &&
                        strcmp(section->owner.target_policy, "autogen") == 0;
    }
}

static void on_sum(void *context, const struct rejects_section *section)
{
    must(section->owner.tenant && section->owner.target && section->words && section->points >= 1);
    *(int64_t *)context += section->points;
}

static int look(const struct rejects *rejects, struct seen *seen)
{
    struct err err = ERR_INIT;
    int64_t sum = 0;
    int rc = rejects_each(rejects, on_section, seen, &err);

    must(rc == 0 || err.message);
    must(rejects_summary(rejects, on_sum, &sum, &err) == rc);
    must(rc < 0 || sum == seen->points);
    err_release(&err);
    return rc;
}

static void check_adding(struct rejects *rejects, const struct seen *before)
{
    static const struct rejects_owner owner = {"a", "mon_a", "mon_a", "autogen"};
    struct refusals refusals = REFUSALS_INIT;
    struct seen after = {.lines = STRBUF_INIT}, again = {.lines = STRBUF_INIT};
    struct strbuf line = STRBUF_INIT;
    struct err err = ERR_INIT;
    int64_t fresh = 0;

    strbuf_addf(&line, "%s\n", added);
    refusals_add(&refusals, "field type conflict\n# TENANT: b dropped=1", line.buf, line.len);
    if (rejects_add(rejects, &owner, &refusals, &fresh, &err) == 0) {
        must(fresh == (before->wanted == 0) && look(rejects, &after) == 0);
        must(after.points == before->points + fresh && after.wanted == before->wanted + fresh);
        must(after.lines.len == before->lines.len + (fresh ? line.len : 0));
        must(!before->lines.len || memcmp(after.lines.buf, before->lines.buf, before->lines.len) == 0);
        must(rejects_add(rejects, &owner, &refusals, &fresh, &err) == 0 && fresh == 0);
        must(look(rejects, &again) == 0 && again.points == after.points);
    }
    refusals_release(&refusals);
    strbuf_release(&after.lines);
    strbuf_release(&again.lines);
    strbuf_release(&line);
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rejects *rejects;
    struct seen seen = {.lines = STRBUF_INIT};
    struct err err = ERR_INIT;

    if (!settings.url)
        settings_init();
    rejects = rejects_new(&settings);
    must(file_replace(rejects_path(rejects), data, size, &err) == 0);
    if (look(rejects, &seen) == 0)
        check_adding(rejects, &seen);
    rejects_free(rejects);
    strbuf_release(&seen.lines);
    err_release(&err);
    return 0;
}
