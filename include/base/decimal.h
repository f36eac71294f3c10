/*
 * Numbers as text, for what is written by the million: printf() takes a microsecond for a float,
 * which is half of what the client spends on a point.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>

#include "base/strbuf.h"

void decimal_add_int(struct strbuf *sb, int64_t number);

/*
 * Adds a finite number so that reading the text, correctly rounded, gives the same bits: with the
 * fewest decimals where six are enough, as in nearly all that is measured, else with 17 digits.
 */
void decimal_add_real(struct strbuf *sb, double number);

#endif
