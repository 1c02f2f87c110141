/* sim_fixture.h: one simulated image under a clock of the test's own, for the tests of its commands:
 * requests in, answers out. Each test file that includes it has an image of its own. */

#ifndef TEST_SIM_FIXTURE_H
#define TEST_SIM_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_image.h"

#define ME    "0e0c6a2f-1d0c-4f5b-9a52-000000000001"
#define OTHER "0e0c6a2f-1d0c-4f5b-9a52-000000000002"

static struct sim_image *image;
static struct sim_outbox outbox;
static struct sim_time now = {1000, 1700000000000};
static struct json *last; /* the answer looked at last */
static int requests;

static inline struct sim_image *
make_image (const char *token, bool is_read_only)
{
    struct sim_image_options options = {
        .name = "sim-1",
        .image_id = "0e0c6a2f-1d0c-4f5b-9a52-0000000000aa",
        .boot_id = "0e0c6a2f-1d0c-4f5b-9a52-0000000000bb",
        .token = token,
        .is_read_only = is_read_only,
        .host = "here",
        .pid = 42,
        .seed = 7,
    };
    return sim_image_new (&options, now);
}

static inline void
setup (void)
{
    image = make_image (NULL, false);
}

static inline void
teardown (void)
{
    json_destroy (&last);
    sim_outbox_fini (&outbox);
    sim_image_destroy (&image);
}

/* ---- small words ------------------------------------------------------------------------------- */

/* The id of request NUMBER: they rise. */
static inline const char *
id_of (int number)
{
    static char text[STUI_UUID_LEN + 1];
    snprintf (text, sizeof text, "01a2029a-eb88-7000-8000-%012d", number);
    return text;
}

/* PARAMETERS with single quotes in place of double ones, and ` in place of single ones. */
static inline void
send_as (uint64_t peer, int number, const char *command, const char *parameters)
{
    char *quoted = stui_strdup (parameters);
    for (char *c = quoted; *c; c++)
        *c = (char) (*c == '\'' ? '"' : *c == '`' ? '\'' : *c);
    char *text = stui_printf ("{\"id\":\"%s\",\"command\":\"%s\",\"parameters\":%s}",
                              id_of (number), command, quoted);
    sim_image_receive (image, peer, (struct sim_envelope){0}, text, strlen (text), now, &outbox);
    free (quoted);
    free (text);
}

static inline int
request (uint64_t peer, const char *command, const char *parameters)
{
    send_as (peer, ++requests, command, parameters);
    return requests;
}

/* The output with that answer (ID NULL: the first event) for PEER; it is LAST then. */
static inline bool
find (uint64_t peer, const char *id)
{
    json_destroy (&last);
    for (size_t i = 0; i < outbox.count; i++) {
        if (!outbox.items[i].text || outbox.items[i].peer != peer)
            continue;
        last = json_parse_text (outbox.items[i].text);
        const char *its = json_get_text (last, "id");
        if (id ? its && strcmp (its, id) == 0 : json_get_text (last, "event") != NULL)
            return true;
        json_destroy (&last);
    }
    return false;
}

/* Sends, and looks at the answer. The outbox is empty afterwards. */
static inline const struct json *
ask (uint64_t peer, const char *command, const char *parameters)
{
    int number = request (peer, command, parameters);
    cr_assert (find (peer, id_of (number)), "%s is not answered", command);
    sim_outbox_clear (&outbox);
    return last;
}

static inline const struct json *
result_of (uint64_t peer, const char *command, const char *parameters)
{
    const struct json *answer = ask (peer, command, parameters);
    cr_assert_str_eq (json_get_text (answer, "status"), "success", "%s: %s", command,
                      json_get_text (answer, "error"));
    return json_get (answer, "result");
}

static inline void
expect_error (const struct json *answer, const char *type)
{
    cr_assert_str_eq (json_get_text (answer, "status"), "error");
    cr_assert_str_eq (json_get_text (answer, "error_type"), type, "%s: %s",
                      json_get_text (answer, "error_type"), json_get_text (answer, "error"));
}

static inline void
claim (uint64_t peer, const char *client, int generation, int counter)
{
    char *parameters = stui_printf ("{'client_id':'%s','protocol':'1.1',"
                                    "'client_epoch':{'generation':%d,'counter':%d}}",
                                    client, generation, counter);
    result_of (peer, "hello", parameters);
    free (parameters);
}

static inline void
advance (int64_t ms)
{
    now.mono_ms += ms;
    now.wall_ms += ms;
    sim_image_advance (image, now, &outbox);
}

/* The error's own detail NAME. */
static inline int64_t
detail (const struct json *answer, const char *name)
{
    return json_get_number (json_get (answer, "details"), name, -1);
}

/* Whether LIST holds TEXT, or a row whose KEY is TEXT. */
static inline bool
has (const struct json *list, const char *key, const char *text)
{
    for (const struct json *item = json_first (list); item; item = json_next (item)) {
        const char *its = key ? json_get_text (item, key) : json_text (item);
        if (its && strcmp (its, text) == 0)
            return true;
    }
    return false;
}

/* What CODE (a JSON text's content) prints in session s, or in none. */
static inline const char *
printed (const char *code)
{
    char *parameters = stui_printf ("{'code':'%s'}", code);
    const struct json *result = result_of (1, "evaluate", parameters);
    free (parameters);
    cr_assert_not (json_get_bool (result, "has_error", true), "%s: %s", code,
                   json_get_text (result, "result"));
    return json_get_text (result, "result");
}

static inline const char *
state_of (uint64_t peer, int number)
{
    char *parameters = stui_printf ("{'id':'%s'}", id_of (number));
    const char *state = json_get_text (result_of (peer, "get_result", parameters), "state");
    free (parameters);
    return state;
}

#endif
