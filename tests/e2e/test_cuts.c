/* test_cuts.c: connections cut while an evaluation is under way, many times, at three points: its
 * request not read yet, its code running, its reply half arrived. Whatever was cut, `stui eval`
 * ends with the result, or says that it was never run, and nothing ever runs twice.
 *
 * Four lanes, each an image of its own behind a proxy of its own, one `stui serve`, and a client
 * process for each evaluation. Evaluation N counts itself in the Nth place of an array in its
 * image; the test looks there past stui. STUI_TEST_CUTS is how many cuts at each point. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/proxy.h"
#include "support/stage.h"
#include "support/wire_client.h"

enum { LANES = 4, CUTS = 150, RUNS_MAX = 100000 };

#define TIMINGS "backoff_min_ms = 10\nbackoff_max_ms = 100\n"

/* What an image is told before: where evaluations count themselves, and two semaphores. */
#define PREPARE                                                                                    \
    "Smalltalk at: #StuiRan put: (Array new: %d withAll: 0). "                                     \
    "Smalltalk at: #StuiBegun put: Semaphore new. "                                                \
    "Smalltalk at: #StuiGate put: Semaphore new. 1"
#define COUNT  "(Smalltalk at: #StuiRan) at: %d put: ((Smalltalk at: #StuiRan) at: %d) + 1. "
#define LINGER "(Smalltalk at: #StuiBegun) signal. (Smalltalk at: #StuiGate) wait. "

struct lane {
    struct image *image;         /* borrowed from the stage */
    struct proxy *proxy;         /* owned */
    struct wire_client *witness; /* owned: another client, straight to the image */
    struct run_process eval;
    int number; /* of the evaluation under way */
};

static struct stage stage;
static struct lane lanes[LANES];

/* What CODE answers in the image, past stui; a number, as all these tests ask for. */
static int
lane_ask (struct lane *lane, const char *code)
{
    cJSON *reply = wire_client_evaluate (lane->witness, NULL, code);
    stage_expect_alive (lane->image);
    cr_assert (strcmp (wire_string (reply, "status"), "success") == 0
                   && !cJSON_IsTrue (wire_item (reply, "result.has_error")),
               "%s: %s%s", code, wire_string (reply, "error"),
               wire_string (reply, "result.result"));
    int number = atoi (wire_string (reply, "result.result"));
    cJSON_Delete (reply);
    return number;
}

static void
lane_prepare (struct lane *lane)
{
    lane->witness = wire_client_new (lane->image->port);
    cr_assert (
        wire_client_claim (lane->witness, "5e0fd0ad-7a53-4e26-8d52-a92ad2b5b5f5", 1, 1, NULL));
    char *code = stui_printf (PREPARE, RUNS_MAX);
    lane_ask (lane, code);
    free (code);
}

static void
lane_open (struct lane *lane, int index)
{
    char name[32];
    snprintf (name, sizeof name, "lane-%d", index);
    lane->image = stage_start_image (&stage, name);
    lane->proxy = proxy_open (lane->image->address);
    stage_list (&stage, name, proxy_address (lane->proxy));
    lane_prepare (lane);
}

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    for (int index = 0; index < LANES; index++)
        lane_open (&lanes[index], index);
    stage_serve (&stage);
}

static void
teardown (void)
{
    for (int index = 0; index < LANES; index++) {
        run_end (&lanes[index].eval, SIGKILL);
        wire_client_destroy (&lanes[index].witness);
        proxy_close (&lanes[index].proxy);
    }
    stage_close (&stage);
}

TestSuite (cuts, .init = setup, .fini = teardown, .timeout = 300);

static int
cuts_wanted (void)
{
    const char *text = getenv ("STUI_TEST_CUTS");
    int wanted = text && *text ? atoi (text) : CUTS;
    cr_assert (wanted > 0 && wanted < RUNS_MAX, "STUI_TEST_CUTS is %s", text);
    return wanted;
}

/* How often evaluation NUMBER of LANE ran, as the image itself says. */
static int
lane_ran (struct lane *lane, int number)
{
    char *code = stui_printf ("(Smalltalk at: #StuiRan) at: %d", number);
    int ran = lane_ask (lane, code);
    free (code);
    return ran;
}

static void
lane_eval (struct lane *lane, const char *linger)
{
    lane->number++;
    char *code = stui_printf (COUNT "%s%d * 3", lane->number, lane->number, linger, lane->number);
    run_start (&lane->eval, &stage.place, NULL,
               (const char *const[]){"eval", lane->image->name, "--json", "-e", code, NULL});
    free (code);
}

/* The line that eval printed, which is then waited for. Caller owns. */
static struct json *
lane_outcome (struct lane *lane, int *status)
{
    struct json *said = stage_parse (run_await (&lane->eval, NULL, NULL));
    *status = run_end (&lane->eval, 0);
    return said;
}

/* It has the right value, and ran once. */
static void
lane_expect_done (struct lane *lane)
{
    int status;
    struct json *said = lane_outcome (lane, &status);
    cr_assert_eq (status, 0, "%s, evaluation %d: status %d, %s", lane->image->name, lane->number,
                  status, json_get_text (said, "error"));
    char *value = stui_printf ("%d", lane->number * 3);
    cr_assert_str_eq (json_get_text (said, "result"), value);
    cr_assert_eq (lane_ran (lane, lane->number), 1);
    free (value);
    json_destroy (&said);
}

/* It says that it was never run, and it was not. */
static void
lane_expect_never_run (struct lane *lane)
{
    int status;
    struct json *said = lane_outcome (lane, &status);
    cr_assert_eq (status, 3, "%s, evaluation %d: status %d", lane->image->name, lane->number,
                  status);
    cr_assert_str_eq (json_get_text (said, "error_type"), "NeverRun");
    cr_assert_eq (lane_ran (lane, lane->number), 0);
    json_destroy (&said);
}

/* After all of it: as many cuts as wanted, none ran twice, and the images still serve. */
static void
expect_survived (enum proxy_point point, int wanted)
{
    size_t cuts = 0;
    for (int index = 0; index < LANES; index++) {
        struct lane *lane = &lanes[index];
        cuts += proxy_cuts (lane->proxy, point);
        int most = lane_ask (lane, "(Smalltalk at: #StuiRan) inject: 0 into: [:a :b | a max: b]");
        cr_assert_leq (most, 1, "%s: one ran %d times", lane->image->name, most);
        stage_expect_eval (lane->image->name, "3 + 4", "7");
    }
    cr_assert_geq (cuts, wanted);
}

static enum proxy_end
end_of (const struct lane *lane)
{
    return lane->number % 2 == 0 ? PROXY_FIN : PROXY_RST;
}

/* All lanes meet a cut at POINT, each in one evaluation; WANTED cuts in all. */
static void
cut_in_all_lanes (enum proxy_point point, int wanted, void expect (struct lane *lane))
{
    for (int cuts = 0; cuts < wanted; cuts += LANES) {
        for (int index = 0; index < LANES; index++) {
            proxy_arm (lanes[index].proxy, "evaluate", point, end_of (&lanes[index]));
            lane_eval (&lanes[index], "");
        }
        for (int index = 0; index < LANES; index++)
            expect (&lanes[index]);
    }
    expect_survived (point, wanted);
}

Test (cuts, a_request_that_was_not_read_is_said_to_have_never_run)
{
    cut_in_all_lanes (PROXY_BEFORE_READ, cuts_wanted (), lane_expect_never_run);
}

Test (cuts, a_result_whose_reply_was_cut_is_fetched)
{
    cut_in_all_lanes (PROXY_REPLY, cuts_wanted (), lane_expect_done);
}

/* Cuts the connection while the evaluation runs, and lets it end before or after stui is back. */
static void
cut_running (struct lane *lane)
{
    proxy_await_held (lane->proxy);
    lane_ask (lane, "(Smalltalk at: #StuiBegun) wait. 1");
    size_t connections = proxy_connections (lane->proxy);
    proxy_cut_held (lane->proxy);
    if (lane->number % 4 < 2)
        proxy_await_connections (lane->proxy, connections + 1);
    lane_ask (lane, "(Smalltalk at: #StuiGate) signal. 1");
}

Test (cuts, a_result_of_what_ran_meanwhile_is_awaited)
{
    int wanted = cuts_wanted ();
    for (int cuts = 0; cuts < wanted; cuts += LANES) {
        for (int index = 0; index < LANES; index++) {
            proxy_arm (lanes[index].proxy, "evaluate", PROXY_RUNNING, end_of (&lanes[index]));
            lane_eval (&lanes[index], LINGER);
        }
        for (int index = 0; index < LANES; index++)
            cut_running (&lanes[index]);
        for (int index = 0; index < LANES; index++)
            lane_expect_done (&lanes[index]);
    }
    expect_survived (PROXY_RUNNING, wanted);
}

/* The reply is lost, and twice what is asked for in its place: too large for the line perhaps. */
Test (cuts, a_result_that_was_cut_off_again_and_again_is_in_doubt)
{
    struct lane *lane = &lanes[0];
    proxy_arm (lane->proxy, "evaluate", PROXY_REPLY, PROXY_RST);
    proxy_arm (lane->proxy, "get_result", PROXY_REPLY, PROXY_FIN);
    proxy_arm (lane->proxy, "get_result", PROXY_REPLY, PROXY_RST);
    lane_eval (lane, "");
    int status;
    struct json *said = lane_outcome (lane, &status);
    cr_assert_eq (status, 4, "status %d: %s", status, json_get_text (said, "result"));
    cr_assert_str_eq (json_get_text (said, "status"), "in_doubt");
    json_destroy (&said);
    cr_assert_eq (lane_ran (lane, lane->number), 1);
    cr_assert_eq (proxy_cuts (lane->proxy, PROXY_REPLY), 3, "it was asked for once more");
    stage_expect_eval (lane->image->name, "3 + 4", "7");
}

/* Many at once through one connection, which is cut without regard to what it carries, and again
 * as soon as it is back. */
Test (cuts, in_a_storm_of_cuts_each_evaluation_tells_the_truth)
{
    enum { AT_ONCE = 6, ROUNDS = 8, CUTS_A_ROUND = 4 };
    struct lane *lane = &lanes[0];
    int done = 0, never_run = 0, in_doubt = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct run_process evals[AT_ONCE];
        int first = lane->number + 1;
        for (int index = 0; index < AT_ONCE; index++) {
            lane_eval (lane, "1 to: 3000000 do: [:i | i + 1]. ");
            evals[index] = lane->eval;
        }
        lane->eval = (struct run_process){.out.fd = -1};
        for (int cut = 0; cut < CUTS_A_ROUND; cut++) {
            size_t connections = proxy_connections (lane->proxy);
            proxy_cut_all (lane->proxy, cut % 2 == 0 ? PROXY_RST : PROXY_FIN);
            proxy_await_connections (lane->proxy, connections + 1);
        }
        for (int index = 0; index < AT_ONCE; index++) {
            int status = run_end (&evals[index], 0), ran = lane_ran (lane, first + index);
            cr_assert (status == 0   ? ran == 1
                       : status == 3 ? ran == 0
                                     : status == 4 && ran <= 1,
                       "evaluation %d: status %d, and it ran %d times", first + index, status, ran);
            done += status == 0;
            never_run += status == 3;
            in_doubt += status == 4;
        }
    }
    cr_log_info ("%d done, %d never run, %d in doubt", done, never_run, in_doubt);
    expect_survived (PROXY_REPLY, 0);
}

Test (cuts, what_ran_when_its_image_was_started_again_is_in_doubt)
{
    struct lane *lane = &lanes[0];
    for (int time = 0; time < 3; time++) {
        lane_eval (lane, LINGER);
        lane_ask (lane, "(Smalltalk at: #StuiBegun) wait. 1");
        wire_client_destroy (&lane->witness);
        stage_restart_image (lane->image);
        int status;
        struct json *said = lane_outcome (lane, &status);
        cr_assert_eq (status, 4);
        cr_assert_str_eq (json_get_text (said, "status"), "in_doubt");
        json_destroy (&said);
        stage_pass (&stage, lane->image->name, "in_doubt");
        stage_expect_eval (lane->image->name, "3 + 4", "7"); /* the doubt is over with that one */
        lane_prepare (lane);
    }
}
