#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Whole numbers up to this are exact as a double. Such a number divided by a power of ten is
 * rounded correctly, by IEEE 754; and so is the text with these digits by any reader. Both give the
 * same double. */
#define MAX_EXACT 9007199254740992.0 /* 2^53 */

static void add_unsigned(struct strbuf *sb, uint64_t number, size_t least)
{
    char digits[24];
    size_t at = sizeof(digits);

    while (number || sizeof(digits) - at < least) {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    }
    strbuf_add(sb, digits + at, sizeof(digits) - at);
}

void decimal_add_int(struct strbuf *sb, int64_t number)
{
    if (number < 0)
        strbuf_addch(sb, '-');
    add_unsigned(sb, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 1);
}

void decimal_add_real(struct strbuf *sb, double number)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    double size = fabs(number);

    for (size_t i = 0; i < ARRAY_SIZE(powers); i++) {
        double power = (double)powers[i], scaled = size * power;
        uint64_t whole;

        if (!(scaled < MAX_EXACT))
            break;
        whole = (uint64_t)(scaled + 0.5);
        if ((double)whole / power != size)
            continue;
        if (signbit(number))
            strbuf_addch(sb, '-');
        add_unsigned(sb, whole / powers[i], 1);
        if (i) {
            strbuf_addch(sb, '.');
            add_unsigned(sb, whole % powers[i], i);
        }
        return;
    }
    strbuf_addf(sb, "%.17g", number);
}
