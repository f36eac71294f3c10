/*
 * Words that agree with a count.
 */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

/* Of a count of any integer type: "%zu window%s", count, PLURAL(count, "", "s"). */
#define PLURAL(count, one, many) ((count) == 1 ? (one) : (many))

#endif
