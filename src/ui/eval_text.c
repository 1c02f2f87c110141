/* eval_text.c: see eval_text.h. */

#include "ui/eval_text.h"

#include <stdlib.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include <stui/msg.h>

char *
eval_text_raised (const struct json *result)
{
    const char *class = json_get_text (result, "result_type");
    const char *said = json_get_text (result, "result");
    char *text = stui_printf ("%s: %s", class ? class : "Error", said ? said : "");
    const struct json *entry = json_first (json_get (result, "stack"));
    for (; entry; entry = json_next (entry)) {
        char *line = json_text (entry) ? stui_strdup (json_text (entry)) : json_print (entry);
        char *longer = stui_printf ("%s\n  %s", text, line);
        free (line);
        free (text);
        text = longer;
    }
    return text;
}

char *
eval_text_result (enum eval_mode mode, const struct json *result)
{
    const char *said = json_get_text (result, "result"),
               *class = json_get_text (result, "result_type");
    const char *cut = json_get_bool (result, "truncated", false) ? " (the image cut it here)" : "";
    if (mode == EVAL_INSPECT)
        return stui_printf ("class  %s\nprints %s%s", class ? class : "?", said ? said : "", cut);
    if (mode == EVAL_DO)
        return stui_printf ("done in %lld ms",
                            (long long) json_get_real (result, "execution_time", 0));
    return stui_printf ("%s%s", said ? said : "", cut);
}

char *
eval_text_outcome (const char *image, enum eval_mode mode, const struct msg *msg,
                   const struct json *result, enum output_kind *kind)
{
    bool raised = json_get_bool (result, "has_error", false);
    if (result) {
        *kind = raised ? OUTPUT_RAISED : OUTPUT_RESULT;
        return raised ? eval_text_raised (result) : eval_text_result (mode, result);
    }
    int err = stui_err_from_word (msg_text (msg, 0));
    struct json *details = json_parse_text (msg_text (msg, 2));
    *kind = err == STUI_E_HELD                                    ? OUTPUT_HELD
            : err == STUI_E_IN_DOUBT || err == STUI_E_ACTOR_ENDED ? OUTPUT_IN_DOUBT
                                                                  : OUTPUT_REFUSED;
    char *text = err == STUI_E_HELD ? stui_printf ("held until %s is online; :held send", image)
                                    : eval_text_refused (err, msg_text (msg, 1), details);
    json_destroy (&details);
    return text;
}

char *
eval_text_refused (int err, const char *why, const struct json *details)
{
    long long line = (long long) json_get_number (details, "line", 0);
    switch (err) {
    case STUI_E_UNREACHABLE:
        return stui_printf ("%s. Nothing was run: evaluate it again when the image is back", why);
    case STUI_E_NEVER_RUN:
        return stui_printf ("%s. It was not run: evaluate it again", why);
    case STUI_E_IN_DOUBT:
    case STUI_E_ACTOR_ENDED:
        /* WHY ends with what is known: that it ran, or that nobody can say whether it did. */
        return stui_printf ("%s. Look before you repeat it", why);
    default:
        return line > 0 ? stui_printf ("line %lld: %s", line, why) : stui_strdup (why);
    }
}
