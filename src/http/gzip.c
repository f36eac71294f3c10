#include "gzip.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* its input is const */
#include <zlib.h>

/* zlib's largest window, and 16 more for gzip's header instead of zlib's. */
enum { WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

void gzip_add(struct strbuf *sb, const char *data, size_t len)
{
    z_stream z = {0};

    /* deflateInit2() fails only for lack of memory or wrong arguments. deflate() ends the stream at
     * once, since the output has deflateBound() bytes. */
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        abort();
    strbuf_grow(sb, deflateBound(&z, len));
    z.next_in = (const unsigned char *)data;
    z.avail_in = (unsigned)len;
    z.next_out = (unsigned char *)sb->buf + sb->len;
    z.avail_out = (unsigned)deflateBound(&z, len);
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    strbuf_setlen(sb, sb->len + z.total_out);
    deflateEnd(&z);
}
