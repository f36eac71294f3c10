#include "../../../src/http/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../unit.h"
#include "http/local.h"

static void assert_round_trip(const char *data, size_t len)
{
    struct strbuf packed = STRBUF_INIT;
    z_stream z = {0};
    char *back = calloc(1, len + 1);

    strbuf_addstr(&packed, "in front");
    gzip_add(&packed, data, len);
    assert_non_null(back);
    assert_memory_equal(packed.buf, "in front\x1f\x8b", 10);
    z.next_in = (unsigned char *)packed.buf + 8;
    z.avail_in = (unsigned)packed.len - 8;
    z.next_out = (unsigned char *)back;
    z.avail_out = (unsigned)len + 1;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, len);
    assert_memory_equal(back, data, len);
    inflateEnd(&z);
    free(back);
    strbuf_release(&packed);
}

static void round_trips(void **state)
{
    struct strbuf data = STRBUF_INIT;

    (void)state;
    assert_round_trip("", 0);
    assert_round_trip("a\0b", 3);
    /* Random bytes can't be made smaller, and must fit, too. */
    for (unsigned i = 0, x = 1; i < 300000; i++, x = x * 1103515245 + 12345)
        strbuf_addch(&data, (char)(x >> 16));
    assert_round_trip(data.buf, data.len);
    strbuf_release(&data);
}

static void local(void **state)
{
    char name[256] = "";
    struct strbuf url = STRBUF_INIT;

    (void)state;
    assert_true(local_url("http://localhost:8086"));
    assert_true(local_url("https://127.0.0.1:8086/base"));
    assert_true(local_url("http://127.8.9.1"));
    assert_true(local_url("http://[::1]:8086"));
    assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
    strbuf_addf(&url, "http://%s:8086", name);
    assert_true(local_url(url.buf));
    assert_false(local_url("http://192.0.2.1:8086"));
    assert_false(local_url("http://[2001:db8::1]:8086"));
    assert_false(local_url("http://influx.example.org:8086"));
    strbuf_release(&url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is compressed comes back as it was", round_trips),
        TEST("a server is on this machine by its address or name", local),
    };

    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
