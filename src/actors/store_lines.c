/* store_lines.c: see store_lines.h. */

#include "actors/store_lines.h"

#include <string.h>

#include "actors/checksum.h"
#include "actors/store_table.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

struct line {
    uint64_t writer; /* a hash of its id: there may be an entry for each of many sessions */
    uint64_t state;
};

static void
line_destroy (void **item)
{
    free (*item);
    *item = NULL;
}

zhashx_t *
store_lines_new (void)
{
    return store_table_new (line_destroy);
}

/* 0: it names none. */
static uint64_t
mark_of (const struct json *about, const char *member)
{
    const char *text = json_get_text (about, member);
    return text ? strtoull (text, NULL, 16) : 0;
}

bool
store_lines_take (zhashx_t *self, const char *subject, const char *writer, const struct json *about)
{
    struct line *line = zhashx_lookup (self, subject);
    struct line next = {.writer = checksum_xxh64 (writer, strlen (writer)),
                        .state = mark_of (about, "state")};
    bool goes_on = !line || line->writer == next.writer || line->state == next.state
                   || line->state == mark_of (about, "base");
    if (!goes_on)
        return false;
    if (!line) {
        line = stui_alloc (sizeof *line);
        zhashx_insert (self, subject, line);
    }
    /* Who has the same context anew has not taken it over: the other goes on where it was. */
    if (line->state != next.state || line->writer == 0)
        *line = next;
    return true;
}

void
store_lines_forget (zhashx_t *self, const char *subject)
{
    zhashx_delete (self, subject);
}
