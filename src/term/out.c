#include "term/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/utf8.h"

/*
 * The error of the first write that failed, kept for out_finish(). It is global as stdout is: stdio
 * remembers that a write failed (ferror()), but not why.
 */
static int write_errno;

static void put(const char *data, size_t len)
{
    if (fwrite(data, 1, len, stdout) != len && !write_errno)
        write_errno = errno ? errno : EIO;
}

void out_text(const char *text)
{
    put(text, strlen(text));
}

void out_printf(const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    put(text.buf, text.len);
    strbuf_release(&text);
}

void out_flush(void)
{
    if (fflush(stdout) != 0 && !write_errno)
        write_errno = errno;
}

void out_json_document(json_t *value)
{
    struct strbuf text = STRBUF_INIT;

    if (isatty(STDOUT_FILENO)) {
        json_add_pretty(&text, value);
    } else {
        json_add_compact(&text, value);
        strbuf_addch(&text, '\n');
    }
    put(text.buf, text.len);
    strbuf_release(&text);
    json_decref(value);
}

void out_json_line(json_t *value)
{
    struct strbuf text = STRBUF_INIT;

    json_add_compact(&text, value);
    strbuf_addch(&text, '\n');
    put(text.buf, text.len);
    out_flush();
    strbuf_release(&text);
    json_decref(value);
}

struct out_table {
    struct strvec cells; /* row after row; the titles are the first row */
    size_t columns;
    bool *right; /* by column: aligned to the right */
};

struct out_table *out_table_new(const char *const *titles)
{
    struct out_table *table = xcalloc(1, sizeof(*table));

    table->cells = (struct strvec)STRVEC_INIT;
    while (titles[table->columns])
        table->columns++;
    table->right = xcalloc(table->columns, sizeof(*table->right));
    for (size_t i = 0; i < table->columns; i++) {
        table->right[i] = titles[i][0] == '>';
        strvec_push(&table->cells, titles[i] + table->right[i]);
    }
    return table;
}

void out_table_cell(struct out_table *table, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT, visible = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    strbuf_add_visible(&visible, text.buf, text.len);
    strvec_push(&table->cells, visible.buf);
    strbuf_release(&text);
    strbuf_release(&visible);
}

static void add_cell(struct strbuf *line, const char *cell, size_t width, bool right, bool last)
{
    int padding = (int)(width - utf8_columns(cell));

    if (right)
        strbuf_addf(line, "%*s", padding, "");
    strbuf_addstr(line, cell);
    if (!right && !last)
        strbuf_addf(line, "%*s", padding, "");
    if (!last)
        strbuf_addstr(line, "  ");
}

void out_table_print(struct out_table *table)
{
    size_t *widths = xcalloc(table->columns, sizeof(*widths));
    struct strbuf line = STRBUF_INIT;

    for (size_t i = 0; i < table->cells.nr; i++) {
        size_t columns = utf8_columns(table->cells.v[i]);

        if (columns > widths[i % table->columns])
            widths[i % table->columns] = columns;
    }
    for (size_t i = 0; i < table->cells.nr && table->cells.nr > table->columns; i++) {
        size_t column = i % table->columns;
        bool last = column == table->columns - 1;

        add_cell(&line, table->cells.v[i], widths[column], table->right[column], last);
        if (last) {
            strbuf_addch(&line, '\n');
            put(line.buf, line.len);
            strbuf_reset(&line);
        }
    }
    strbuf_release(&line);
    free(widths);
    strvec_release(&table->cells);
    free(table->right);
    free(table);
}

int out_finish(struct err *err)
{
    out_flush();
    if (write_errno == EPIPE) {
        err->code = ERR_FAILED;
        return -1;
    }
    if (write_errno)
        return err_set(err, ERR_FAILED, "can't write to standard output: %s",
                       strerror(write_errno));
    return 0;
}
