/*
 * Words that agree with a count.
 */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

/* The form that goes with a count of any integer type: "%zu window%s", n, PLURAL(n, "", "s"). */
#define PLURAL(count, one, many) ((count) == 1 ? (one) : (many))

#endif
