/*
 * MessagePack, as much as InfluxDB's replies need: a cursor over bytes that are there, and a
 * scanner that finds the end of a document that arrives in parts.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
#ifndef INFLUX_MSGPACK_H
#define INFLUX_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum msgpack_type {
    MSGPACK_NIL,
    MSGPACK_BOOL,
    MSGPACK_INT,  /* fits int64_t */
    MSGPACK_UINT, /* beyond INT64_MAX */
    MSGPACK_FLOAT,
    MSGPACK_STRING, /* or binary */
    MSGPACK_ARRAY,  /* `count` values follow */
    MSGPACK_MAP,    /* `count` pairs follow */
    MSGPACK_EXT,
};

struct msgpack_value {
    enum msgpack_type type;
    union {
        bool boolean;
        int64_t integer;
        uint64_t unsigned_integer;
        double real;
        struct {
            const char *bytes; /* borrowed */
            size_t len;
        } string; /* of MSGPACK_EXT: its data */
        size_t count;
    } as;
};

struct msgpack_cursor {
    const unsigned char *at, *end;
};

/* Reads one value. Of an array or map it reads only the head; the elements come next. -1 where the
 * bytes end too early or are no MessagePack. */
int msgpack_next(struct msgpack_cursor *cursor, struct msgpack_value *value);
/* Passes over one value, its elements included. */
int msgpack_skip(struct msgpack_cursor *cursor);

/*
 * The state of a search for a document's end; zero at the beginning. Give msgpack_scan() the same
 * growing buffer again and again; each call goes on where the one before stopped. It returns 1: the
 * document ends at `pos`; 0: more bytes are needed; -1: this is no MessagePack.
 */
struct msgpack_scanner {
    size_t pos;
    uint64_t open; /* values still to come; 0 at the beginning */
    bool begun;
};
int msgpack_scan(struct msgpack_scanner *scanner, const void *bytes, size_t len);

#endif
