#include "tenants/spread/spread_map.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/mem.h"
#include "tenants/spread/spread_make.h"

/* Two servers, tenants a, b and c; the map names b, on the second server. */
struct world {
    struct settings settings;
    struct spread spread;
};

static void set_up(struct world *w)
{
    static const char *const keys[] = {"url = http://a:1\n", "url = http://b:1\nuser = u\n"};
    struct err err = ERR_INIT;

    *w = (struct world){.settings = {.database = xstrdup("mon"), .url = xstrdup("http://s:1")}};
    assert_int_equal(settings_set_spread(&w->settings, "http://a:1,http://b:1/", &err), 0);
    for (size_t i = 0; i < 2; i++) {
        w->settings.spread[i].server = i + 1;
        w->settings.spread[i].keys = xstrdup(keys[i]);
    }
    names_add(&w->settings.mapped, "b");
    GROW(w->settings.routes, 0, w->settings.route_alloc);
    w->settings.routes[0] = (struct settings_route){.server = 2};
    w->spread.tenants = xcalloc(3, sizeof(*w->spread.tenants));
    w->spread.tenants[0] = (struct spread_tenant){.id = "a", .server = 0};
    w->spread.tenants[1] = (struct spread_tenant){.id = "b", .server = 1};
    w->spread.tenants[2] = (struct spread_tenant){.id = "c]", .server = 1};
    w->spread.tenant_count = 3;
    w->spread.servers = xcalloc(2, sizeof(*w->spread.servers));
    w->spread.servers[0] = (struct spread_server){
        .url = "http://a:1", .tenant_count = 1, .load = {7, 1, 20}, .facts = {.is_priced = true}};
    w->spread.servers[1] = (struct spread_server){
        .url = "http://b:1", .tenant_count = 2, .kept_count = 1, .load = {1, 0, 0}};
    w->spread.server_count = 2;
}

static void tear_down(struct world *w)
{
    spread_release(&w->spread);
    settings_release(&w->settings);
}

static void sections(void **state)
{
    struct world w;
    struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;

    (void)state;
    set_up(&w);
    /* A map without an end of its last line, and with the head of an earlier one. */
    spread_map_add(&text, &w.spread, &w.settings,
                   "#~ old\n# mine\n[b]\n#~ old\nurl = http://b:1\n\nuser = u");
    assert_has(text.buf, "#~ http://a:1: 1 tenant (0 placed before), 7 measurements, 1 shard, 20 "
                         "descriptors\n");
    assert_has(text.buf, "#~ http://b:1: 2 tenants (1 placed before), 1 measurement\n");
    assert_has(text.buf, "\n# mine\n[b]\nurl = http://b:1\n\nuser = u\n\n[a]\nurl = http://a:1\n\n"
                         "[c]]\nurl = http://b:1\nuser = u\n");
    assert_null(strstr(text.buf, "old"));
    /* Once all have a section, the map stays the same. */
    spread_apply(&w.spread, &w.settings);
    assert_int_equal(settings_target_server(&w.settings, "a"), 1);
    assert_int_equal(settings_target_server(&w.settings, "b"), 2);
    assert_int_equal(settings_target_server(&w.settings, "c]"), 2);
    spread_map_add(&again, &w.spread, &w.settings, text.buf);
    assert_string_equal(again.buf, text.buf);
    strbuf_release(&again);
    strbuf_release(&text);
    tear_down(&w);
}

static void counted(void **state)
{
    struct world w;
    struct strbuf text = STRBUF_INIT;

    (void)state;
    set_up(&w);
    w.spread.is_counted = true;
    spread_map_add_balance(&text, &w.spread, 1);
    assert_string_equal(text.buf, "2 tenants (1 placed before), 1 point");
    strbuf_release(&text);
    tear_down(&w);
}

static void same(void **state)
{
    (void)state;
    assert_true(spread_map_is_same("", ""));
    assert_true(spread_map_is_same("#~ a\n[x]\n", "#~ b\n#~ c\n[x]"));
    assert_false(spread_map_is_same("[x]\n", "[x]\n\n"));
    assert_false(spread_map_is_same("[x]\n", "[y]\n"));
    assert_false(spread_map_is_same("[x]\n", "[xy]\n"));
    assert_false(spread_map_is_same("[x]\n# a\n", "[x]\n# b\n"));
    assert_false(spread_map_is_same("", "[x]\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a map keeps what was there, and gets a section for each new tenant", sections),
        TEST("counted points are called points", counted),
        TEST("maps are the same whatever their heads say", same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
