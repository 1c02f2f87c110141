/* test_faults.c: `stui sim --faults`: an owner against images whose replies go wrong by a script. Each
 * evaluation has one end, what is said of it is true, sessions stay, and nobody crashes. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/raw_peer.h"
#include "support/run.h"
#include "support/wire_client.h"

enum { IMAGES = 20, LASTING = 10 /* that are never started again */, ROUNDS = 8, SESSIONS = 4 };

#define ME "0e0c6a2f-1d0c-4f5b-9a52-000000000001"

#define TIMINGS                                                                                    \
    "[stui]\nping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 200\nhandshake_ms = 2000\n"

static struct run_place place;
static struct run_process sim, serve;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_end (&serve, SIGTERM);
    run_end (&sim, SIGTERM);
    run_place_close (&place);
}

TestSuite (faults, .init = setup, .fini = teardown, .timeout = 300);

/* Writes the script TEXT to a file; its path, which the caller frees. */
static char *
write_script (const char *text)
{
    char *path = stui_printf ("%s/faults.ini", place.directory);
    FILE *file = fopen (path, "w");
    fputs (text, file);
    fclose (file);
    return path;
}

/* Serves COUNT images by the SCRIPT, with stui on all of them. */
static void
start (const char *count, const char *script)
{
    char last[64];
    char *path = write_script (script);
    snprintf (last, sizeof last, "# %s simulated image", count);
    run_start (&sim, &place, NULL,
               (const char *const[]){"sim", count, "--faults", path, "--seed", "5",
                                     "--print-config", NULL});
    run_await (&sim, run_line_contains, last);
    char *config = stui_alloc (sizeof TIMINGS + sim.out.size);
    memcpy (config, TIMINGS, sizeof TIMINGS - 1);
    for (size_t i = 0; i < sim.out.size; i++) /* run_await has ended each line with a NUL */
        config[sizeof TIMINGS - 1 + i] = (char) (sim.out.text[i] ? sim.out.text[i] : '\n');
    run_place_configure (&place, config);
    free (config);
    free (path);
    run_serve (&serve, &place, "default", NULL);
}

/* ---- Twenty images --------------------------------------------------------------------------- */

/* What was said of an image's evaluations of `Counter next`. */
struct account {
    int64_t answered, in_doubt, refused;
    int64_t last; /* what the last answer was */
    bool is_last; /* the evaluation that came last was answered */
};

static struct account accounts[IMAGES];

/* One line of `eval --json`. */
static void
take_row (const char *line)
{
    struct json *row = json_parse_text (line);
    const char *name = json_get_text (row, "image"), *status = json_get_text (row, "status");
    cr_assert (name && status, "%s", line);
    struct account *account = &accounts[atoi (name + 4) - 1];
    account->is_last = strcmp (status, "success") == 0;
    if (account->is_last) {
        account->answered++;
        account->last = atoll (json_get_text (row, "result"));
    }
    else if (strcmp (status, "in_doubt") == 0)
        account->in_doubt++;
    else {
        cr_expect_not_null (json_get_text (row, "error_type"), "%s", line);
        account->refused++;
    }
    json_destroy (&row);
}

/* Evaluates once in IMAGE ("--all": in all); how many lines came of it. */
static size_t
count_once (const char *image)
{
    size_t rows = 0;
    struct run_result eval =
        run_stui ("eval", image, "--json", "--timeout", "1", "-e", "Counter next");
    cr_assert (eval.status == 0 || eval.status == 1 || eval.status == 3 || eval.status == 4,
               "%d: %s", eval.status, eval.err);
    for (char *line = strtok (eval.out, "\n"); line; line = strtok (NULL, "\n"), rows++)
        take_row (line);
    run_result_fini (&eval);
    return rows;
}

/* How often `Counter next` ran is what the last answer says. Whatever was answered ran, once;
 * what is in doubt may have; what was refused did not. */
static void
expect_true (size_t number)
{
    const struct account *account = &accounts[number - 1];
    cr_expect (account->last >= account->answered
                   && account->last <= account->answered + account->in_doubt,
               "sim-%zu: it ran %lld times, %lld answered, %lld in doubt, %lld refused", number,
               (long long) account->last, (long long) account->answered,
               (long long) account->in_doubt, (long long) account->refused);
}

/* Makes sessions, as far as the faults let it; their ids, "" where it failed. */
static void
make_sessions (char ids[SESSIONS][STUI_UUID_LEN + 1])
{
    for (int i = 0; i < SESSIONS; i++) {
        char image[16];
        snprintf (image, sizeof image, "sim-%d", i + 1);
        struct run_result made = run_stui ("session", "new", image, "kept");
        ids[i][0] = '\0';
        if (made.status == 0)
            sscanf (made.out, "%36s", ids[i]);
        run_result_fini (&made);
    }
}

Test (faults, twenty_images_that_misbehave_and_nothing_is_lost)
{
    char ids[SESSIONS][STUI_UUID_LEN + 1];
    int64_t answered = 0, others = 0;
    start ("20", "[late]\nchance = 0.05\nms = 50..800\n"
                 "[partial]\nchance = 0.03\n"
                 "[wrong]\nchance = 0.04\n"
                 "[duplicate]\nchance = 0.05\n"
                 "[huge]\nchance = 0.01\nbytes = 10400000..10700000\n"
                 "[silent]\nchance = 0.02\n"
                 "[forget]\nchance = 0.02\n"
                 "[leak]\nchance = 0.02\n"
                 "[restart]\nchance = 0.02\nimages = 11..15\n"
                 "[restart]\nchance = 0.01\nimages = 16..20\nidentity = new\n");
    make_sessions (ids);
    for (int round = 0; round < ROUNDS; round++)
        cr_assert_eq (count_once ("--all"), IMAGES);
    for (size_t number = 1; number <= IMAGES; number++) {
        char name[16];
        snprintf (name, sizeof name, "sim-%zu", number);
        while (!accounts[number - 1].is_last)
            cr_assert_eq (count_once (name), 1);
        if (number <= LASTING)
            expect_true (number);
        answered += accounts[number - 1].answered;
        others += accounts[number - 1].in_doubt + accounts[number - 1].refused;
    }
    cr_expect_geq (answered, IMAGES * ROUNDS / 2);
    cr_expect_gt (others, 0, "there were no faults");
    struct run_result list = run_stui ("session", "ls", "--json");
    for (int i = 0; i < SESSIONS; i++)
        cr_expect (!ids[i][0] || strstr (list.out, ids[i]), "%s is lost: %s", ids[i], list.out);
    run_result_fini (&list);
    cr_expect_eq (run_end (&serve, SIGTERM), 0);
    cr_expect_eq (run_end (&sim, SIGTERM), 0);
}

/* ---- What is said ---------------------------------------------------------------------------- */

/* An event with all of PART is there, or comes. */
static void
expect_event (const char *part)
{
    bool is_there = false;
    while (!is_there) {
        struct run_result events = run_stui ("events", "-n", "1000");
        cr_assert_eq (events.status, 0, "%s", events.err);
        is_there = strstr (events.out, part) != NULL;
        run_result_fini (&events);
    }
}

Test (faults, wrong_and_huge_replies_are_told_and_fetched_again)
{
    start ("3", "[wrong]\ncommand = evaluate\nimages = 1..2\n"
                "[huge]\ncommand = evaluate\nimages = 3\nbytes = 10490000\n");
    struct run_result eval = run_stui ("eval", "sim-3", "-e", "3 + 4");
    cr_expect_str_eq (eval.out, "7\n", "%s", eval.err);
    run_result_fini (&eval);
    expect_event ("the image sent a message of 10490000 bytes, and one has at most 10485760");
    eval = run_stui ("eval", "sim-1", "sim-2", "--timeout", "1", "-e", "3 + 4");
    cr_expect (eval.status == 0 || eval.status == 4, "%s", eval.err);
    run_result_fini (&eval);
    expect_event ("it sent a message that is none");
}

/* The port of one image by the SCRIPT. */
static int
start_alone (const char *script)
{
    char *path = write_script (script);
    run_start (&sim, &place, NULL, (const char *const[]){"sim", "1", "--faults", path, NULL});
    const char *line = run_await (&sim, run_line_contains, "sim-1 listening on tcp://127.0.0.1:");
    free (path);
    return atoi (strrchr (line, ':') + 1);
}

/* A bare client of such an image, which it has claimed. */
static struct wire_client *
start_bare (const char *script)
{
    struct wire_client *client = wire_client_new (start_alone (script));
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    return client;
}

static int
number_in (cJSON *reply, const char *member)
{
    const cJSON *result = cJSON_GetObjectItem (reply, "result");
    const cJSON *number = cJSON_GetObjectItem (result, member);
    return cJSON_IsNumber (number) ? number->valueint : -1;
}

Test (faults, sessions_are_left_behind)
{
    struct wire_client *client = start_bare ("[leak]\ncommand = evaluate\nevery = 2\n");
    for (int i = 0; i < 4; i++)
        cJSON_Delete (wire_client_evaluate (client, NULL, "3 + 4"));
    cJSON *list = wire_client_call (client, "list_image_sessions", NULL);
    cr_expect_eq (number_in (list, "total_count"), 2);
    cr_expect_eq (number_in (list, "orphaned_count"), 2);
    cJSON_Delete (list);
    wire_client_destroy (&client);
}

Test (faults, replies_come_twice_and_late)
{
    char first[WIRE_ID_SIZE], second[WIRE_ID_SIZE];
    struct wire_client *client = start_bare ("[duplicate]\ncommand = get_result\n"
                                             "[late]\ncommand = evaluate\nms = 300\nevery = 2\n");
    wire_client_send (client, "get_result", NULL, first);
    for (int i = 0; i < 2; i++)
        cJSON_Delete (wire_client_answer (client, first)); /* each is waited for */
    cJSON_Delete (wire_client_evaluate (client, NULL, "1"));
    wire_client_send (client, "evaluate", cJSON_Parse ("{\"code\":\"2\",\"mode\":\"printIt\"}"),
                      first);
    wire_client_send (client, "ping", NULL, second);
    cJSON *reply = wire_client_recv (client);
    cr_expect_str_eq (cJSON_GetStringValue (cJSON_GetObjectItem (reply, "id")), second,
                      "what is late came first");
    cJSON_Delete (reply);
    reply = wire_client_answer (client, first);
    cr_expect_not_null (reply);
    cJSON_Delete (reply);
    wire_client_destroy (&client);
}

Test (faults, half_a_reply_comes_and_the_connection_is_closed)
{
    static const char ping[] = "{\"id\":\"p\",\"command\":\"ping\"}";
    enum { DELIMITER = 2, HEAD = 2 }; /* in front of a reply of less than 256 bytes */
    unsigned char bytes[512];
    int fd = raw_connect (start_alone ("[partial]\ncommand = ping\n"), 0);
    raw_shake_hands (fd);
    cr_assert (raw_send (fd, ping, sizeof ping - 1));
    size_t size = raw_read (fd, bytes, sizeof bytes); /* all, until it closes */
    cr_assert_gt (size, DELIMITER + HEAD);
    size_t announced = DELIMITER + HEAD + bytes[DELIMITER + 1];
    cr_expect_eq (size, announced / 2, "%zu of %zu", size, announced);
    close (fd);
}

Test (faults, a_wrong_line_is_refused_before_anything_listens)
{
    char *path = write_script ("[late]\nms = soon\n");
    struct run_result result = run_stui ("sim", "1", "--faults", path);
    cr_expect_eq (result.status, 1);
    cr_expect_not_null (strstr (result.err, "faults.ini:2: ms is 'soon', expected LOW..HIGH"), "%s",
                        result.err);
    cr_expect_null (strstr (result.out, "listening"));
    run_result_fini (&result);
    free (path);
    result = run_stui ("sim", "1", "--faults", "/nowhere/x.ini");
    cr_expect_eq (result.status, 1);
    cr_expect_not_null (strstr (result.err, "/nowhere/x.ini"), "%s", result.err);
    run_result_fini (&result);
    result = run_stui ("sim", "--list-faults");
    cr_expect_eq (result.status, 0);
    cr_expect_not_null (strstr (result.out, "\nrestart "), "%s", result.out);
    run_result_fini (&result);
}
