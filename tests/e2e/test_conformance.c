/* test_conformance.c: `stui image test --conformance` against real images, simulated ones, an image
 * of the seven session commands alone, and servers that each break one rule: the kit must name that
 * rule, in its sentence, and no other. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/breaker.h"
#include "support/image.h"
#include "support/rep_server.h"
#include "support/run.h"

enum {
    BESIDE = 5,       /* broken servers tried at a time */
    CHECKS_MAX = 300, /* rows of the kit */
    WORDS_MAX = 2 * CHECKS_MAX + 8,
};

/* Checks that take long or send much, and that hardly a broken server has to do with: they run
 * only where a rule is about them. */
static const char slow[] =
    "handshake-limit,expiry,expired-gives-place,bounded,truncation,gap,largest,too-large,"
    "too-large-id,many,timeout-begins,fenced-late,memory,hasty,connections,snapshot,cleanup-"
    "expired";

static struct run_place place;
static struct run_process sim;
static struct image image;
static struct rep_server rep;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_end (&sim, SIGTERM);
    image_stop (&image);
    rep_server_stop (&rep);
    run_place_close (&place);
}

TestSuite (conformance, .init = setup, .fini = teardown, .timeout = 300);

/* ---- helpers ---------------------------------------------------------------------------------- */

static bool
is_among (const char *list, const char *word)
{
    size_t size = strlen (word);
    for (const char *at = list; at && (at = strstr (at, word)); at += size)
        if ((at == list || strchr (" ,", at[-1])) && strchr (" ,", at[size]))
            return true;
    return false;
}

/* The report of a run with these words behind `image test`; STATUS is what it must exit with. The
 * caller owns it. */
static struct json *
report_of (const char *address, const char *const *more, int status)
{
    const char *words[WORDS_MAX] = {"image", "test", address, "--conformance", "--json"};
    size_t count = 5;
    for (; more && *more; more++)
        words[count++] = *more;
    struct run_result result = run_words (NULL, words);
    cr_assert_eq (result.status, status, "status %d: %s%s", result.status, result.out, result.err);
    struct json *report = json_parse_text (result.out);
    cr_assert_not_null (report, "%s", result.out);
    run_result_fini (&result);
    return report;
}

static const struct json *
row_of (const struct json *report, const char *check)
{
    for (const struct json *row = json_first (json_get (report, "checks")); row;
         row = json_next (row))
        if (strcmp (json_get_text (row, "check"), check) == 0)
            return row;
    return NULL;
}

static bool
has_verdict (const struct json *row, const char *verdict)
{
    return row && strcmp (json_get_text (row, "verdict"), verdict) == 0;
}

/* That whatever is in LIST failed, and nothing else. */
static void
expect_failures (const struct json *report, const char *list)
{
    int64_t words = *list != '\0';
    for (const char *at = list; *at; at++)
        words += *at == ' ';
    cr_expect_eq (json_get_number (report, "failed", -1), words, "not all are checks: %s", list);
    for (const struct json *row = json_first (json_get (report, "checks")); row;
         row = json_next (row)) {
        const char *check = json_get_text (row, "check");
        cr_expect_eq (has_verdict (row, "failed"), is_among (list, check), "%s is %s: %s", check,
                      json_get_text (row, "verdict"), json_get_text (row, "said"));
    }
}

/* As report_of; the status follows from what failed. */
static struct json *
whole_report (const char *address, const char *const *more)
{
    const char *words[WORDS_MAX] = {"image", "test", address, "--conformance", "--json"};
    for (size_t i = 0; more && more[i]; i++)
        words[5 + i] = more[i];
    struct run_result result = run_words (NULL, words);
    struct json *report = json_parse_text (result.out);
    cr_assert_not_null (report, "status %d: %s%s", result.status, result.out, result.err);
    cr_assert_eq (result.status, json_get_number (report, "failed", -1) > 0, "status %d",
                  result.status);
    run_result_fini (&result);
    return report;
}

/* FIRST and the names of the checks in REPORT (of SECTION; NULL: all but the slow ones), with commas
 * between. The caller frees it. */
static char *
names_of (const char *first, const struct json *report, const char *section)
{
    char *names = stui_strdup (first);
    for (const struct json *row = json_first (json_get (report, "checks")); row;
         row = json_next (row)) {
        const char *check = json_get_text (row, "check");
        bool wanted = section ? strcmp (json_get_text (row, "section"), section) == 0
                              : !is_among (slow, check);
        if (!wanted || strcmp (check, first) == 0)
            continue;
        char *longer = stui_printf ("%s,%s", names, check);
        free (names);
        names = longer;
    }
    return names;
}

/* A report that holds every row of the kit, quickly had: most do not apply to an older peer. */
static struct json *
table_of_checks (void)
{
    rep_server_start (&rep);
    struct json *table = whole_report (rep.address, NULL);
    rep_server_stop (&rep);
    return table;
}

/* Starts COUNT simulated images; the address of the first. */
static void
start_sim (const char *count, const char *const *more, char address[64])
{
    const char *words[8] = {"sim", count};
    for (size_t i = 0; more && more[i]; i++)
        words[2 + i] = more[i];
    run_start (&sim, &place, NULL, words);
    const char *line = run_await (&sim, run_line_contains, "listening on tcp://");
    snprintf (address, 64, "%.60s", strstr (line, "tcp://"));
    address[strcspn (address, " \n")] = '\0';
}

/* The same of many; all their addresses. */
static void
start_sims (int count, char (*addresses)[64])
{
    char number[16];
    snprintf (number, sizeof number, "%d", count);
    start_sim (number, NULL, addresses[0]);
    for (int i = 1; i < count; i++) {
        const char *line = run_await (&sim, run_line_contains, "listening on tcp://");
        snprintf (addresses[i], 64, "%.60s", strstr (line, "tcp://"));
        addresses[i][strcspn (addresses[i], " \n")] = '\0';
    }
}

/* ---- what keeps the rules --------------------------------------------------------------------------- */

/* In two runs, so that none takes long. */
Test (conformance, a_real_image_keeps_the_rules)
{
    struct json *table = table_of_checks ();
    char *others = names_of ("null-handshake", table, NULL);
    const char *const runs[] = {slow, others};
    int64_t passed = 0;
    cr_assert_eq (image_start (&image, "kept", NULL, 0, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        struct json *report =
            whole_report (image.address, (const char *const[]){"--check", runs[i], NULL});
        expect_failures (report, "");
        cr_expect_not (json_get_bool (report, "older", true));
        passed += json_get_number (report, "passed", 0);
        json_destroy (&report);
    }
    cr_expect_gt (passed, 100);
    json_destroy (&table);
    free (others);
}

Test (conformance, a_simulated_image_keeps_the_rules)
{
    char address[64];
    start_sim ("1", NULL, address);
    struct json *report = whole_report (address, NULL);
    expect_failures (report, "");
    cr_expect_gt (json_get_number (report, "passed", 0), 100);
    json_destroy (&report);
}

Test (conformance, nothing_is_left_in_the_image)
{
    char address[64];
    start_sim ("1", NULL, address);
    struct json *report = whole_report (address, NULL);
    json_destroy (&report);
    /* A second run finds the image as the first one did: no session of a former run is there. */
    report = report_of (address,
                        (const char *const[]){"--check", "cleanup", "--check", "image-sessions",
                                              "--check", "orphans", NULL},
                        0);
    cr_expect_eq (json_get_number (report, "passed", 0), 3);
    json_destroy (&report);
}

Test (conformance, the_seven_session_commands_are_enough_for_an_older_peer)
{
    rep_server_start (&rep);
    struct json *report = whole_report (rep.address, NULL);
    expect_failures (report, "");
    cr_expect (json_get_bool (report, "older", false));
    for (const struct json *row = json_first (json_get (report, "checks")); row;
         row = json_next (row))
        if (strcmp (json_get_text (row, "section"), "older peers") == 0)
            cr_expect (has_verdict (row, "passed"), "%s", json_get_text (row, "check"));
    cr_expect (has_verdict (row_of (report, "fencing"), "not applicable"));
    cr_expect (has_verdict (row_of (report, "envelope"), "passed"));
    json_destroy (&report);
}

Test (conformance, the_token_comes_from_the_file)
{
    char address[64], path[SCRATCH_SIZE + 16];
    snprintf (path, sizeof path, "%s/token", place.directory);
    FILE *file = fopen (path, "w");
    fputs ("open sesame\n", file);
    fclose (file);
    start_sim ("1", (const char *const[]){"--token-file", path, NULL}, address);
    struct run_result bare = run_stui ("image", "test", address, "--conformance");
    cr_expect_eq (bare.status, 1);
    cr_expect_not_null (strstr (bare.err, "asks for a token"), "%s", bare.err);
    run_result_fini (&bare);
    struct json *report = whole_report (
        address, (const char *const[]){"--token-file", path, "--check", "token-missing", "--check",
                                       "print-it", "--check", "older-create", NULL});
    cr_expect (has_verdict (row_of (report, "token-missing"), "passed"));
    cr_expect (has_verdict (row_of (report, "print-it"), "passed"));
    cr_expect (has_verdict (row_of (report, "older-create"), "not applicable"));
    json_destroy (&report);
}

/* ---- what people see ------------------------------------------------------------------------------------ */

Test (conformance, the_table_says_beforehand_what_it_does_and_ends_with_the_counts)
{
    char address[64];
    start_sim ("1", NULL, address);
    struct run_result result = run_stui ("image", "test", address, "--conformance", "--check",
                                         "ping", "--check", "older-unknown");
    cr_expect_eq (result.status, 0, "%s", result.err);
    cr_expect_not_null (strstr (result.out, "creates sessions in it and defines classes"));
    cr_expect_not_null (strstr (result.out, "ping answers message, status and uptime."));
    cr_expect_not_null (strstr (result.out, "the image knows hello"));
    const char *last = strstr (result.out, "1 passed, 0 failed, 1 not applicable\n");
    cr_expect (last && last[strlen ("1 passed, 0 failed, 1 not applicable\n")] == '\0', "%s",
               result.out);
    run_result_fini (&result);
}

Test (conformance, a_configured_image_is_found_by_its_name)
{
    char address[64], config[128];
    start_sim ("1", NULL, address);
    snprintf (config, sizeof config, "[image \"one\"]\naddress = %s\n", address);
    run_place_configure (&place, config);
    struct json *report = report_of ("one", (const char *const[]){"--check", "ping", NULL}, 0);
    cr_expect_str_eq (json_get_text (report, "address"), address);
    json_destroy (&report);
}

/* Symptom: `stui image test one --conformance` changed a protected image without asking. */
Test (conformance, a_protected_image_is_tried_only_when_it_is_named_again)
{
    char address[64], config[160];
    start_sim ("1", NULL, address);
    snprintf (config, sizeof config, "[image \"one\"]\naddress = %s\nprotected = true\n", address);
    run_place_configure (&place, config);
    struct run_result result =
        run_stui ("image", "test", "one", "--conformance", "--check", "ping");
    cr_expect_eq (result.status, 2);
    cr_expect_not_null (strstr (result.err, "one is protected"), "%s", result.err);
    cr_expect_str_eq (result.out, "");
    run_result_fini (&result);
    struct json *report =
        report_of ("one", (const char *const[]){"--check", "ping", "--yes", "one", NULL}, 0);
    cr_expect_eq (json_get_number (report, "passed", 0), 1);
    json_destroy (&report);
}

/* Symptom: by its address a protected image was changed without asking. */
Test (conformance, a_protected_image_is_protected_under_its_address_too)
{
    char address[64], config[160];
    start_sim ("1", NULL, address);
    snprintf (config, sizeof config, "[image \"one\"]\naddress = %s\nprotected = true\n", address);
    run_place_configure (&place, config);
    const char *bare = address + strlen ("tcp://");
    struct run_result result = run_stui ("image", "test", bare, "--conformance", "--check", "ping");
    cr_expect_eq (result.status, 2);
    cr_expect_not_null (strstr (result.err, "one is protected"), "%s", result.err);
    cr_expect_str_eq (result.out, "");
    run_result_fini (&result);
    struct json *report =
        report_of (bare, (const char *const[]){"--check", "ping", "--yes", "one", NULL}, 0);
    cr_expect_eq (json_get_number (report, "passed", 0), 1);
    json_destroy (&report);
}

Test (conformance, wrong_words_and_closed_ports_are_told_apart)
{
    const char *closed = run_closed_address ();
    struct run_result result = run_stui ("image", "test", closed, "--conformance");
    cr_expect_eq (result.status, 3);
    cr_expect_not_null (strstr (result.err, "cannot be reached"), "%s", result.err);
    run_result_fini (&result);
    result = run_stui ("image", "test", closed, "--conformance", "--check", "weather");
    cr_expect_eq (result.status, 2);
    cr_expect_not_null (strstr (result.err, "there is no check 'weather'; the checks are "), "%s",
                        result.err);
    run_result_fini (&result);
    /* Symptom: a misspelt check was answered with the advice to run them all. */
    result = run_stui ("image", "test", closed, "--conformance", "--check", "snapsot");
    cr_expect_eq (result.status, 2);
    cr_expect_not_null (strstr (result.err, "there is no check 'snapsot' (did you mean 'snapshot'"),
                        "%s", result.err);
    run_result_fini (&result);
    result = run_stui ("image", "test", closed, "--check", "ping");
    cr_expect_eq (result.status, 2);
    run_result_fini (&result);
    result = run_stui ("--read-only", "image", "test", closed, "--conformance");
    cr_expect_eq (result.status, 2);
    cr_expect_not_null (strstr (result.err, "--read-only"), "%s", result.err);
    run_result_fini (&result);
}

/* ---- what breaks one rule ----------------------------------------------------------------------------------- */

struct attempt {
    const struct breaker_rule *rule;
    struct breaker *breaker;
    struct run_process process;
    char *checks; /* owned */
};

/* Runs RULE's check and those of BASELINE but the slow ones, against the image at TARGET with the
 * rule broken. */
static void
attempt_begin (struct attempt *self, const struct breaker_rule *rule, const char *target,
               const struct json *baseline)
{
    *self = (struct attempt){.rule = rule, .breaker = breaker_open (target, rule)};
    self->checks = names_of (rule->check, baseline, NULL);
    run_start (&self->process, &place, NULL,
               (const char *const[]){"image", "test", breaker_address (self->breaker),
                                     "--conformance", "--json", "--check", self->checks, NULL});
}

/* That the rule's check failed in its sentence, with those that follow from it, and no others but
 * those that failed in BASELINE, without a breaker. */
static void
attempt_end (struct attempt *self, const struct json *baseline)
{
    const struct breaker_rule *rule = self->rule;
    char *line = stui_strdup (run_await (&self->process, NULL, NULL));
    int status = run_end (&self->process, 0);
    struct json *report = json_parse_text (line);
    cr_assert_not_null (report, "%s: %s", rule->name, line);
    cr_expect_eq (status, 1, "%s: status %d", rule->name, status);
    const struct json *broken = row_of (report, rule->check);
    const char *said = json_get_text (broken, "said");
    cr_expect (has_verdict (broken, "failed") && said && strstr (said, rule->says),
               "%s: %s is %s: %s", rule->name, rule->check, json_get_text (broken, "verdict"),
               said ? said : "");
    for (const struct json *row = json_first (json_get (report, "checks")); row;
         row = json_next (row)) {
        const char *check = json_get_text (row, "check");
        bool follows = is_among (rule->follows, check) || strcmp (check, rule->check) == 0;
        if (has_verdict (row, "failed"))
            cr_expect (follows || has_verdict (row_of (baseline, check), "failed"),
                       "%s: %s failed too: %s", rule->name, check, json_get_text (row, "said"));
        else
            cr_expect (!follows || has_verdict (row, "not applicable"),
                       "%s: %s should have failed too", rule->name, check);
    }
    json_destroy (&report);
    breaker_close (&self->breaker);
    free (self->checks);
    free (line);
}

/* Each has an image of its own: none sees what another one does. */
Test (conformance, each_broken_rule_is_named)
{
    struct attempt attempts[BESIDE];
    struct json *table = table_of_checks (), *sim_report, *real_report;
    char *others = names_of ("null-handshake", table, NULL);
    char *sessions = names_of ("state-bytes", table, "sessions");
    char addresses[BESIDE][64];
    start_sims (BESIDE, addresses);
    cr_assert_eq (image_start (&image, "kept", NULL, 0, NULL), 0);
    sim_report = whole_report (addresses[0], (const char *const[]){"--check", others, NULL});
    real_report = whole_report (image.address, (const char *const[]){"--check", sessions, NULL});
    size_t rules = 0;
    while (breaker_rules[rules].name) {
        size_t count = 0;
        for (; count < BESIDE && breaker_rules[rules].name; count++, rules++) {
            bool real = breaker_rules[rules].needs_real;
            attempt_begin (&attempts[count], &breaker_rules[rules],
                           real ? image.address : addresses[count],
                           real ? real_report : sim_report);
        }
        for (size_t i = 0; i < count; i++)
            attempt_end (&attempts[i], attempts[i].rule->needs_real ? real_report : sim_report);
    }
    cr_expect_geq (rules, 20);
    json_destroy (&sim_report);
    json_destroy (&real_report);
    json_destroy (&table);
    free (sessions);
    free (others);
}

/* An image that tells a line and its end as two events, as a real one does now and then. */
static void
line_as_two_events (struct breaker_turn *turn)
{
    const char *event = json_get_text (turn->json, "event");
    const struct json *data = json_get (turn->json, "data");
    const char *text = json_get_text (data, "text");
    size_t size = text ? strlen (text) : 0;
    if (!event || strcmp (event, "transcript") != 0 || size < 2 || text[size - 1] != '\n')
        return;
    char *line = stui_strndup (text, size - 1);
    struct json *changed = (struct json *) json_get (breaker_change (turn), "data");
    json_set_text (changed, "text", "\n");
    char *end = json_print (turn->json);
    json_set_text (changed, "text", line);
    breaker_send_down (turn, end);
    free (end);
    free (line);
}

/* Symptom: under load a real image failed event-numbers: the text had come, and its end later. */
Test (conformance, the_end_of_a_line_may_come_as_an_event_of_its_own)
{
    static const struct breaker_rule rule = {.name = "none", .on_reply = line_as_two_events};
    char address[64];
    start_sim ("1", NULL, address);
    struct breaker *breaker = breaker_open (address, &rule);
    struct json *report =
        report_of (breaker_address (breaker),
                   (const char *const[]){
                       "--check", "transcript,event-numbers,replay,resubscribe,event-filter", NULL},
                   0);
    cr_expect_eq (json_get_number (report, "passed", 0), 5);
    json_destroy (&report);
    breaker_close (&breaker);
}
