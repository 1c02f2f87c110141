/* test_security.c: who may do what in a real image: tokens in hello and in the PLAIN mechanism, images
 * that are read-only, the address that is listened on, and every limit on what one client may
 * make an image keep.
 *
 * The handshake is spoken by hand where a library would not say what came. */

#include <criterion/criterion.h>
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/image.h"
#include "support/raw_peer.h"
#include "support/wire_expect.h"

#define TOKEN "open sesame"

static struct image image;

static void
s_start (void)
{
    static const char *const args[] = {"--token", TOKEN, NULL};
    cr_assert_eq (image_start (&image, "guarded", NULL, 0, args), 0);
}

static void
s_start_open (void)
{
    cr_assert_eq (image_start (&image, "open", NULL, 0, NULL), 0);
}

static void
s_start_read_only (void)
{
    static const char *const args[] = {"--read-only", NULL};
    cr_assert_eq (image_start (&image, "readonly", NULL, 0, args), 0);
}

static void
s_stop (void)
{
    image_stop (&image);
}

TestSuite (token, .init = s_start, .fini = s_stop, .timeout = 120);
TestSuite (plain, .init = s_start, .fini = s_stop, .timeout = 120);
TestSuite (read_only, .init = s_start_read_only, .fini = s_stop, .timeout = 120);
TestSuite (limits, .init = s_start_open, .fini = s_stop, .timeout = 240);

/* ---- tokens in hello ---- */

static cJSON *
s_hello (const char *token)
{
    return wire_json ("{'client_id':'%s','protocol':'1.1','token':'%s'}", WIRE_CLIENT_A, token);
}

Test (token, nothing_goes_without_the_token)
{
    struct wire_client *client = wire_client_new (image.port);
    wire_expect_error (wire_client_call (client, "ping", NULL), "AuthenticationError");
    wire_expect_error (wire_client_call (client, "create_session", wire_json ("{'client_id':'o'}")),
                       "AuthenticationError");
    cr_expect_not (wire_client_claim (client, WIRE_CLIENT_A, 1, 1, NULL));
    cr_expect (wire_client_claim (client, WIRE_CLIENT_A, 1, 1, TOKEN));
    wire_expect (wire_client_evaluate (client, NULL, "3 + 4"), "result.result", "7");
    wire_client_destroy (&client);
}

Test (token, it_is_not_in_the_list_of_processes)
{
    char path[64], line[4096] = "";
    snprintf (path, sizeof path, "/proc/%d/cmdline", (int) image.pid);
    FILE *file = fopen (path, "r");
    size_t size = fread (line, 1, sizeof line - 1, file);
    fclose (file);
    cr_expect_null (memmem (line, size, "sesame", 6));
}

Test (token, a_wrong_one_is_answered_after_a_second_and_slows_nobody)
{
    static const char *const wrong[] = {"open sesamf", "x", "open sesame ", "Open sesame"};
    struct wire_client *good = wire_client_new (image.port);
    cr_assert (wire_client_claim (good, WIRE_CLIENT_B, 1, 1, TOKEN));
    enum { COUNT = sizeof wrong / sizeof *wrong };
    struct wire_client *bad[COUNT];
    char ids[COUNT][WIRE_ID_SIZE], after[COUNT][WIRE_ID_SIZE];
    long begun = wire_now_ms ();
    for (int i = 0; i < COUNT; i++) {
        bad[i] = wire_client_new (image.port);
        wire_client_send (bad[i], "hello", s_hello (wrong[i]), ids[i]);
        /* Nothing that follows counts, not even the right one. */
        wire_client_send (bad[i], "hello", s_hello (TOKEN), after[i]);
    }
    cr_expect_lt (wire_ping_longest_ms (good, 200), 500);
    for (int i = 0; i < COUNT; i++) {
        wire_expect_error (wire_client_answer (bad[i], ids[i]), "AuthenticationError");
        cr_expect_geq (wire_now_ms () - begun, 1000);
        cr_expect_lt (wire_now_ms () - begun, 5000);
        wire_client_destroy (&bad[i]);
    }
    wire_client_destroy (&good);
}

/* ---- a handshake by hand ---- */

/* The PLAIN hello with that password. */
static size_t
s_hello_bytes (const char *password, unsigned char bytes[256])
{
    size_t size = strlen (password);
    memcpy (bytes, "\5HELLO\4user", 11);
    bytes[11] = (unsigned char) size;
    memcpy (bytes + 12, password, size);
    return 12 + size;
}

Test (plain, the_token_as_password_opens_and_no_hello_needs_it)
{
    zsys_handler_set (NULL);
    zsock_t *dealer = zsock_new (ZMQ_DEALER);
    zsock_set_linger (dealer, 0);
    zsock_set_rcvtimeo (dealer, WIRE_WAIT_MS);
    zsock_set_plain_username (dealer, "anybody");
    zsock_set_plain_password (dealer, TOKEN);
    zsock_connect (dealer, "tcp://127.0.0.1:%d", image.port);
    static const char *const requests[][2] = {
        {"{\"id\":\"1\",\"command\":\"ping\",\"parameters\":{}}", "\"status\":\"success\""},
        {"{\"id\":\"2\",\"command\":\"hello\",\"parameters\":{\"client_id\":\"" WIRE_CLIENT_A
         "\",\"protocol\":\"1.1\",\"client_epoch\":{\"generation\":1,\"counter\":1}}}",
         "\"boot_id\""},
        {"{\"id\":\"01890000-0000-7000-8000-000000000001\",\"command\":\"evaluate\","
         "\"parameters\":{\"code\":\"3 + 4\"}}",
         "\"result\":\"7\""},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        zstr_sendx (dealer, "", requests[i][0], NULL);
        char *empty = NULL, *body = NULL;
        zstr_recvx (dealer, &empty, &body, NULL);
        cr_assert_not_null (body);
        cr_expect_not_null (strstr (body, requests[i][1]), "%s", body);
        zstr_free (&empty);
        zstr_free (&body);
    }
    zsock_destroy (&dealer);
}

Test (plain, a_wrong_password_is_refused_after_a_second_and_slows_nobody)
{
    struct wire_client *good = wire_client_new (image.port);
    cr_assert (wire_client_claim (good, WIRE_CLIENT_B, 1, 1, TOKEN));
    unsigned char hello[256], answer[256];
    int fd = raw_connect (image.port, 0);
    raw_greet (fd, "PLAIN");
    long begun = wire_now_ms ();
    size_t size = s_hello_bytes ("open sesamf", hello);
    unsigned char head[2] = {4, (unsigned char) size};
    cr_assert_eq (write (fd, head, 2), 2);
    cr_assert_eq (write (fd, hello, size), (ssize_t) size);
    cr_expect_lt (wire_ping_longest_ms (good, 200), 500);
    cr_assert_eq (raw_read (fd, head, 2), 2);
    cr_expect_geq (wire_now_ms () - begun, 1000);
    size = raw_read (fd, answer, head[1]);
    cr_expect_eq (size, 26, "%zu bytes", size);
    cr_expect_eq (memcmp (answer, "\5ERROR\23Invalid credentials", 26), 0);
    cr_expect_eq (raw_read (fd, answer, 1), 0, "closed");
    close (fd);
    wire_client_destroy (&good);
}

Test (plain, what_is_no_hello_is_dropped)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {"\5HELLO", 6},
        {"\5HELLO\4user", 11},
        {"\5HELLO\4user\377x", 13},
        {"\5HELLO\377user\1x", 13},
        {"\5HELLO\4user\1xx", 14},
        {"\5READY\13Socket-Type\0\0\0\6DEALER", 28},
        {"", 0},
    };
    unsigned char answer[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = raw_connect (image.port, 0);
        raw_greet (fd, "PLAIN");
        cr_expect_eq (raw_exchange (fd, rows[i].bytes, rows[i].size, answer), 0, "row %zu", i);
        close (fd);
    }
    int fd = raw_connect (image.port, 0);
    unsigned char hello[256];
    raw_greet (fd, "PLAIN");
    size_t size = raw_exchange (fd, hello, s_hello_bytes (TOKEN, hello), answer);
    cr_expect_eq (size, 8);
    cr_expect_eq (memcmp (answer, "\7WELCOME", 8), 0);
    size = raw_exchange (fd, "\10INITIATE\13Socket-Type\0\0\0\6DEALER", 31, answer);
    cr_expect_eq (memcmp (answer, "\5READY\13Socket-Type\0\0\0\6ROUTER", 28), 0);
    close (fd);
}

Test (limits, plain_is_open_to_everybody_where_there_is_no_token)
{
    unsigned char hello[256], answer[256];
    int fd = raw_connect (image.port, 0);
    raw_greet (fd, "PLAIN");
    cr_expect_eq (raw_exchange (fd, hello, s_hello_bytes ("whatever", hello), answer), 8);
    close (fd);
}

/* They are told which one is spoken: else nobody can say that it was about that. */
Test (limits, other_mechanisms_are_dropped_and_told_null)
{
    static const char *const names[] = {"CURVE", "PLAINX", "", "NUL", "NULL\1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = raw_connect (image.port, 0);
        unsigned char greeting[64] = {0xff, [9] = 0x7f, [10] = 3}, theirs[64];
        memcpy (greeting + 12, names[i], strlen (names[i]));
        cr_assert_eq (write (fd, greeting, sizeof greeting), 64);
        cr_expect_eq (raw_read (fd, theirs, sizeof theirs), 64, "%s", names[i]);
        cr_expect_eq (memcmp (theirs + 12, "NULL", 5), 0, "%s", names[i]);
        cr_expect (raw_await_close (fd), "%s", names[i]);
        close (fd);
    }
}

/* ---- loopback ---- */

Test (limits, it_listens_on_loopback_alone_unless_told_otherwise)
{
    char path[64], line[512], wanted[64];
    snprintf (path, sizeof path, "/proc/%d/net/tcp", (int) image.pid);
    snprintf (wanted, sizeof wanted, "0100007F:%04X 00000000:0000 0A", (unsigned) image.port);
    bool found = false;
    FILE *file = fopen (path, "r");
    while (fgets (line, sizeof line, file))
        found = found || strstr (line, wanted);
    fclose (file);
    cr_expect (found);
}

/* ---- read-only ---- */

Test (read_only, it_says_so_and_refuses_what_changes_it)
{
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    cJSON *hello = wire_client_call (
        client, "hello", wire_json ("{'client_id':'%s','protocol':'1.1'}", WIRE_CLIENT_A));
    bool said = false;
    const cJSON *capability;
    cJSON_ArrayForEach (capability, wire_item (hello, "result.capabilities")) said =
        said || strcmp (cJSON_GetStringValue (capability), "read_only") == 0;
    cr_expect (said);
    cJSON_Delete (hello);
    char session[WIRE_ID_SIZE];
    wire_create_session (client, session);
    static const char *const refused[] = {"evaluate", "debug", "snapshot",
                                          "cleanup_image_sessions"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        wire_expect_error (wire_client_call (client, refused[i], wire_json ("{'code':'3'}")),
                           "PermissionDenied");
    wire_expect_error (wire_client_call (client, "inspect",
                                         wire_json ("{'session_id':'%s','target':'3'}", session)),
                       "PermissionDenied");
    wire_expect_error (
        wire_client_call (client, "inspect",
                          wire_json ("{'session_id':'%s','object_id':'3'}", session)),
        "ObjectNotFound");
    wire_expect (wire_client_call (client, "update_session_state",
                                   wire_json ("{'session_id':'%s','state_data':{'a':1}}", session)),
                 "status", "success");
    wire_expect (
        wire_client_call (client, "restore_session", wire_json ("{'session_id':'%s'}", session)),
        "result.session_id", session);
    wire_expect (wire_client_call (client, "system_info", NULL), "status", "success");
    wire_expect (
        wire_client_call (client, "close_session", wire_json ("{'session_id':'%s'}", session)),
        "status", "success");
    wire_client_destroy (&client);
}

/* ---- limits ---- */

Test (limits, names_are_bounded)
{
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    char longer[130];
    memset (longer, 'x', 129);
    longer[129] = 0;
    wire_expect_error (
        wire_client_call (client, "create_session", wire_json ("{'session_id':'%s'}", longer)),
        "InvalidRequest");
    wire_expect_error (
        wire_client_call (client, "subscribe", wire_json ("{'events':['%s']}", longer)),
        "InvalidRequest");
    wire_expect (
        wire_client_call (client, "create_session", wire_json ("{'session_id':'%s'}", longer + 1)),
        "status", "success");
    wire_client_destroy (&client);
}

/* Sets a limit anew, so that reaching it takes no minute: NAME is a method of class CLASS. */
static void
s_set_limit (struct wire_client *client, const char *class, const char *name, int value)
{
    char code[160];
    snprintf (code, sizeof code, "%s class compile: '%s [ ^%d ]'", class, name, value);
    wire_do (client, NULL, code);
}

/* How many sessions clients can make that nobody knows, each with a state of SIZE bytes. */
static int
s_sessions_made (int at_most, size_t size)
{
    struct wire_client *client = wire_client_new (image.port);
    char *text = malloc (size + 1);
    memset (text, 'x', size);
    text[size] = 0;
    int made = 0;
    bool refused = false;
    while (!refused && made < at_most) {
        cJSON *parameters = wire_json ("{'client_id':'nobody %d'}", made);
        cJSON_AddStringToObject (cJSON_AddObjectToObject (parameters, "state_data"), "text", text);
        cJSON *answer = wire_client_call (client, "create_session", parameters);
        refused = strcmp (wire_string (answer, "status"), "success") != 0;
        if (refused)
            wire_expect_error (answer, "SessionLimitExceeded");
        else {
            made++;
            cJSON_Delete (answer);
        }
    }
    free (text);
    wire_client_destroy (&client);
    return made;
}

Test (limits, an_image_keeps_a_thousand_sessions_whoever_makes_them)
{
    cr_expect_eq (s_sessions_made (1100, 1), 1000);
}

Test (limits, the_states_of_all_sessions_together_are_bounded)
{
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    s_set_limit (client, "StuiServer", "maxStateBytes", 1000000);
    cr_expect_eq (s_sessions_made (50, 90000), 11);
    wire_client_destroy (&client);
}

Test (limits, what_waits_for_its_turn_is_bounded_in_bytes)
{
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    char session[WIRE_ID_SIZE], loop[WIRE_ID_SIZE], ids[6][WIRE_ID_SIZE], text[90001];
    s_set_limit (client, "StuiEvaluator", "maxUnfinishedBytes", 300000);
    wire_create_session (client, session);
    cJSON *parameters = wire_json ("{'session_id':'%s'}", session);
    cJSON_AddStringToObject (parameters, "code", "[true] whileTrue");
    wire_client_send (client, "evaluate", parameters, loop);
    memset (text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (int i = 0; i < 6; i++) {
        parameters = wire_json ("{'session_id':'%s','code':'3'}", session);
        cJSON_AddStringToObject (parameters, "ballast", text);
        wire_client_send (client, "evaluate", parameters, ids[i]);
        if (i >= 3)
            wire_expect_error (wire_client_answer (client, ids[i]), "EvaluationError");
    }
    cJSON_Delete (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", loop)));
    for (int i = 0; i < 3; i++)
        wire_expect (wire_client_answer (client, ids[i]), "result.result", "3");
    wire_client_destroy (&client);
}

Test (limits, what_runs_and_waits_is_bounded_in_number)
{
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    char session[WIRE_ID_SIZE], id[WIRE_ID_SIZE], last[WIRE_ID_SIZE];
    wire_create_session (client, session);
    for (int i = 0; i < 513; i++) {
        cJSON *parameters = wire_json ("{'session_id':'%s'}", session);
        cJSON_AddStringToObject (parameters, "code", i == 0 ? "[true] whileTrue" : "3");
        wire_client_send (client, "evaluate", parameters, i == 0 ? id : last);
    }
    wire_expect_error (wire_client_answer (client, last), "EvaluationError");
    wire_expect (
        wire_client_call (client, "close_session", wire_json ("{'session_id':'%s'}", session)),
        "status", "success");
    wire_expect (wire_client_answer (client, id), "details.how", "terminated");
    wire_client_destroy (&client);
}
