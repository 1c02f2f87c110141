/* eval_print.c: see eval_print.h. */

#include "cli/eval_print.h"

#include "cli/client.h"
#include "cli/command.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_INDENT = 2 };

/* An exception in the code is a success of the protocol. */
static bool
reply_raised (const struct reply *reply)
{
    return reply->err == 0 && json_get_bool (reply->json, "has_error", false);
}

/* A request that was on its way when its supervisor or the owner ended may have run. */
static bool
reply_is_in_doubt (const struct reply *reply)
{
    return reply->err == STUI_E_IN_DOUBT || reply->err == STUI_E_ACTOR_ENDED;
}

int
eval_exit (const struct reply *reply)
{
    if (reply_is_in_doubt (reply))
        return STUI_EXIT_IN_DOUBT;
    if (reply->err == STUI_E_UNREACHABLE || reply->err == STUI_E_NEVER_RUN
        || reply->err == STUI_E_HELD)
        return STUI_EXIT_UNREACHABLE;
    return reply->err != 0 || reply_raised (reply) ? STUI_EXIT_FAILED : STUI_EXIT_DONE;
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static void
copy_member (struct json *to, const char *key, const struct json *from, const char *from_key)
{
    const struct json *value = json_get (from, from_key);
    if (value != NULL)
        json_set (to, key, json_copy (value));
}

struct json *
eval_json (const char *name, const struct reply *reply)
{
    struct json *out = json_object ();
    json_set_text (out, "image", name);
    if (reply->err != 0) {
        json_set_text (out, "status",
                       reply_is_in_doubt (reply)   ? "in_doubt"
                       : reply->err == STUI_E_HELD ? "held"
                                                   : "error");
        json_set_text (out, "error", reply->text);
        json_set_text (out, "error_type", reply->type);
        json_set (out, "stack", json_array ());
        copy_member (out, "stack", reply->json, "stack");
        copy_member (out, "line", reply->json, "line");
        copy_member (out, "column", reply->json, "column");
        if (reply->err == STUI_E_HELD)
            copy_member (out, "held_id", reply->json, "id");
        return out;
    }
    bool raised = reply_raised (reply);
    json_set_text (out, "status", raised ? "error" : "success");
    copy_member (out, raised ? "error" : "result", reply->json, "result");
    copy_member (out, raised ? "error_type" : "result_type", reply->json, "result_type");
    if (raised)
        json_set (out, "stack", json_array ());
    copy_member (out, "stack", reply->json, "stack");
    copy_member (out, "execution_time_ms", reply->json, "execution_time");
    copy_member (out, "object_id", reply->json, "object_id");
    copy_member (out, "truncated", reply->json, "truncated");
    return out;
}

/* ---- text -------------------------------------------------------------------------------------------- */

/* A stack entry is a line, or an object whose parts the image names. */
static char *
stack_line (const struct json *entry)
{
    if (json_is_string (entry))
        return render_line (json_text (entry));
    char *text = json_print (entry);
    char *line = render_line (text);
    free (text);
    return line;
}

static void
print_stack (const struct json *stack)
{
    for (const struct json *entry = json_first (stack); entry != NULL; entry = json_next (entry)) {
        char *line = stack_line (entry);
        fprintf (stderr, "    %s\n", line);
        free (line);
    }
}

/* "IMAGE: CLASS: message" and the stack, on stderr. */
static void
print_wrong (const char *name, bool several, const char *type, const char *text,
             const struct json *stack)
{
    cli_flush ();
    char *block = render_block (text != NULL ? text : "", RESULT_INDENT);
    char *line = render_line (type);
    char *head = render_paint (line, RENDER_BAD, cli_paints (stderr));
    fprintf (stderr, "%s%s%s%s%s\n", several ? name : "", several ? ": " : "", head,
             *block != '\0' ? ": " : "", block);
    free (head);
    free (line);
    free (block);
    print_stack (stack);
}

char *
eval_explain (const struct reply *reply)
{
    long long line = (long long) json_get_number (reply->json, "line", 0);
    long long column = (long long) json_get_number (reply->json, "column", 0);
    if (line > 0 && column > 0)
        return stui_printf ("line %lld, column %lld: %s", line, column, reply->text);
    if (line > 0)
        return stui_printf ("line %lld: %s", line, reply->text);
    if (reply->err == STUI_E_NEVER_RUN)
        return stui_printf ("%s; nothing was run, so it may be sent again", reply->text);
    /* The text ends with what is known: that it ran, or that nobody can say whether it did. */
    if (reply_is_in_doubt (reply))
        return stui_printf ("%s; look before you repeat it", reply->text);
    return stui_strdup (reply->text);
}

void
eval_print_error (const char *name, bool several, const struct reply *reply)
{
    char *text = eval_explain (reply);
    print_wrong (name, several || eval_exit (reply) != STUI_EXIT_FAILED, reply->type, text,
                 json_get (reply->json, "stack"));
    free (text);
}

static void
print_result (const char *name, bool several, const struct json *result)
{
    const char *text = json_get_text (result, "result");
    bool cut = json_get_bool (result, "truncated", false);
    text = text != NULL ? text : "";
    /* A file or a pipe gets the very bytes; a terminal none that would drive it. */
    bool raw = !several && !isatty (STDOUT_FILENO);
    char *block = raw ? stui_strdup (text) : render_block (text, several ? RESULT_INDENT : 0);
    printf ("%s%s%s\n", several ? name : "", several ? ": " : "", block);
    free (block);
    if (cut)
        cli_complain ("%s: the answer was too long for the image to keep: it is cut", name);
}

int
eval_print (const struct cli_options *cli, const char *name, bool several,
            const struct reply *reply)
{
    if (cli->json) {
        struct json *out = eval_json (name, reply);
        cli_print_json (out);
        json_destroy (&out);
    }
    else if (reply->err != 0)
        eval_print_error (name, several, reply);
    else if (reply_raised (reply)) {
        const char *type = json_get_text (reply->json, "result_type");
        print_wrong (name, several, type != NULL ? type : "Error",
                     json_get_text (reply->json, "result"), json_get (reply->json, "stack"));
    }
    else
        print_result (name, several, reply->json);
    cli_flush ();
    return eval_exit (reply);
}
