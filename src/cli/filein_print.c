/* filein_print.c: see filein_print.h. */

#include "cli/filein_print.h"

#include "cli/client.h"
#include "cli/command.h"
#include "cli/eval_print.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum { DEFINITIONS_INDENT = 2 };

/* How many errors there were: the image counts more than it tells. */
static int64_t
error_count (const struct json *result)
{
    int64_t told = (int64_t) json_count (json_get (result, "errors"));
    int64_t counted = json_get_number (result, "error_count", told);
    return counted > told ? counted : told;
}

static int64_t
definition_count (const struct json *result)
{
    int64_t told = (int64_t) json_count (json_get (result, "definitions"));
    int64_t counted = json_get_number (result, "definition_count", told);
    return counted > told ? counted : told;
}

int
filein_exit (const struct reply *reply)
{
    if (reply->err == 0 && error_count (reply->json) > 0)
        return STUI_EXIT_FAILED;
    return eval_exit (reply);
}

struct json *
filein_json (const char *name, const struct reply *reply)
{
    if (reply->err != 0)
        return eval_json (name, reply);
    struct json *out = json_object ();
    const struct json *definitions = json_get (reply->json, "definitions");
    const struct json *errors = json_get (reply->json, "errors");
    json_set_text (out, "image", name);
    json_set_text (out, "status", error_count (reply->json) > 0 ? "error" : "success");
    json_set (out, "definitions", definitions != NULL ? json_copy (definitions) : json_array ());
    json_set_number (out, "definition_count", definition_count (reply->json));
    json_set (out, "errors", errors != NULL ? json_copy (errors) : json_array ());
    json_set_number (out, "error_count", error_count (reply->json));
    return out;
}

/* LINE put behind *TEXT, which is replaced. */
static void
add_line (char **text, const char *line)
{
    char *longer = stui_printf ("%s%s\n", *text, line);
    free (*text);
    *text = longer;
}

char *
filein_definitions (const char *name, bool several, const struct json *result)
{
    const struct json *definitions = json_get (result, "definitions");
    int64_t hidden = definition_count (result) - (int64_t) json_count (definitions);
    char *lines = stui_strdup ("");
    for (const struct json *one = json_first (definitions); one != NULL; one = json_next (one)) {
        char *line = render_line (json_text (one) != NULL ? json_text (one) : "?");
        add_line (&lines, line);
        free (line);
    }
    if (hidden > 0) {
        char *line = stui_printf ("and %lld more", (long long) hidden);
        add_line (&lines, line);
        free (line);
    }
    if (*lines == '\0')
        add_line (&lines, "nothing was defined");
    if (!several)
        return lines;
    lines[strlen (lines) - 1] = '\0';
    char *block = render_block (lines, DEFINITIONS_INDENT);
    char *text = stui_printf ("%s: %s\n", name, block);
    free (block);
    free (lines);
    return text;
}

/* TEXT without "SOURCE: " before it: some images say it too. */
static const char *
without_source (const char *text, const char *source)
{
    size_t length = strlen (source);
    return strncmp (text, source, length) == 0 && strncmp (text + length, ": ", 2) == 0
               ? text + length + 2
               : text;
}

char *
filein_errors (const char *name, bool several, const char *source, const struct json *result)
{
    const struct json *errors = json_get (result, "errors");
    int64_t hidden = error_count (result) - (int64_t) json_count (errors);
    const char *before = several ? name : "", *colon = several ? ": " : "";
    char *text = stui_strdup ("");
    for (const struct json *one = json_first (errors); one != NULL; one = json_next (one)) {
        const char *said = json_get_text (one, "text");
        char *message = render_line (said != NULL ? without_source (said, source)
                                                  : "an error that the image does not name");
        char *line = stui_printf ("%s%s%s:%lld: %s", before, colon, source,
                                  (long long) json_get_number (one, "line", 0), message);
        add_line (&text, line);
        free (line);
        free (message);
    }
    if (hidden > 0) {
        char *line =
            stui_printf ("%s%s%s: %lld more errors", before, colon, source, (long long) hidden);
        add_line (&text, line);
        free (line);
    }
    return text;
}

static void
print_result (const char *name, bool several, const char *source, const struct json *result)
{
    char *definitions = filein_definitions (name, several, result);
    char *errors = filein_errors (name, several, source, result);
    fputs (definitions, stdout);
    cli_flush (); /* before what goes to stderr */
    fputs (errors, stderr);
    free (errors);
    free (definitions);
}

int
filein_print (const struct cli_options *cli, const char *name, bool several, const char *source,
              const struct reply *reply)
{
    if (cli->json) {
        struct json *out = filein_json (name, reply);
        cli_print_json (out);
        json_destroy (&out);
    }
    else if (reply->err != 0)
        eval_print_error (name, several, reply);
    else
        print_result (name, several, source, reply->json);
    cli_flush ();
    return filein_exit (reply);
}
