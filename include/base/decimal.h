/*
 * Numbers as text, where millions are written: printf() takes a microsecond for a float, which is
 * half of the time that the client spends on a point.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>

#include "base/strbuf.h"

void decimal_add_int(struct strbuf *sb, int64_t number);

/*
 * Adds a finite number. Reading the text, correctly rounded, gives the same bits. It has the fewest
 * decimals that do where six are enough, as for nearly all that is measured; else 17 digits.
 */
void decimal_add_real(struct strbuf *sb, double number);

#endif
