/* test_leases.c: many clients with many sessions on one real image: each sees its own only, none has
 * more than five, they expire when nobody is there for them, and all counts agree.
 *
 * Time passes by shifting what the image holds for the time of day (StuiGstAdapter, shiftClock:). */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/image.h"
#include "support/wire_expect.h"

enum { CLIENTS = 5, SESSIONS = 5 };

static struct image image;
static struct wire_client *clients[CLIENTS];
static char client_ids[CLIENTS][48];
static char sessions[CLIENTS][SESSIONS][WIRE_ID_SIZE];

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "leases", NULL, 0, NULL), 0);
    for (int i = 0; i < CLIENTS; i++) {
        snprintf (client_ids[i], sizeof client_ids[i], "cccccccc-cccc-4ccc-8ccc-cccccccccc%02d", i);
        clients[i] = wire_claimed (&image, client_ids[i]);
        for (int k = 0; k < SESSIONS; k++)
            wire_create_session (clients[i], sessions[i][k]);
    }
}

static void
s_stop (void)
{
    for (int i = 0; i < CLIENTS; i++)
        wire_client_destroy (&clients[i]);
    image_stop (&image);
}

TestSuite (leases, .init = s_start, .fini = s_stop, .timeout = 120);

/* ---- helpers ---- */

/* Lets time pass, and makes the image look for what has expired, as it does every 300 s. */
static void
s_let_pass (struct wire_client *client, long seconds)
{
    char code[200];
    snprintf (code, sizeof code,
              "StuiServer current adapter shiftClock: %ld. StuiServer current post: [StuiServer "
              "current removeExpiredSessions]",
              seconds * 1000);
    wire_do (client, NULL, code);
}

static int
s_number (struct wire_client *client, const char *command, const char *path)
{
    cJSON *answer = wire_client_call (client, command, NULL);
    int value = (int) wire_number (answer, path);
    cJSON_Delete (answer);
    return value;
}

/* Ends a client's connection, and waits until the image knows. */
static void
s_leave (int index, struct wire_client *other, int orphaned)
{
    wire_client_destroy (&clients[index]);
    for (long begun = wire_now_ms ();
         s_number (other, "get_image_session_stats", "result.orphaned") != orphaned;)
        cr_assert_lt (wire_now_ms () - begun, 30000);
}

static bool
s_lists (const cJSON *answer, const char *session_id)
{
    const cJSON *session;
    cJSON_ArrayForEach (
        session,
        wire_item (answer, "result.sessions")) if (strcmp (wire_string (session, "session_id"),
                                                           session_id)
                                                   == 0) return true;
    return false;
}

/* ---- */

Test (leases, twenty_five_sessions_see_nothing_of_each_other)
{
    char code[64], expected[16];
    for (int i = 0; i < CLIENTS; i++)
        for (int k = 0; k < SESSIONS; k++) {
            snprintf (code, sizeof code, "mine := %d", i * 10 + k);
            wire_do (clients[i], sessions[i][k], code);
            cJSON_Delete (wire_client_call (
                clients[i], "update_session_state",
                wire_json ("{'session_id':'%s','state_data':{'workspace_context':{'n':%d}}}",
                           sessions[i][k], i * 10 + k)));
        }
    for (int k = SESSIONS - 1; k >= 0; k--)
        for (int i = 0; i < CLIENTS; i++) {
            snprintf (expected, sizeof expected, "%d", i * 10 + k);
            wire_expect (wire_client_evaluate (clients[i], sessions[i][k], "mine"), "result.result",
                         expected);
            cJSON *answer = wire_client_call (clients[i], "restore_session",
                                              wire_json ("{'session_id':'%s'}", sessions[i][k]));
            cr_expect_str_eq (wire_string (answer, "result.client_id"), client_ids[i]);
            cr_expect_eq ((int) wire_number (answer, "result.workspace_context.n"), i * 10 + k);
            cJSON_Delete (answer);
        }
    for (int i = 0; i < CLIENTS; i++) {
        cJSON *answer = wire_client_call (clients[i], "list_client_sessions", NULL);
        cr_expect_eq ((int) wire_number (answer, "result.session_count"), SESSIONS);
        for (int k = 0; k < SESSIONS; k++)
            cr_expect (s_lists (answer, sessions[i][k]));
        cJSON_Delete (answer);
    }
}

Test (leases, a_sixth_is_refused_and_closing_one_makes_room)
{
    for (int i = 0; i < CLIENTS; i++)
        wire_expect_error (wire_client_call (clients[i], "create_session", NULL),
                           "SessionLimitExceeded");
    wire_expect (wire_client_call (clients[2], "close_session",
                                   wire_json ("{'session_id':'%s'}", sessions[2][0])),
                 "status", "success");
    wire_expect_error (wire_client_call (clients[1], "create_session", NULL),
                       "SessionLimitExceeded");
    wire_create_session (clients[2], sessions[2][0]);
    wire_expect_error (wire_client_call (clients[2], "create_session", NULL),
                       "SessionLimitExceeded");
}

Test (leases, all_counts_agree)
{
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.total_sessions"), 25);
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.active_clients"), 5);
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.max_sessions_per_client"),
                  5);
    cr_expect_eq (s_number (clients[0], "get_image_session_stats", "result.active"), 25);
    s_leave (4, clients[0], 5);
    cr_expect_eq (s_number (clients[0], "get_image_session_stats", "result.total"), 25);
    cr_expect_eq (s_number (clients[0], "get_image_session_stats", "result.active"), 20);
    cr_expect_eq (s_number (clients[0], "list_image_sessions", "result.total_count"), 25);
    cr_expect_eq (s_number (clients[0], "list_image_sessions", "result.orphaned_count"), 5);
    cJSON *answer = wire_client_call (clients[0], "list_image_sessions",
                                      wire_json ("{'include_orphaned':false}"));
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.sessions")), 20);
    cJSON_Delete (answer);
    answer = wire_client_call (clients[0], "cleanup_image_sessions",
                               wire_json ("{'orphaned':true,'dry_run':true}"));
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.cleanup_details")), 5);
    cr_expect_eq ((int) wire_number (answer, "result.sessions_remaining"), 25);
    cJSON_Delete (answer);
    answer =
        wire_client_call (clients[0], "cleanup_image_sessions", wire_json ("{'orphaned':true}"));
    cr_expect_eq ((int) wire_number (answer, "result.sessions_cleaned"), 5);
    cr_expect_eq ((int) wire_number (answer, "result.sessions_remaining"), 20);
    cJSON_Delete (answer);
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.active_clients"), 4);
}

Test (leases, sessions_of_clients_that_left_expire_and_others_do_not)
{
    cJSON_Delete (
        wire_client_call (clients[0], "subscribe", wire_json ("{'events':['session_expired']}")));
    s_leave (3, clients[0], 5);
    s_let_pass (clients[0], 3500);
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.total_sessions"), 25);
    cJSON *info = wire_client_call (clients[0], "get_session_info",
                                    wire_json ("{'session_id':'%s'}", sessions[3][0]));
    int left = (int) wire_number (info, "result.time_until_expiry");
    cr_expect (left > 0 && left <= 100, "%d s", left);
    cJSON_Delete (info);
    /* Using one revives it. */
    wire_do (clients[0], sessions[3][1], "3");
    s_let_pass (clients[0], 200);
    for (int i = 0; i < 4; i++) {
        cJSON *event = wire_client_event (clients[0], "session_expired");
        cr_expect_str_eq (wire_string (event, "data.client_id"), client_ids[3]);
        cr_expect_str_neq (wire_string (event, "data.session_id"), sessions[3][1]);
        cJSON_Delete (event);
    }
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.total_sessions"), 21);
    wire_expect_error (wire_client_call (clients[0], "restore_session",
                                         wire_json ("{'session_id':'%s'}", sessions[3][0])),
                       "SessionNotFound");
    s_let_pass (clients[0], 3700);
    wire_expect (wire_client_event (clients[0], "session_expired"), "data.session_id",
                 sessions[3][1]);
    cr_expect_eq (s_number (clients[0], "get_session_statistics", "result.total_sessions"), 20);
    /* Those of clients that are there are late too, and stay. */
    info = wire_client_call (clients[0], "get_session_info",
                             wire_json ("{'session_id':'%s'}", sessions[1][0]));
    cr_expect (cJSON_IsTrue (wire_item (info, "result.is_expired")));
    cJSON_Delete (info);
    wire_do (clients[1], sessions[1][0], "3");
}

Test (leases, an_expired_session_makes_room_when_its_client_needs_it)
{
    struct wire_client *old = wire_client_new (image.port);
    char made[WIRE_ID_SIZE] = "";
    for (int k = 0; k < 5; k++)
        wire_expect (
            wire_client_call (old, "create_session",
                              wire_json ("{'client_id':'old','timeout':%d}", k == 0 ? 10 : 1000)),
            "status", "success");
    wire_expect_error (wire_client_call (old, "create_session", wire_json ("{'client_id':'old'}")),
                       "SessionLimitExceeded");
    wire_do (clients[0], NULL, "StuiServer current adapter shiftClock: 11000");
    cJSON *answer = wire_client_call (old, "create_session", wire_json ("{'client_id':'old'}"));
    snprintf (made, sizeof made, "%s", wire_string (answer, "result.session_id"));
    cJSON_Delete (answer);
    cr_expect_eq (strlen (made), 36);
    wire_client_destroy (&old);
}

Test (leases, what_is_suspended_in_an_expired_session_ends_with_it)
{
    wire_do (clients[0], NULL, "Smalltalk at: #StuiTestGone put: 0");
    cJSON *answer = wire_evaluate_with (clients[4], sessions[4][0],
                                        "[nil foo] ensure: [Smalltalk at: #StuiTestGone put: 1]",
                                        wire_json ("{'on_error':'debug'}"));
    cr_expect_str_neq (wire_string (answer, "result.debug_id"), "");
    cJSON_Delete (answer);
    cJSON_Delete (
        wire_client_call (clients[0], "subscribe", wire_json ("{'events':['session_expired']}")));
    s_leave (4, clients[0], 5);
    s_let_pass (clients[0], 3700);
    for (int i = 0; i < 5; i++)
        cJSON_Delete (wire_client_event (clients[0], "session_expired"));
    wire_expect (wire_client_evaluate (clients[0], NULL,
                                       "[(Smalltalk at: #StuiTestGone) = 1] whileFalse: "
                                       "[(Delay forMilliseconds: 10) wait]. 3"),
                 "result.result", "3");
}
