/* reaped.c: see reaped.h. */

#include "cli/reaped.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

struct json *
reaped_of (const struct json *counts, const char *name)
{
    const struct json *image = json_get (counts, name);
    return image ? json_copy (image) : json_null ();
}

/* Adds IMAGE to SUM. */
static void
reaped_add (struct json *sum, const struct json *image)
{
    static const char *const keys[] = {"reaped", "asked", "returned", "deleted"};
    int64_t known_ms = json_get_number (sum, "since_ms", 0);
    int64_t since_ms = json_get_number (image, "since_ms", known_ms);
    json_set_number (sum, "since_ms", known_ms && known_ms < since_ms ? known_ms : since_ms);
    for (size_t at = 0; at < sizeof keys / sizeof *keys; at++)
        json_set_number (sum, keys[at],
                         json_get_number (sum, keys[at], 0) + json_get_number (image, keys[at], 0));
    struct json *rules = json_take (sum, "rules");
    rules = rules ? rules : json_object ();
    const struct json *rule = json_first (json_get (image, "rules"));
    for (; rule; rule = json_next (rule))
        json_set_number (rules, json_key (rule),
                         json_get_number (rules, json_key (rule), 0) + json_value (rule, 0));
    json_set (sum, "rules", rules);
}

/* TEXT, which is freed, and after it BETWEEN, COUNT and WORDS, unless COUNT is 0. */
static char *
reaped_join (char *text, const char *between, int64_t count, const char *words)
{
    if (count == 0)
        return text;
    char *line = render_line (words); /* those of rules come from the database */
    char *joined = stui_printf ("%s%s%" PRId64 " %s", text, between, count, line);
    free (line);
    free (text);
    return joined;
}

char *
reaped_text (const struct json *counts, const char *name)
{
    struct json *sum = json_object ();
    for (const struct json *one = json_first (counts); one; one = json_next (one))
        if (!name || strcmp (json_key (one), name) == 0)
            reaped_add (sum, one);
    int64_t reaped = json_get_number (sum, "reaped", 0);
    char *text = NULL, since[CLOCK_TEXT_SIZE];
    if (reaped > 0) {
        clock_format (json_get_number (sum, "since_ms", 0), since);
        text = stui_printf ("%" PRId64 " session%s since %.10s", reaped, reaped == 1 ? "" : "s",
                            since);
        const char *between = ": ";
        const struct json *rule = json_first (json_get (sum, "rules"));
        for (; rule; rule = json_next (rule), between = ", ")
            text = reaped_join (text, between, json_value (rule, 0), json_key (rule));
        text = reaped_join (text, "; ", json_get_number (sum, "asked", 0), "by a user's word");
        text = reaped_join (text, "; ", json_get_number (sum, "returned", 0), "brought back");
        text = reaped_join (text, "; ", json_get_number (sum, "deleted", 0), "deleted since");
    }
    json_destroy (&sum);
    return text;
}
