/* test_guide.c: the guide against the tables that the program runs on: the keys and commands that its
 * text names are there, so that it does not grow stale unnoticed. Its screens are taken by
 * scripts/screens.sh. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/path.h"
#include "ui/commands.h"
#include "ui/key.h"

#define GUIDE "docs/guide.md"

enum { GUIDE_MAX = 1 << 20, SPAN_MAX = 80, KEYS_LEAST = 15, COMMANDS_LEAST = 5 };

/* Whether KEYS, of a command, has KEY. */
static bool
keys_have (const char *keys, struct key key)
{
    char name[KEY_NAME_SIZE];
    int used;
    for (; sscanf (keys, " %23s%n", name, &used) == 1; keys += used) {
        struct key one;
        if (key_parse (name, &one) && key_is_equal (one, key))
            return true;
    }
    return false;
}

static bool
is_bound (struct key key)
{
    for (const struct command *row = commands_first (); row; row = commands_next (row))
        if (keys_have (row->list_keys, key) || keys_have (row->text_keys, key))
            return true;
    return false;
}

/* What stands between backquotes: a command of the terminal, one of its keys, or something else. */
static void
check_span (const char *span, int *keys, int *commands)
{
    struct key key;
    if (span[0] == ':' && span[1]) {
        size_t size = strcspn (span + 1, " ");
        const struct command *command = commands_find (span + 1, size);
        cr_assert (command && strlen (command->name) == size,
                   GUIDE " names %s, which is no command", span);
        ++*commands;
    }
    else if (key_parse (span, &key)) {
        cr_assert (is_bound (key), GUIDE " names the key %s, which does nothing", span);
        ++*keys;
    }
}

Test (guide, every_key_and_command_that_it_names_is_there)
{
    struct stui_cause cause = {0};
    char *text = path_read (GUIDE, GUIDE_MAX, &cause), *rest = text;
    bool prose = true; /* neither a screen nor how it is taken */
    int keys = 0, commands = 0;
    cr_assert_not_null (text, "%s", cause.text);
    for (char *line; (line = strsep (&rest, "\n"));) {
        if (strncmp (line, "<!-- take", 9) == 0)
            prose = strstr (line, "taken -->") != NULL;
        if (!prose) {
            prose = strncmp (line, "<!-- taken", 10) == 0;
            continue;
        }
        while ((line = strchr (line, '`'))) {
            char span[SPAN_MAX + 1];
            size_t size = strcspn (line + 1, "`");
            snprintf (span, sizeof span, "%.*s", (int) size, line + 1);
            check_span (span, &keys, &commands);
            line += size + 1 + (line[size + 1] == '`');
        }
    }
    cr_assert_geq (keys, KEYS_LEAST, "only %d keys were found: is it read well?", keys);
    cr_assert_geq (commands, COMMANDS_LEAST, "only %d commands were found", commands);
    free (text);
}
