/* session_fixture.h: a session set under a clock that the test turns, and an image that the test
 * plays. */

#ifndef TESTS_UNIT_SESSION_FIXTURE_H
#define TESTS_UNIT_SESSION_FIXTURE_H

#include "actors/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

#define SESSION_ID "0199c82c-0000-7000-8000-000000000001"

static inline struct session *
session_start (struct sessions *set, bool online)
{
    snprintf (set->key, sizeof set->key, "image");
    set->orphan_after_ms = 900000;
    if (online)
        sessions_online (set, false, 0);
    return sessions_new (set, SESSION_ID, "work", json_parse_text ("{\"text\":1}"), 0, 0);
}

static inline void
save (struct sessions *set, int64_t now_ms)
{
    struct session *session;
    while ((session = sessions_save_due (set, now_ms)) != NULL) {
        struct json *record = session_save_begin (session, "image", "one");
        json_destroy (&record);
        session_save_end (session, true, 1, now_ms);
    }
}

/* What is put on the wire next; it has to be OP. */
static inline void
put (struct sessions *set, enum session_op op)
{
    struct session *session = sessions_due (set);
    cr_assert_not_null (session);
    cr_assert_eq (session->due, op);
    struct json *parameters = session_wire_begin (session, "client");
    json_destroy (&parameters);
}

static inline enum session_outcome
answer (struct session *session, const char *result, const char *error)
{
    struct json *json = result ? json_parse_text (result) : NULL;
    enum session_outcome outcome = session_wire_end (session, json, error, "no", NULL, 0);
    json_destroy (&json);
    return outcome;
}

static inline void
edit (struct session *session, const char *patch, int64_t now_ms)
{
    struct json *json = json_parse_text (patch);
    size_t dropped = 0;
    cr_assert_eq (session_edit (session, json, now_ms, now_ms, &dropped, NULL), 0);
    cr_assert_eq (dropped, 0);
    json_destroy (&json);
}

/* One that the image has, in version 1, saved. */
static inline struct session *
session_in_step (struct sessions *set)
{
    struct session *session = session_start (set, true);
    save (set, 0);
    put (set, SESSION_OP_CREATE);
    cr_assert_eq (answer (session, "{\"version\":1,\"timeout\":30}", NULL), SESSION_IN_STEP);
    save (set, 2000);
    cr_assert_null (sessions_due (set));
    return session;
}

#endif
