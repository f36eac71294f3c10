#include "schema/history/detect.h"

#include <stdlib.h>

#include "base/mem.h"

void detection_release(struct detection *detection)
{
    free(detection->same);
    *detection = (struct detection){.empty = false};
}

static void push_same(struct detection *detection, const struct revision *revision)
{
    /* The list holds pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    GROW(detection->same, detection->same_count, detection->same_alloc);
    detection->same[detection->same_count++] = revision;
}

/* Finds the revision with the fewest differing lines; of several, the latest. */
static const struct revision *find_nearest(const struct graph *graph, const struct strvec *actual,
                                           size_t *ret_distance)
{
    const struct revision *nearest = NULL;

    for (size_t i = 0; i < graph->count; i++) {
        struct strvec lines = STRVEC_INIT;
        bool known = state_lines(&lines, graph, &graph->items[i]);
        size_t distance = known ? state_distance(&lines, actual) : 0;

        strvec_release(&lines);
        if (!known || (nearest && distance > *ret_distance))
            continue;
        nearest = &graph->items[i];
        *ret_distance = distance;
    }
    return nearest;
}

static void find_same(struct detection *detection, const struct graph *graph,
                      const struct revision *nearest)
{
    struct strvec shape = STRVEC_INIT;

    state_lines(&shape, graph, nearest);
    for (size_t i = 0; i < graph->count; i++) {
        struct strvec lines = STRVEC_INIT;

        if (state_lines(&lines, graph, &graph->items[i]) && state_distance(&lines, &shape) == 0)
            push_same(detection, &graph->items[i]);
        strvec_release(&lines);
    }
    strvec_release(&shape);
}

static const struct revision *choose(const struct detection *detection)
{
    for (size_t i = detection->same_count; i-- > 0;)
        if (detection->same[i]->script)
            return detection->same[i];
    return detection->same[0];
}

void detect_revision(struct detection *ret, const struct graph *graph, const struct model *actual)
{
    struct strvec lines = STRVEC_INIT;
    const struct revision *nearest;

    *ret = (struct detection){.empty = actual->count == 0};
    model_fingerprint(actual, ret->fingerprint);
    if (ret->empty)
        return;
    model_lines(&lines, actual);
    nearest = find_nearest(graph, &lines, &ret->distance);
    if (nearest) {
        find_same(ret, graph, nearest);
        ret->revision = choose(ret);
        ret->exact = ret->distance == 0;
    }
    ret->fork = state_find_fork(&lines);
    strvec_release(&lines);
}
