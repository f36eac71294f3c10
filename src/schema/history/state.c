#include "schema/history/state.h"

#include <string.h>

#include "base/mem.h"
#include "builtin.h"

static const struct state_fork forks[] = {
    {"d8b80149",
     "this is the schema of script commit d8b80149, which dropped stream_actions_action_type from "
     "a "
     "script that had no sub_alarm.state yet; it is on no point of the line of revisions"},
};

static void add_text_lines(struct strvec *lines, const char *text)
{
    struct strvec all = STRVEC_INIT;

    strvec_split(&all, text, '\n');
    for (size_t i = 0; i < all.nr; i++)
        if (all.v[i][0] && all.v[i][0] != '#')
            strvec_push(lines, all.v[i]);
    strvec_release(&all);
}

/* The text of the built-in file that is called `prefix` and `name` and ".txt", or NULL. */
static const char *built_in_text(const char *prefix, const char *name)
{
    struct strbuf file = STRBUF_INIT;
    const char *found = NULL;

    strbuf_addf(&file, "%s%s.txt", prefix, name);
    for (const struct embedded_file *state = builtin_states; state->name; state++)
        if (strcmp(state->name, file.buf) == 0)
            found = (const char *)state->data;
    strbuf_release(&file);
    return found;
}

bool state_lines(struct strvec *lines, const struct graph *graph, const struct revision *revision)
{
    const char *text = revision && revision->built_in ? built_in_text("", revision->id) : NULL;
    struct model model;
    bool known;

    if (text) {
        add_text_lines(lines, text);
        return true;
    }
    known = graph_state(graph, revision, &model);
    if (known)
        model_lines(lines, &model);
    model_release(&model);
    return known;
}

static bool same_lines(const struct strvec *a, const struct strvec *b)
{
    bool same = a->nr == b->nr;

    for (size_t i = 0; i < a->nr && same; i++)
        same = strcmp(a->v[i], b->v[i]) == 0;
    return same;
}

const struct state_fork *state_find_fork(const struct strvec *lines)
{
    for (size_t i = 0; i < ARRAY_SIZE(forks); i++) {
        const char *text = built_in_text("fork-", forks[i].name);
        struct strvec fork = STRVEC_INIT;
        bool same;

        if (!text)
            continue;
        add_text_lines(&fork, text);
        same = same_lines(lines, &fork);
        strvec_release(&fork);
        if (same)
            return &forks[i];
    }
    return NULL;
}

size_t state_distance(const struct strvec *a, const struct strvec *b)
{
    size_t i = 0, j = 0, distance = 0;

    while (i < a->nr || j < b->nr) {
        int order = i == a->nr ? 1 : j == b->nr ? -1 : strcmp(a->v[i], b->v[j]);

        distance += order != 0;
        i += order <= 0;
        j += order >= 0;
    }
    return distance;
}
