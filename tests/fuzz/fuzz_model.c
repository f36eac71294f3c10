/*
 * Canonical texts: what was read and printed is read and printed as the same; types and defaults
 * that are canonical stay so, and stand on one line. tests/fuzz/run builds and runs it.
 */
#include "schema/shape/model.h"

#include "../unit/schema/canonical.h"
#include "fuzz.h"
#include "schema/history/diff.h"
#include "schema/history/state.h"

static void check_copy(const struct model *model, const char *text)
{
    struct strbuf copied = STRBUF_INIT;
    struct model copy;
    struct diff diff;

    model_copy(&copy, model);
    model_add_canonical(&copied, &copy);
    must(same_text(copied.buf, text));
    diff_make(&diff, model, &copy);
    must(diff.count == 0);
    diff_release(&diff);
    model_release(&copy);
    strbuf_release(&copied);
}

static void check_round_trip(const struct model *model)
{
    struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;
    struct model back;

    model_add_canonical(&text, model);
    must(canonical_parse(&back, "again", text.buf, &err) == 0);
    model_add_canonical(&again, &back);
    must(same_text(text.buf, again.buf));
    check_copy(&back, again.buf);
    model_lines(&lines, model);
    must(state_distance(&lines, &lines) == 0);
    strvec_release(&lines);
    model_release(&back);
    strbuf_release(&text);
    strbuf_release(&again);
}

static void check_words(const char *text, size_t len)
{
    static const char *const types[] = {"int", "binary(3)", "varbinary(9)", "varchar(9)", "text"};
    char *type = model_canonical_type(text), *again = model_canonical_type(type);

    must(same_text(type, again));
    free(type);
    free(again);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        char *literal = model_canonical_default(types[i], text, len);

        must(i == 0 || !strchr(literal, '\n'));
        free(literal);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct model model;
    struct err err = ERR_INIT;

    if (canonical_parse(&model, "f", text, &err) == 0) {
        check_round_trip(&model);
        model_release(&model);
    }
    check_words(text, size);
    err_release(&err);
    free(text);
    return 0;
}
