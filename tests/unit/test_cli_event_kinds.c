/* test_cli_event_kinds.c: `stui events --kind` knows each kind of event that the sources make, and no
 * other. Reads the sources: run in the project's directory, as all tests are. */

#include "cli/event_kinds.h"

#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"

/* All sources that make events, as one text; caller frees. */
static char *
sources (void)
{
    glob_t found;
    size_t size = 0;
    cr_assert_eq (glob ("src/actors/*.c", 0, NULL, &found), 0);
    cr_assert_eq (glob ("src/main_actor.c", GLOB_APPEND, NULL, &found), 0);
    char *text = stui_strdup ("");
    for (size_t index = 0; index < found.gl_pathc; index++) {
        FILE *file = fopen (found.gl_pathv[index], "r");
        cr_assert_not_null (file);
        fseek (file, 0, SEEK_END);
        size_t more = (size_t) ftell (file);
        rewind (file);
        text = stui_realloc (text, size + more + 1);
        size += fread (text + size, 1, more, file);
        text[size] = '\0';
        fclose (file);
    }
    globfree (&found);
    return text;
}

Test (cli_event_kinds, each_is_made_somewhere)
{
    char *text = sources ();
    for (size_t index = 0; event_kinds[index]; index++) {
        char quoted[64];
        snprintf (quoted, sizeof quoted, "\"%s\"", event_kinds[index]);
        cr_expect_not_null (strstr (text, quoted), "no source makes an event %s", quoted);
    }
    free (text);
}

static bool
is_known (const char *kind, size_t size)
{
    for (size_t index = 0; event_kinds[index]; index++)
        if (strlen (event_kinds[index]) == size && memcmp (event_kinds[index], kind, size) == 0)
            return true;
    return false;
}

/* Symptom: a new kind of event could not be asked for, or completed. */
Test (cli_event_kinds, each_that_is_made_is_known)
{
    char *text = sources ();
    regex_t made;
    regmatch_t match[3];
    size_t seen = 0;
    cr_assert_eq (regcomp (&made,
                           "(supervise_event|trouble_event|main_event|tunnels_event|reaper_event|"
                           "store_db_notice|store_say) \\([^\";]*\"([a-z_]+)\"",
                           REG_EXTENDED),
                  0);
    for (const char *at = text; regexec (&made, at, 3, match, 0) == 0; at += match[0].rm_eo) {
        size_t size = (size_t) (match[2].rm_eo - match[2].rm_so);
        cr_expect (is_known (at + match[2].rm_so, size), "'%.*s' is not in event_kinds.c",
                   (int) size, at + match[2].rm_so);
        seen++;
    }
    cr_assert_gt (seen, 40, "the sources are read as they are written");
    regfree (&made);
    free (text);
}
