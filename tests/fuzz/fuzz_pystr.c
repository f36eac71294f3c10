/*
 * Texts as Python sees them: stripping leaves nothing to strip and takes nothing else, a number
 * that was read is read again from its digits. tests/fuzz/run builds and runs it.
 */
#include "conf/pystr.h"

#include <inttypes.h>

#include "base/strbuf.h"
#include "fuzz.h"

static void check_strip(struct pystr text)
{
    struct pystr left = pystr_lstrip(text), both = pystr_strip(text), again = pystr_strip(both);

    must(left.s + left.len == text.s + text.len && left.len <= text.len);
    must(both.s >= text.s && both.s + both.len <= text.s + text.len);
    must(again.s == both.s && again.len == both.len);
    must(pystr_rstrip(left).len == both.len);
    /* What was taken is nothing but white space. */
    must(pystr_strip((struct pystr){text.s, (size_t)(both.s - text.s)}).len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct strbuf digits = STRBUF_INIT;
    int64_t value = 0, again = 0;
    bool truth;

    check_strip((struct pystr){(const char *)data, size});
    switch (pystr_int(text, &value)) {
    case PYSTR_NUMBER_DONE:
        strbuf_addf(&digits, "\t %" PRId64 "\xc2\xa0", value);
        must(pystr_int(digits.buf, &again) == PYSTR_NUMBER_DONE && again == value);
        break;
    case PYSTR_NUMBER_EMPTY:
        must(pystr_strip((struct pystr){text, strlen(text)}).len == 0);
        break;
    default:
        break;
    }
    if (pystr_bool(text, &truth) == 0)
        must(strlen(text) <= 5);
    strbuf_release(&digits);
    free(text);
    return 0;
}
