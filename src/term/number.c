#include "term/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void number_add_grouped(struct strbuf *sb, int64_t number)
{
    char digits[32];
    size_t len;

    snprintf(digits, sizeof(digits), "%" PRId64, number);
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
            strbuf_addch(sb, ',');
        strbuf_addch(sb, digits[i]);
    }
}

void number_add_short(struct strbuf *sb, double number)
{
    static const char *const unit_names[] = {"", "k", "M", "G", "T"};
    size_t unit = 0;

    while (number >= 999.5 && unit + 1 < ARRAY_SIZE(unit_names)) {
        number /= 1000;
        unit++;
    }
    strbuf_addf(sb, "%.*f%s",
                unit == 0 || number >= 99.95 ? 0
                : number >= 9.995            ? 1
                                             : 2,
                number, unit_names[unit]);
}
