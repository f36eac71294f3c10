#include "influx/msgpack.h"

#include <string.h>

/* The read functions return 1: a value was read; 0: more bytes are needed; -1: this is no
 * MessagePack. */
static int read_big_endian(struct msgpack_cursor *cursor, size_t size, uint64_t *ret)
{
    uint64_t number = 0;

    if ((size_t)(cursor->end - cursor->at) < size)
        return 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | cursor->at[i];
    cursor->at += size;
    *ret = number;
    return 1;
}

static int take_bytes(struct msgpack_cursor *cursor, size_t len, struct msgpack_value *value,
                      enum msgpack_type type)
{
    if ((size_t)(cursor->end - cursor->at) < len)
        return 0;
    value->type = type;
    value->as.string.bytes = (const char *)cursor->at;
    value->as.string.len = len;
    cursor->at += len;
    return 1;
}

/* Reads a length of `size` bytes, and then that many bytes and `extra` more: an extension's type is
 * a byte before its data. */
static int read_sized(struct msgpack_cursor *cursor, size_t size, size_t extra,
                      struct msgpack_value *value, enum msgpack_type type)
{
    uint64_t len;
    int rc = read_big_endian(cursor, size, &len);

    return rc <= 0 ? rc : take_bytes(cursor, (size_t)len + extra, value, type);
}

static int read_count(struct msgpack_cursor *cursor, size_t size, struct msgpack_value *value,
                      enum msgpack_type type)
{
    uint64_t count;
    int rc = read_big_endian(cursor, size, &count);

    if (rc <= 0)
        return rc;
    value->type = type;
    value->as.count = (size_t)count;
    return 1;
}

static int read_unsigned(struct msgpack_cursor *cursor, size_t size, struct msgpack_value *value)
{
    uint64_t number;
    int rc = read_big_endian(cursor, size, &number);

    if (rc <= 0)
        return rc;
    value->type = number > INT64_MAX ? MSGPACK_UINT : MSGPACK_INT;
    if (number > INT64_MAX)
        value->as.unsigned_integer = number;
    else
        value->as.integer = (int64_t)number;
    return 1;
}

static int read_signed(struct msgpack_cursor *cursor, size_t size, struct msgpack_value *value)
{
    uint64_t number;
    int rc = read_big_endian(cursor, size, &number);

    if (rc <= 0)
        return rc;
    value->type = MSGPACK_INT;
    value->as.integer = size == 1   ? (int8_t)number
                        : size == 2 ? (int16_t)number
                        : size == 4 ? (int32_t)number
                                    : (int64_t)number;
    return 1;
}

static int read_float(struct msgpack_cursor *cursor, size_t size, struct msgpack_value *value)
{
    uint64_t bits;
    int rc = read_big_endian(cursor, size, &bits);

    if (rc <= 0)
        return rc;
    value->type = MSGPACK_FLOAT;
    if (size == 8) {
        memcpy(&value->as.real, &bits, sizeof(value->as.real));
    } else {
        uint32_t half = (uint32_t)bits;
        float real;

        memcpy(&real, &half, sizeof(real));
        value->as.real = (double)real;
    }
    return 1;
}

static int read_value(struct msgpack_cursor *cursor, struct msgpack_value *value)
{
    unsigned char head;

    if (cursor->at >= cursor->end)
        return 0;
    head = *cursor->at++;
    if (head < 0x80 || head >= 0xe0) {
        value->type = MSGPACK_INT;
        value->as.integer = head < 0x80 ? head : head - 0x100;
        return 1;
    }
    if (head < 0xa0) {
        value->type = head < 0x90 ? MSGPACK_MAP : MSGPACK_ARRAY;
        value->as.count = head & 0x0f;
        return 1;
    }
    if (head < 0xc0)
        return take_bytes(cursor, head & 0x1f, value, MSGPACK_STRING);
    switch (head) {
    case 0xc0:
        value->type = MSGPACK_NIL;
        return 1;
    case 0xc2:
    case 0xc3:
        value->type = MSGPACK_BOOL;
        value->as.boolean = head == 0xc3;
        return 1;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return read_sized(cursor, (size_t)1 << (head - 0xc4), 0, value, MSGPACK_STRING);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return read_sized(cursor, (size_t)1 << (head - 0xc7), 1, value, MSGPACK_EXT);
    case 0xca:
        return read_float(cursor, 4, value);
    case 0xcb:
        return read_float(cursor, 8, value);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return read_unsigned(cursor, (size_t)1 << (head - 0xcc), value);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return read_signed(cursor, (size_t)1 << (head - 0xd0), value);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return take_bytes(cursor, ((size_t)1 << (head - 0xd4)) + 1, value, MSGPACK_EXT);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return read_sized(cursor, (size_t)1 << (head - 0xd9), 0, value, MSGPACK_STRING);
    case 0xdc:
    case 0xdd:
        return read_count(cursor, head == 0xdc ? 2 : 4, value, MSGPACK_ARRAY);
    case 0xde:
    case 0xdf:
        return read_count(cursor, head == 0xde ? 2 : 4, value, MSGPACK_MAP);
    default:
        return -1;
    }
}

int msgpack_next(struct msgpack_cursor *cursor, struct msgpack_value *value)
{
    return read_value(cursor, value) == 1 ? 0 : -1;
}

static uint64_t values_inside(const struct msgpack_value *value)
{
    if (value->type == MSGPACK_ARRAY)
        return value->as.count;
    return value->type == MSGPACK_MAP ? 2 * (uint64_t)value->as.count : 0;
}

int msgpack_skip(struct msgpack_cursor *cursor)
{
    uint64_t open = 1;

    while (open) {
        struct msgpack_value value;

        if (msgpack_next(cursor, &value) < 0)
            return -1;
        open += values_inside(&value) - 1;
    }
    return 0;
}

int msgpack_scan(struct msgpack_scanner *scanner, const void *bytes, size_t len)
{
    if (!scanner->begun) {
        scanner->begun = true;
        scanner->open = 1;
    }
    while (scanner->open) {
        struct msgpack_cursor cursor = {(const unsigned char *)bytes + scanner->pos,
                                        (const unsigned char *)bytes + len};
        struct msgpack_value value;
        int rc = read_value(&cursor, &value);

        if (rc <= 0)
            return rc;
        scanner->pos = (size_t)(cursor.at - (const unsigned char *)bytes);
        scanner->open += values_inside(&value) - 1;
    }
    return 1;
}
