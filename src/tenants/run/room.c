/*
 * Looks whether the servers have room for more databases and shards, while they get them.
 *
 * tenants/servers/room.h begins a tenant only where all of it has room. Tenants that were held back
 * get their turn when nothing else is left to do: by then a server whose process can be looked at
 * tells how much the others really took. Where there is room for none of them, the run ends, and
 * all that was begun is finished.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/plural.h"
#include "task.h"
#include "tenants/servers/target.h"

/* A look at a process with many open files takes tens of milliseconds: after it comes a pause that
 * is so many times as long, or this one while the server has plenty. */
enum { LOOK_PAUSE = 20 };
#define EASY_PAUSE_NS CLOCK_SECOND_NS

/* After such a silence a server is taken for one that hangs: sooner where its process shows what it
 * has open; else it had time for its own timeout of writes, 10 s, and for reading. */
#define SEEN_SILENCE_NS   (3 * CLOCK_SECOND_NS)
#define UNSEEN_SILENCE_NS (30 * CLOCK_SECOND_NS)

/* Sets `why` to the limit that number's server is at. */
static void set_why(const struct run *run, size_t number, enum price_item item, const char *what,
                    struct err *why)
{
    char *label = servers_label(run->servers, number);
    struct strbuf words = STRBUF_INIT;

    room_add_words(&words, room_of(run->servers, number), item);
    err_set(why, ERR_CONNECT, "%s %s; %s", label, what, words.buf);
    err_hint(why, "give the server more of them (LimitNOFILE of its unit, vm.max_map_count), or "
                  "copy fewer tenants, or some to other servers (--target-map): the same command "
                  "goes on from here");
    strbuf_release(&words);
    free(label);
}

/* Which of the plan's tenants is the first that is held back; tenant_count: none. */
static size_t first_held_back(const struct plan *plan)
{
    size_t at = 0;

    while (at < plan->tenant_count && !plan->tenants[at].held_back)
        at++;
    return at;
}

static void end_for_lack(struct run *run, size_t tenant, size_t held_back)
{
    struct strbuf what = STRBUF_INIT;
    size_t number = run->plan->tenants[tenant].server;
    enum price_item item = rooms_item_for(run->plan, run->servers, tenant);

    strbuf_addf(&what, "has no room for %zu tenant%s more, and what was begun is finished",
                held_back, PLURAL(held_back, "", "s"));
    set_why(run, number, item, what.buf, &run->fatal);
    strbuf_release(&what);
}

bool run_begin_held_back(struct run *run)
{
    size_t first = first_held_back(run->plan), held_back;

    if (first == run->plan->tenant_count)
        return false;
    for (size_t i = 0; i < run->servers->count; i++)
        room_settle(&run->servers->items[i].room);
    if (!rooms_admit(run->plan, run->servers, &held_back)) {
        end_for_lack(run, first, held_back);
        return false;
    }
    if (targets_prepare(run->plan, run->servers, &run->fatal) < 0)
        return false;
    run_queue_again(run);
    return true;
}

/* Is a copy under way on the server that may make a shard? */
static bool makes_any(const struct run *run, size_t number)
{
    for (const struct task *task = run->by_server[number].started; task; task = task->next)
        if (task->makes)
            return true;
    return false;
}

bool run_is_out_of_room(struct run *run, size_t number, struct err *why)
{
    struct room *room = room_of(run->servers, number);
    enum price_item item;

    if (room_look(room))
        item = room_is_short(room);
    else
        item = room_is_crowded(room);
    if (item == PRICE_ITEMS)
        return false;
    set_why(run, number, item, "doesn't answer where it makes new shards", why);
    return true;
}

static int64_t pause_ns(const struct room *room)
{
    int64_t after_look_ns = LOOK_PAUSE * room->look_ns;

    return room_is_easy(room) && after_look_ns < EASY_PAUSE_NS ? EASY_PAUSE_NS : after_look_ns;
}

static void watch(struct run *run, size_t number)
{
    struct room *room = room_of(run->servers, number);
    int64_t now_ns = clock_monotonic_ns(), silent_ns = now_ns - run->by_server[number].heard_ns;
    enum price_item item;

    if (run->fatal.code != ERR_NONE || !run->by_server[number].made ||
        now_ns - room->looked_ns < pause_ns(room))
        return;
    run->by_server[number].made = makes_any(run, number);
    if (run->by_server[number].made &&
        silent_ns > (room->process ? SEEN_SILENCE_NS : UNSEEN_SILENCE_NS)) {
        run->full = run_is_out_of_room(run, number, &run->fatal) || run->full;
        return;
    }
    if (!room_look(room) || (item = room_is_short(room)) == PRICE_ITEMS)
        return;
    set_why(run, number, item, "nears its limit, so no more databases and shards are made there",
            &run->fatal);
}

void run_watch_room(struct run *run)
{
    for (size_t i = 0; i < run->servers->count; i++)
        watch(run, i);
}
