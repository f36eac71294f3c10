/*
 * Numbers for people.
 */
#ifndef TERM_NUMBER_H
#define TERM_NUMBER_H

#include <stdint.h>

#include "base/strbuf.h"

/* "1,234,567" */
void number_add_grouped(struct strbuf *sb, int64_t number);
/* Three digits and a unit: "987", "12.3k", "4.56M". For counts that are 0 or more. */
void number_add_short(struct strbuf *sb, double number);

#endif
