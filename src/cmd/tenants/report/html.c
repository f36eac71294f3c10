#include "html.h"

#include <string.h>

#include "base/clock.h"
#include "cmd/tenants/report/words.h"
#include "term/number.h"

void html_add_escaped(struct strbuf *sb, const char *text)
{
    struct strbuf visible = STRBUF_INIT;

    strbuf_add_visible(&visible, text, strlen(text));
    for (size_t i = 0; i < visible.len; i++) {
        switch (visible.buf[i]) {
        case '&':
            strbuf_addstr(sb, "&amp;");
            break;
        case '<':
            strbuf_addstr(sb, "&lt;");
            break;
        case '>':
            strbuf_addstr(sb, "&gt;");
            break;
        case '"':
            strbuf_addstr(sb, "&quot;");
            break;
        case '\'':
            strbuf_addstr(sb, "&#39;");
            break;
        default:
            strbuf_addch(sb, visible.buf[i]);
        }
    }
    strbuf_release(&visible);
}

void html_add_name(struct strbuf *sb, const char *name)
{
    strbuf_addstr(sb, "<bdi>");
    html_add_escaped(sb, name);
    strbuf_addstr(sb, "</bdi>");
}

void html_add_note(struct strbuf *sb, const char *text)
{
    if (!*text)
        return;
    strbuf_addstr(sb, "<br/><small>");
    html_add_escaped(sb, text);
    strbuf_addstr(sb, "</small>");
}

void html_add_name_cell(struct strbuf *sb, const char *name)
{
    strbuf_addstr(sb, "<td class=\"id\">");
    html_add_name(sb, name);
    strbuf_addstr(sb, "</td>");
}

void html_add_number_cell(struct strbuf *sb, int64_t number)
{
    strbuf_addstr(sb, "<td class=\"n\">");
    number_add_grouped(sb, number);
    strbuf_addstr(sb, "</td>");
}

void html_add_text_cell(struct strbuf *sb, const char *text)
{
    strbuf_addstr(sb, "<td>");
    html_add_escaped(sb, text);
    strbuf_addstr(sb, "</td>");
}

void html_add_range(struct strbuf *sb, struct range range)
{
    int64_t step_ns = range.start_ns % CLOCK_DAY_NS || range.end_ns % CLOCK_DAY_NS ? CLOCK_SECOND_NS
                                                                                   : CLOCK_DAY_NS;

    report_add_day(sb, range.start_ns, step_ns);
    strbuf_addstr(sb, " to ");
    report_add_day(sb, range.end_ns, step_ns);
}

void html_begin_table(struct strbuf *sb, const char *caption, const char *const *titles)
{
    strbuf_addf(sb,
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
                "<table><caption>%s</caption><thead><tr>",
                caption, caption);
    for (; *titles; titles++) {
        bool number = **titles == '>';

        strbuf_addf(sb, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "",
                    *titles + number);
    }
    strbuf_addstr(sb, "</tr></thead><tbody>\n");
}

void html_end_table(struct strbuf *sb)
{
    strbuf_addstr(sb, "</tbody></table></div>\n");
}
