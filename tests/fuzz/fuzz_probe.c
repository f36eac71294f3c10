/*
 * Who answers at an address, and what a VictoriaMetrics says of itself: whatever its pages are, it is
 * known or refused with words, its names are there, and its retention is positive; and a flag that a
 * page has is found in it. tests/fuzz/run builds and runs it.
 */
#include "influx/probe.h"

#include "server.h"
#include "tenants/servers/victoria.h"

static void check_server(struct influx_client *client)
{
    struct victoria_server victoria = {0};
    struct err err = ERR_INIT;

    victoria.read_url = victoria_read_url(client->endpoint.base_url);
    if (victoria_server_read(&victoria, client, client, &err) == 0) {
        must(err.code == ERR_NONE && victoria.label && victoria.separator);
        must(victoria.retention_ns >= 0);
    } else {
        must(err.code != ERR_NONE && err.code != ERR_BUG && err.message);
    }
    victoria_server_release(&victoria);
    err_release(&err);
}

static void check_kind(struct influx_client *client)
{
    enum influx_kind kind = INFLUX_KIND_UNKNOWN;
    struct err err = ERR_INIT;

    if (probe_kind(client, &kind, &err) < 0)
        must(err.code == ERR_CONNECT && err.message);
    else
        must(influx_kind_name(kind));
    err_release(&err);
}

/* Of an input that has neither a quote nor a newline: a page with it for a flag's value. */
static void check_flag(const char *value)
{
    struct strbuf page = STRBUF_INIT;
    char *found;

    if (strpbrk(value, "\"\n"))
        return;
    strbuf_addf(&page, "flag{name=\"a\", value=\"x\"} 1\nflag{name=\"b\", value=\"%s\"} 1\n", value);
    found = probe_flag(page.buf, "b");
    must(same_text(found, value));
    free(found);
    must(!probe_flag(page.buf, "c"));
    strbuf_release(&page);
}

static void check_retention(const char *text)
{
    int64_t ns = 0;

    must(victoria_parse_retention(text, &ns) < 0 || ns >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct influx_client client = server_client();
    char *text = text_of(data, size);

    server_begin(data, size, 1 + size % 200);
    check_kind(&client);
    check_server(&client);
    check_flag(text);
    check_retention(text);
    free(text);
    return 0;
}
