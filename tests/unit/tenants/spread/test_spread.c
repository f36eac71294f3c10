/*
 * Also prints the figures of docs/targets.rst, "How many servers a migration needs": run this
 * program to renew them. With SPREAD_LONG set, the simulation has 100,000 tenants.
 */
#include "tenants/spread/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "term/number.h"

struct world {
    struct spread_tenant *tenants;
    size_t tenant_count;
    struct spread_server servers[8];
    size_t server_count;
};

static const char *const urls[] = {"http://a:8086", "http://b:8086", "http://c:8086",
                                   "http://d:8086", "http://e:8086"};

static void add_servers(struct world *w, size_t count, int64_t descriptors)
{
    for (size_t i = 0; i < count; i++)
        w->servers[w->server_count++] = (struct spread_server){
            .url = urls[i],
            .facts = {.is_priced = true,
                      .index = INFLUX_INDEX_INMEM,
                      .now = {[PRICE_DESCRIPTORS] = 10},
                      .limits = {[PRICE_DESCRIPTORS] = {descriptors, PRICE_TOLD}}}};
}

static void add_tenant(struct world *w, const char *id, int64_t points, int64_t shards,
                       size_t server)
{
    w->tenants = xreallocarray(w->tenants, w->tenant_count + 1, sizeof(*w->tenants));
    w->tenants[w->tenant_count++] = (struct spread_tenant){
        .id = xstrdup(id), .points = points, .databases = 1, .shards = shards, .server = server};
}

static void add_numbered(struct world *w, size_t number, int64_t points, int64_t shards)
{
    char id[33];

    snprintf(id, sizeof(id), "%032zx", number * 2654435761u);
    add_tenant(w, id, points, shards, SPREAD_NONE);
}

static void place(struct world *w)
{
    spread_place(w->tenants, w->tenant_count, w->servers, w->server_count);
}

static void release(struct world *w)
{
    for (size_t i = 0; i < w->tenant_count; i++)
        free((char *)(uintptr_t)w->tenants[i].id);
    free(w->tenants);
}

/* Fails unless no server has a tenth more, or less, than the average. */
static void assert_balanced(const struct world *w)
{
    for (int i = 0; i < SPREAD_ITEMS; i++) {
        double sum = 0;

        for (size_t s = 0; s < w->server_count; s++)
            sum += (double)w->servers[s].load[i];
        for (size_t s = 0; s < w->server_count; s++) {
            double part = (double)w->servers[s].load[i] * (double)w->server_count / sum;

            if (part > 1.1 || part < 0.9)
                fail_msg("item %d of server %zu is %.3f of the average", i, s, part);
        }
    }
}

static void one_server(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 1, 65536);
    place(&w);
    for (size_t i = 0; i < 10; i++)
        add_numbered(&w, i, 5, 4);
    place(&w);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(w.tenants[i].server, 0);
    assert_int_equal(w.servers[0].load[SPREAD_DESCRIPTORS], 10 + 10 * 12);
    release(&w);
}

static void equal_tenants(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 3, 65536);
    for (size_t i = 0; i < 12; i++)
        add_numbered(&w, i, 5, 4);
    place(&w);
    for (size_t s = 0; s < 3; s++)
        assert_int_equal(w.servers[s].tenant_count, 4);
    release(&w);
}

static void one_large_tenant(void **state)
{
    struct world w = {0};
    size_t large;

    (void)state;
    add_servers(&w, 3, 65536);
    for (size_t i = 0; i < 20; i++)
        add_numbered(&w, i, 1, 1);
    add_tenant(&w, "large", 1000, 1, SPREAD_NONE);
    place(&w);
    large = w.tenants[20].server;
    for (size_t i = 0; i < 20; i++)
        assert_int_not_equal(w.tenants[i].server, large);
    release(&w);
}

/* Shards are shared out by themselves where points would say otherwise. */
static void many_shards(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 2, 65536);
    for (size_t i = 0; i < 10; i++)
        add_numbered(&w, i, 1000, 1);
    for (size_t i = 10; i < 20; i++)
        add_numbered(&w, i, 1, 100);
    place(&w);
    assert_balanced(&w);
    release(&w);
}

static void kept_places(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 3, 65536);
    for (size_t i = 0; i < 10; i++)
        add_tenant(&w, i % 2 ? "odd" : "even", 100, 4, i % 2);
    add_tenant(&w, "elsewhere", 100000, 400, SPREAD_ELSEWHERE);
    for (size_t i = 0; i < 5; i++)
        add_numbered(&w, i, 100, 4);
    place(&w);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(w.tenants[i].server, i % 2);
        assert_false(w.tenants[i].is_placed);
    }
    assert_true(w.tenants[10].server == SPREAD_ELSEWHERE);
    for (size_t i = 11; i < 16; i++) {
        assert_int_equal(w.tenants[i].server, 2);
        assert_true(w.tenants[i].is_placed);
    }
    assert_int_equal(w.servers[0].kept_count, 5);
    assert_int_equal(w.servers[2].kept_count, 0);
    release(&w);
}

static void any_order(void **state)
{
    struct world w = {0}, turned = {0};

    (void)state;
    add_servers(&w, 3, 65536);
    add_servers(&turned, 3, 65536);
    turned.servers[0].url = urls[2];
    turned.servers[2].url = urls[0];
    for (size_t i = 0; i < 50; i++)
        add_numbered(&w, i, (int64_t)(i * 7919 % 13), 4);
    for (size_t i = 50; i-- > 0;)
        add_numbered(&turned, i, (int64_t)(i * 7919 % 13), 4);
    place(&w);
    place(&turned);
    for (size_t i = 0; i < 50; i++)
        assert_string_equal(w.servers[w.tenants[i].server].url,
                            turned.servers[turned.tenants[49 - i].server].url);
    release(&w);
    release(&turned);
}

static void busy_server(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 2, 65536);
    w.servers[0].facts.now[PRICE_SHARDS] = 1000;
    w.servers[0].facts.now[PRICE_DESCRIPTORS] = 2000;
    for (size_t i = 0; i < 10; i++)
        add_numbered(&w, i, 0, 10);
    place(&w);
    assert_int_equal(w.servers[1].tenant_count, 10);
    release(&w);
}

static void small_limit(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 2, 65536);
    w.servers[0].facts.limits[PRICE_DESCRIPTORS].most = 1000;
    for (size_t i = 0; i < 200; i++)
        add_numbered(&w, i, 1, 4);
    place(&w);
    assert_true(w.servers[0].load[SPREAD_DESCRIPTORS] <= 960);
    assert_int_equal(w.servers[0].tenant_count + w.servers[1].tenant_count, 200);
    /* A server that is full gets tenants only where all are. */
    for (size_t s = 0; s < 2; s++) {
        w.servers[s].facts.limits[PRICE_DESCRIPTORS].most = 20;
        w.servers[s] = (struct spread_server){.url = urls[s], .facts = w.servers[s].facts};
    }
    for (size_t i = 0; i < 200; i++)
        w.tenants[i].server = SPREAD_NONE;
    place(&w);
    assert_int_equal(w.servers[0].tenant_count, 100);
    release(&w);
}

/* A VictoriaMetrics has no shards that cost anything. */
static void only_points(void **state)
{
    struct world w = {0};

    (void)state;
    add_servers(&w, 2, 65536);
    w.servers[0].facts = w.servers[1].facts = (struct price_server){0};
    for (size_t i = 0; i < 10; i++)
        add_numbered(&w, i, i < 5 ? 10 : 1, i < 5 ? 1 : 10);
    place(&w);
    assert_in_range(w.servers[0].load[SPREAD_POINTS], 25, 30);
    assert_int_equal(w.servers[0].load[SPREAD_DESCRIPTORS], 0);
    release(&w);
}

/* Points of few tenants are many, and tenants have a week to a year of shards. */
static void simulation(void **state)
{
    size_t count = getenv("SPREAD_LONG") ? 100000 : 10000;
    struct world w = {0};
    int64_t began_ns, took_ns;
    size_t *before = xcalloc(count, sizeof(*before));

    (void)state;
    add_servers(&w, 5, 2000000);
    for (size_t i = 0; i < count; i++)
        add_numbered(&w, i, 1000 + (int64_t)(1e9 / (double)(i + 20)), 1 + (int64_t)(i * 7919 % 52));
    began_ns = clock_monotonic_ns();
    place(&w);
    took_ns = clock_monotonic_ns() - began_ns;
    print_message("%zu tenants on 5 servers: %.3f s\n", count, (double)took_ns / 1e9);
    assert_balanced(&w);
    assert_true(took_ns < CLOCK_SECOND_NS);
    /* 100 more move nobody. */
    for (size_t i = 0; i < count; i++)
        before[i] = w.tenants[i].server;
    for (size_t s = 0; s < 5; s++)
        w.servers[s] = (struct spread_server){.url = urls[s], .facts = w.servers[s].facts};
    for (size_t i = 0; i < 100; i++)
        add_numbered(&w, count + i, 100000, 20);
    place(&w);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(w.tenants[i].server, before[i]);
    assert_balanced(&w);
    free(before);
    release(&w);
}

/* The fewest servers with the defaults of influxd's unit on which so many tenants fit. */
static size_t servers_needed(int64_t tenants, enum influx_index index, int64_t shards)
{
    const struct price_limit limits[] = {{PRICE_DEFAULT_DESCRIPTORS, PRICE_ASSUMED},
                                         {PRICE_DEFAULT_MAPS, PRICE_ASSUMED}};
    size_t count = 1;

    for (;; count++) {
        int64_t most = (tenants - 1) / (int64_t)count + 1;

        if (price_of(PRICE_DESCRIPTORS, index, most, most * shards) + 10 <=
                price_bound(&limits[0]) &&
            price_of(PRICE_MAPS, index, most, most * shards) + 70 <= price_bound(&limits[1]))
            return count;
    }
}

enum { COLUMNS = 9 };
static const int widths[COLUMNS] = {8, 6, 10, 11, 6, 7, 11, 6, 7};

static void print_row(const struct strvec *cells)
{
    struct strbuf line = STRBUF_INIT;
    size_t end = 0;

    for (size_t i = 0; i < cells->nr; i++) {
        strbuf_addstr(&line, cells->v[i]);
        for (end += (size_t)widths[i] + 2; line.len < end && i + 1 < cells->nr;)
            strbuf_addch(&line, ' ');
    }
    print_message("%s\n", line.buf);
    strbuf_release(&line);
}

static void print_rule(void)
{
    struct strvec cells = STRVEC_INIT;

    for (size_t i = 0; i < COLUMNS; i++)
        strvec_pushf(&cells, "%.*s", widths[i], "===============");
    print_row(&cells);
    strvec_release(&cells);
}

static void push_figure(struct strvec *cells, int64_t figure)
{
    struct strbuf text = STRBUF_INIT;

    number_add_grouped(&text, figure);
    strvec_push(cells, text.buf);
    strbuf_release(&text);
}

static void print_figures(int64_t tenants, int64_t shards)
{
    struct strvec cells = STRVEC_INIT;

    push_figure(&cells, tenants);
    push_figure(&cells, shards);
    push_figure(&cells, tenants * shards);
    for (enum influx_index index = INFLUX_INDEX_INMEM; index <= INFLUX_INDEX_TSI1; index++) {
        int64_t memory = price_of(PRICE_MEMORY, index, tenants, tenants * shards);

        push_figure(&cells, price_of(PRICE_DESCRIPTORS, index, tenants, tenants * shards));
        strvec_pushf(&cells, "%.*f", memory >> 30 < 10, (double)memory / (double)(1 << 30));
        push_figure(&cells, (int64_t)servers_needed(tenants, index, shards));
    }
    print_row(&cells);
    strvec_release(&cells);
}

static void figures(void **state)
{
    static const int64_t tenants[] = {100, 1000, 10000, 100000}, shards[] = {1, 4, 53};

    (void)state;
    print_rule();
    for (size_t t = 0; t < ARRAY_SIZE(tenants); t++)
        for (size_t s = 0; s < ARRAY_SIZE(shards); s++)
            print_figures(tenants[t], shards[s]);
    print_rule();
    assert_int_equal(servers_needed(1000, INFLUX_INDEX_INMEM, 4), 1);
    assert_int_equal(servers_needed(10000, INFLUX_INDEX_INMEM, 4), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("one server gets all tenants", one_server),
        TEST("equal tenants are shared out evenly", equal_tenants),
        TEST("a large tenant has a server for itself", one_large_tenant),
        TEST("points, shards and descriptors are balanced at once", many_shards),
        TEST("a tenant with a place keeps it, and new ones fill the emptiest server", kept_places),
        TEST("the order of tenants and servers changes nothing", any_order),
        TEST("what a server has already counts", busy_server),
        TEST("a server with a small limit gets fewer, and no more than fit", small_limit),
        TEST("a server without a price counts points only", only_points),
        TEST("thousands of tenants are balanced within a tenth, in less than a second", simulation),
        TEST("figures for the guide", figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
