/* attempt.c: see attempt.h. Pure but for the heap. */

#include "runtime/attempt.h"

#include <string.h>

#include <stui/trouble.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static const struct attempt_step straight_steps[] = {
    {"resolving", "name"},        /* it has an address */
    {"routing", "route"},         /* this machine has a way there */
    {"connecting", "TCP"},        /* the kernel there accepts; a stopped process's does too */
    {"handshaking", "handshake"}, /* something there speaks ZMTP */
    {"hello", "hello"},           /* an image introduces itself */
    {"ping", "ping"},             /* and answers */
    {0},
};

/* Of an image behind SSH, whose host finds name and route. */
static const struct attempt_step tunnel_steps[] = {
    {"tunnel", "tunnel"}, {"connecting", "TCP"}, {"handshaking", "handshake"},
    {"hello", "hello"},   {"ping", "ping"},      {0},
};

const struct attempt_step *
attempt_steps (bool tunnelled)
{
    return tunnelled ? tunnel_steps : straight_steps;
}

int
attempt_failed (const struct attempt_step *steps, const struct json *state)
{
    const char *phase = json_get_text (state, "phase"), *word = json_get_text (state, "trouble");
    int place = 0;
    if (stui_trouble_from_word (word) == STUI_TROUBLE_NO_ROUTE)
        phase = "routing";
    while (steps[place].phase && (!phase || strcmp (steps[place].phase, phase) != 0))
        place++;
    return place;
}

char *
attempt_introduction (const struct json *result)
{
    const struct json *hello = json_get (result, "hello");
    const char *dialect = json_get_text (result, "dialect");
    const char *version = json_get_text (hello, "dialect_version");
    const char *name = json_get_text (hello, "image_name"), *host = json_get_text (hello, "host");
    if (!dialect)
        dialect = "unknown dialect";
    /* Many images begin their version with the dialect's name. */
    bool both = !version || strncmp (version, dialect, strlen (dialect)) != 0;
    return stui_printf ("%s%s%s%s%s%s%s", both ? dialect : "", both && version ? " " : "",
                        version ? version : "", name ? ", calls itself " : "", name ? name : "",
                        host ? " on " : "", host ? host : "");
}
