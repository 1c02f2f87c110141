/* test_manual.c: the manual page against the table that the terminal runs on: every command with its
 * keys, in a section that `make man` writes from the table. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/path.h"
#include "ui/commands.h"

#define MANUAL "docs/stui.1"
#define BEGIN  ".\\\" commands of the terminal, made by make man\n"
#define END    ".\\\" end of what make man made\n"

enum { MANUAL_MAX = 1 << 20 };

static char *
manual_text (void)
{
    struct stui_cause cause = {0};
    char *text = path_read (MANUAL, MANUAL_MAX, &cause);
    cr_assert_not_null (text, "%s", cause.text);
    return text;
}

/* TEXT on a line of its own; what roff would take for something else is escaped. */
static void
put (FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs ("\\&", out);
    for (; *text; text++)
        if (*text == '^')
            fputs ("\\(ha", out);
        else if (*text == '\\')
            fputs ("\\e", out);
        else if (strncmp (text, "…", strlen ("…")) == 0) {
            fputs ("...", out);
            text += strlen ("…") - 1;
        }
        else
            fputc (*text, out);
}

/* "retry [IMAGE]", what it is for, and its keys. */
static void
put_command (FILE *out, const struct command *command)
{
    const char *list = command->list_keys, *text = command->text_keys;
    fprintf (out, ".It Ic \\&:%s%s", command->name, *command->argument ? " Ar " : "");
    put (out, command->argument);
    fputc ('\n', out);
    put (out, command->help);
    if (*list && strcmp (list, text) == 0) {
        fputs ("; keys:\n", out);
        put (out, list);
    }
    else if (*list) {
        fputs ("; keys in lists:\n", out);
        put (out, list);
    }
    if (*text && strcmp (list, text) != 0) {
        fputs (*list ? "\nand in text:\n" : "; keys in text:\n", out);
        put (out, text);
    }
    fputc ('\n', out);
}

/* The section, from the table. */
static char *
section_made (void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream (&text, &size);
    for (int group = 0; group < COMMAND_GROUP_COUNT; group++) {
        fprintf (out, ".Ss %s\n.Bl -tag -width Ds -compact\n",
                 commands_group_title ((enum command_group) group));
        for (const struct command *row = commands_first (); row; row = commands_next (row)) {
            if (row->group != (enum command_group) group)
                continue;
            put_command (out, row);
        }
        fputs (".El\n", out);
    }
    fclose (out);
    return text;
}

Test (manual, every_command_of_the_terminal_is_there_with_its_keys)
{
    char *manual = manual_text (), *made = section_made ();
    const char *mode = getenv ("STUI_GOLDEN");
    char *begin = strstr (manual, BEGIN), *end = strstr (manual, END);
    cr_assert (begin && end && begin < end, "the marks of the section are gone from " MANUAL);
    begin += strlen (BEGIN);
    if (mode && strcmp (mode, "write") == 0) {
        struct stui_cause cause = {0};
        char *whole = stui_printf ("%.*s%s%s", (int) (begin - manual), manual, made, end);
        cr_assert_eq (path_replace (MANUAL, whole, strlen (whole), 0644, &cause), 0, "%s",
                      cause.text);
        free (whole);
    }
    else
        cr_assert (
            strlen (made) == (size_t) (end - begin) && memcmp (begin, made, strlen (made)) == 0,
            MANUAL " is not as the table of commands: make man, then look at the difference");
    free (made);
    free (manual);
}
