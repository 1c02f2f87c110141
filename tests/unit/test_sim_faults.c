/* test_sim_faults.c: a script of faults: what is read, what is refused, and that the same seed has the
 * same replies go wrong. */

#include "sim/sim_faults.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_late.h"
#include "sim/sim_image.h"

static struct sim_faults *faults;
static uint64_t counts[SIM_FAULTS_RULES_MAX];

static void
setup (void)
{
    memset (counts, 0, sizeof counts);
}

static void
teardown (void)
{
    sim_faults_destroy (&faults);
}

TestSuite (sim_faults, .init = setup, .fini = teardown);

static void
script (const char *text, uint64_t seed)
{
    struct stui_cause cause = {0};
    sim_faults_destroy (&faults);
    memset (counts, 0, sizeof counts);
    faults = sim_faults_read (text, "file", seed, sim_image_knows, &cause);
    cr_assert_not_null (faults, "%s", cause.text);
}

static struct sim_faults_deed
reply (size_t image, const char *command, int64_t since_ms)
{
    struct sim_faults_reply one = {image, command, since_ms};
    return sim_faults_at (faults, counts, &one);
}

Test (sim_faults, every_counts_the_replies_that_a_rule_is_about)
{
    script ("[silent]\nevery = 3\ncommand = evaluate, ping\n", 1);
    for (int number = 1; number <= 9; number++) {
        cr_expect_eq (reply (1, "hello", 0).kind, SIM_FAULTS_NONE);
        cr_expect_eq (reply (1, number % 2 ? "evaluate" : "ping", 0).kind,
                      number % 3 == 0 ? SIM_FAULTS_SILENT : SIM_FAULTS_NONE);
    }
}

Test (sim_faults, without_a_word_on_how_often_each_reply_goes_wrong)
{
    script ("# a script\n[duplicate]\n", 1);
    cr_expect_eq (reply (9, "ping", 0).kind, SIM_FAULTS_DUPLICATE);
}

Test (sim_faults, a_rule_is_about_its_images_and_begins_when_it_says)
{
    script ("[late]\nimages = 2..3, 7\nafter = 500 ; ms\nms = 10\n", 1);
    static const struct {
        size_t image;
        int64_t since_ms;
        bool is_due;
    } rows[] = {{1, 500, false}, {2, 499, false}, {2, 500, true},
                {3, 900, true},  {4, 900, false}, {7, 900, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sim_faults_deed deed = reply (rows[i].image, "ping", rows[i].since_ms);
        cr_expect_eq (deed.kind, rows[i].is_due ? SIM_FAULTS_LATE : SIM_FAULTS_NONE, "%zu", i);
        cr_expect (!rows[i].is_due || deed.ms == 10);
    }
}

Test (sim_faults, the_first_that_is_due_is_done_and_the_others_count_on)
{
    script ("[silent]\nevery = 2\n[restart]\nidentity = new\nevery = 4\n[wrong]\nevery = 3\n", 1);
    static const enum sim_faults_kind expected[] = {
        SIM_FAULTS_NONE,   SIM_FAULTS_SILENT, SIM_FAULTS_WRONG,
        SIM_FAULTS_SILENT, SIM_FAULTS_NONE,   SIM_FAULTS_SILENT,
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect_eq (reply (1, "ping", 0).kind, expected[i], "%zu", i);
}

enum { REPLIES = 500, IMAGES = 4 };

/* What happens to so many replies of each image; the images take turns, or come one after another. */
static void
play (uint64_t seed, bool in_turns, struct sim_faults_deed deeds[IMAGES][REPLIES])
{
    static const char *const commands[] = {"ping", "evaluate", "hello"};
    uint64_t counts_of[IMAGES][SIM_FAULTS_RULES_MAX] = {{0}};
    script ("[late]\nchance = 0.1\nms = 5..5000\n[huge]\nchance = 0.05\nbytes = 1..1000000\n"
            "[wrong]\nchance=0.2\ncommand = evaluate\n",
            seed);
    for (size_t step = 0; step < IMAGES * REPLIES; step++) {
        size_t image = in_turns ? step % IMAGES : step / REPLIES;
        size_t number = in_turns ? step / IMAGES : step % REPLIES;
        struct sim_faults_reply one = {image + 1, commands[number % 3], 0};
        deeds[image][number] = sim_faults_at (faults, counts_of[image], &one);
    }
}

Test (sim_faults, the_same_seed_has_the_same_replies_go_wrong_whatever_the_others_do)
{
    static struct sim_faults_deed one[IMAGES][REPLIES], other[IMAGES][REPLIES];
    size_t done = 0, differences = 0;
    play (7, true, one);
    play (7, false, other);
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t j = 0; j < REPLIES; j++) {
            cr_assert_eq (one[i][j].kind, other[i][j].kind);
            cr_assert_eq (one[i][j].ms, other[i][j].ms);
            cr_assert_eq (one[i][j].bytes, other[i][j].bytes);
            cr_assert_eq (one[i][j].random, other[i][j].random);
            done += one[i][j].kind != SIM_FAULTS_NONE;
        }
    cr_expect (done > IMAGES * REPLIES / 8 && done < IMAGES * REPLIES / 3, "%zu", done);
    play (8, true, other);
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t j = 0; j < REPLIES; j++)
            differences += one[i][j].kind != other[i][j].kind;
    cr_expect_gt (differences, 100, "another seed is another script");
}

/* ---- What is made of a text ------------------------------------------------------------------ */

#define REPLY "{\"id\":\"x\",\"status\":\"success\",\"result\":{\"a\":1},\"timestamp\":\"now\"}"

Test (sim_faults, a_huge_reply_is_the_same_and_as_large_as_it_says)
{
    struct sim_faults_deed deed = {.kind = SIM_FAULTS_HUGE, .bytes = 100000};
    size_t size = strlen (REPLY);
    char *text = sim_faults_spoil (&deed, REPLY, &size);
    struct json *json = json_parse (text, size, NULL);
    cr_expect_eq (size, 100000);
    cr_expect_str_eq (json_get_text (json, "id"), "x");
    json_destroy (&json);
    free (text);
}

Test (sim_faults, a_wrong_reply_is_wrong_in_one_of_five_ways)
{
    for (uint64_t random = 0; random < 5; random++) {
        struct sim_faults_deed deed = {.kind = SIM_FAULTS_WRONG, .random = random};
        size_t size = strlen (REPLY);
        char *text = sim_faults_spoil (&deed, REPLY, &size);
        struct json *json = json_parse (text, size, NULL);
        const char *id = json_get_text (json, "id"), *status = json_get_text (json, "status");
        bool is_right = id && status && strcmp (id, "x") == 0 && strcmp (status, "success") == 0
                        && json_is_object (json_get (json, "result"));
        cr_expect_not (is_right, "%s", text);
        json_destroy (&json);
        free (text);
    }
}

/* ---- What is refused ------------------------------------------------------------------------- */

Test (sim_faults, a_wrong_line_is_told_with_file_line_and_what_was_expected)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "file:0: there is no section, expected a fault"},
        {"every = 3\n", "file:1: every before any section, expected a fault, as [late]"},
        {"[late]\n\n[lte]\n",
         "file:3: [lte] is no fault, expected one of `stui sim --list-faults`"},
        {"[late\n", "file:1: this is neither a section nor a pair"},
        {"[late]\nnonsense\n", "file:2: this is neither a section nor a pair"},
        {"[late]\nms = 5..2\n", "file:2: ms is '5..2', expected LOW..HIGH from 0 to 3600000"},
        {"[late]\nms = \n", "file:2: ms is '', expected LOW..HIGH"},
        {"[wrong]\nms = 5\n", "file:2: ms is no key of [wrong], expected every, chance, after"},
        {"[huge]\nidentity = new\n", "file:2: identity is no key of [huge], expected bytes, every"},
        {"[huge]\nbytes = 99999999999999999999\n", "file:2: bytes is '99999999999999999999'"},
        {"[silent]\nchance = 1.5\n", "file:2: chance is '1.5', expected a number above 0"},
        {"[silent]\nchance = 0\n", "file:2: chance is '0', expected a number above 0"},
        {"[silent]\nchance = often\n", "file:2: chance is 'often', expected a number above 0"},
        {"[silent]\nevery = 0\n", "file:2: every is '0', expected a number from 1"},
        {"[silent]\nimages = 3, x\n", "file:2: images has 'x', expected at most 16 numbers"},
        {"[silent]\nimages = ,\n", "file:2: images is empty"},
        {"[silent]\ncommand = evaluat\n", "file:2: command has 'evaluat', expected at most 16"},
        {"[restart]\nidentity = other\n", "file:2: identity is 'other', expected same or new"},
        {"[silent]\nevery = 2\nchance = 0.5\n", "has chance and every, expected one of them"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stui_cause cause = {0};
        faults = sim_faults_read (rows[i].text, "file", 1, sim_image_knows, &cause);
        cr_expect_null (faults, "%s", rows[i].text);
        cr_expect_not_null (strstr (cause.text, rows[i].said), "'%s': %s", rows[i].text,
                            cause.text);
        sim_faults_destroy (&faults);
    }
}

Test (sim_faults, as_many_sections_as_there_may_be)
{
    char text[SIM_FAULTS_RULES_MAX * 10 + 20] = "";
    struct stui_cause cause = {0};
    for (int i = 0; i < SIM_FAULTS_RULES_MAX; i++)
        strcat (text, "[silent]\n");
    script (text, 1);
    cr_expect_eq (faults->count, SIM_FAULTS_RULES_MAX);
    sim_faults_destroy (&faults);
    strcat (text, "[silent]\n");
    cr_expect_null (sim_faults_read (text, "file", 1, sim_image_knows, &cause));
    cr_expect_not_null (strstr (cause.text, "one too many"), "%s", cause.text);
}

/* ---- Held back ------------------------------------------------------------------------------- */

Test (sim_faults, what_is_late_comes_in_the_order_of_its_time)
{
    static const int64_t due_ms[] = {30, 10, 20, 10};
    static const size_t order[] = {2, 4, 3, 1};
    struct sim_late late = {0};
    struct sim_late_item item;
    cr_expect_eq (sim_late_deadline (&late), STUI_NEVER);
    for (size_t i = 0; i < 4; i++) {
        struct sim_output output = {.text = stui_strdup ("x"), .peer = i + 1};
        cr_assert (sim_late_add (&late, 1, &output, due_ms[i]));
        cr_expect_null (output.text);
    }
    cr_expect_eq (sim_late_deadline (&late), 10);
    cr_expect_not (sim_late_take (&late, 9, &item));
    for (size_t i = 0; i < 3; i++) {
        cr_assert (sim_late_take (&late, 1000, &item));
        cr_expect_eq (item.output.peer, order[i]);
        sim_output_fini (&item.output);
    }
    sim_late_fini (&late);
}
