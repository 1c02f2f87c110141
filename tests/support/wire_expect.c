/* wire_expect.c: Expectations on messages. See wire_expect.h. */

#include "wire_expect.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "image.h"

long
wire_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
wire_expect (cJSON *message, const char *path, const char *value)
{
    cr_expect_str_eq (wire_string (message, path), value, "%s is '%s', not '%s' (error: %s)", path,
                      wire_string (message, path), value, wire_string (message, "error"));
    cJSON_Delete (message);
}

void
wire_expect_error (cJSON *message, const char *type)
{
    cr_expect_str_neq (wire_string (message, "error"), "", "an error has a text");
    wire_expect (message, "error_type", type);
}

struct wire_client *
wire_claimed (const struct image *image, const char *client_id)
{
    struct wire_client *client = wire_client_new (image->port);
    cr_assert (wire_client_claim (client, client_id, 1, 1, NULL));
    return client;
}

void
wire_create_session (struct wire_client *client, char id[WIRE_ID_SIZE])
{
    cJSON *answer = wire_client_call (client, "create_session", NULL);
    snprintf (id, WIRE_ID_SIZE, "%s", wire_string (answer, "result.session_id"));
    cr_assert_eq (strlen (id), 36, "%s", wire_string (answer, "error"));
    cJSON_Delete (answer);
}

cJSON *
wire_evaluate_with (struct wire_client *client, const char *session_id, const char *code,
                    cJSON *more)
{
    cJSON *parameters = more ? more : cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "code", code);
    if (session_id)
        cJSON_AddStringToObject (parameters, "session_id", session_id);
    return wire_client_call (client, "evaluate", parameters);
}

void
wire_do (struct wire_client *client, const char *session_id, const char *code)
{
    cJSON *answer = wire_client_evaluate (client, session_id, code);
    cr_assert (cJSON_IsFalse (wire_item (answer, "result.has_error")), "%s: %s%s", code,
               wire_string (answer, "error"), wire_string (answer, "result.result"));
    cJSON_Delete (answer);
}

long
wire_ping_longest_ms (struct wire_client *client, int count)
{
    long longest = 0;
    for (int i = 0; i < count; i++) {
        long begun = wire_now_ms ();
        wire_expect (wire_client_call (client, "ping", NULL), "result.status", "ok");
        long took = wire_now_ms () - begun;
        longest = took > longest ? took : longest;
    }
    return longest;
}
