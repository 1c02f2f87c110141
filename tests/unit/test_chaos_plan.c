/* test_chaos_plan.c: scenarios of chaos as they are read, and the plans that are made of them. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "chaos/plan.h"

#define CUT "[scenario]\nabout = cuts\n[fault \"cut\"]\nwhat = reset\nevery_ms = 1000\n"

static struct scenario
parsed (const char *text)
{
    struct scenario scenario;
    struct stui_cause cause = {0};
    cr_assert_eq (scenario_parse (text, "my.ini", &scenario, &cause), 0, "%s", cause.text);
    return scenario;
}

static void
expect_wrong (const char *text, const char *says)
{
    struct scenario scenario;
    struct stui_cause cause = {0};
    cr_expect_eq (scenario_parse (text, "my.ini", &scenario, &cause), STUI_E_MALFORMED, "%s", text);
    cr_expect (strstr (cause.text, says), "'%s' lacks '%s'", cause.text, says);
}

static struct plan
planned (const struct scenario *scenario, uint64_t seed, size_t images, size_t per_process)
{
    struct plan plan;
    const struct plan_site site = {images, per_process, 60000, false};
    plan_make (&plan, scenario, seed, &site);
    return plan;
}

Test (chaos_scenario, says_who_what_when_and_how_often)
{
    struct scenario scenario =
        parsed ("; a comment\n[scenario]\nabout = The lid\nsessions = 3\npace_ms = 7\n"
                "[fault \"lid\"]\nwhat = latency\nwho = half\nway = up\nevery_ms = 500\n"
                "first_ms = 20\njitter_ms = 30\nfor_ms = 40\nchance = 50\namount = 60 ; ms\n");
    const struct scenario_fault *fault = &scenario.faults[0];
    cr_expect_str_eq (scenario.about, "The lid");
    cr_expect_eq (scenario.sessions, 3);
    cr_expect_eq (scenario.pace_ms, 7);
    cr_assert_eq (scenario.count, 1);
    cr_expect_str_eq (fault->name, "lid");
    cr_expect_eq (fault->what, FAULT_LATENCY);
    cr_expect_eq (fault->who, FAULT_HALF);
    cr_expect_eq (fault->way, FAULT_UP);
    cr_expect_eq (fault->every_ms, 500);
    cr_expect_eq (fault->for_ms, 40);
    cr_expect_eq (fault->chance, 50);
    cr_expect_eq (fault->amount, 60);
}

/* Symptom: of two faults of one name nobody knew which one the report meant; and a second [scenario] went
 * on with the first. */
Test (chaos_scenario, what_is_there_a_second_time_is_refused)
{
    expect_wrong (CUT "[fault \"cut\"]\nwhat = reset\n",
                  "my.ini:6: the fault \"cut\" a second time, first in line 3");
    expect_wrong ("[scenario]\n[scenario]\n",
                  "my.ini:2: [scenario] a second time, first in line 1");
}

/* Symptom: "expected KEY = VALUE or a [section]", to whom had forgotten the bracket of one. */
Test (chaos_scenario, a_section_that_is_not_closed_is_shown_whole)
{
    expect_wrong ("[scenario]\n[fault \"a\"\n",
                  "my.ini:2: [fault \"a\", expected [scenario] or [fault \"NAME\"], and no more");
}

Test (chaos_scenario, wrong_lines_are_named_with_what_was_expected)
{
    expect_wrong ("", "there is no fault, expected [fault \"NAME\"]");
    expect_wrong ("what = reset\n", "my.ini:1: a key before any section");
    expect_wrong ("[images]\n", "my.ini:1: an unknown section [images], expected [scenario]");
    expect_wrong ("[scenario]\nabuot = x\n", "my.ini:2: an unknown key abuot, expected about");
    expect_wrong ("[fault x]\nwhat = rest\n",
                  "my.ini:2: what = rest, expected one of down, refuse");
    expect_wrong ("[fault x]\nwhat = reset\nevery_ms = soon\n",
                  "my.ini:3: every_ms = soon, expected a whole number, 10 to 3600000");
    expect_wrong ("[fault x]\nwhat = reset\nwhat = reset\n", "my.ini:3: what a second time");
    expect_wrong ("[fault x]\nwho = all\n", "my.ini:1: the fault \"x\" lacks its kind");
    expect_wrong ("[fault x]\nwhat = latency\nfor_ms = 10\n",
                  "my.ini:1: the fault \"x\" lacks its amount, expected amount = ms");
    expect_wrong ("[fault x]\nwhat = down\n", "lasts, expected for_ms above 0");
    expect_wrong ("", "my.ini:1: ");
    expect_wrong ("[fault x]\nwhat = kill\nway = up\nfor_ms = 10\n",
                  "(kill) hits no connection, expected no way");
    expect_wrong ("[fault x]\nwhat = reset\nfor_ms = 10\n", "is over at once, expected no for_ms");
    expect_wrong ("[fault x]\nwhat = reset\namount = 10\n", "takes no amount, expected none");
    expect_wrong ("nonsense\n", "my.ini:1: nonsense, expected KEY = VALUE");
}

/* The shipped ones are read, and hit eight images more than a hundred times in a minute. */
Test (chaos_scenario, each_that_is_shipped_has_more_than_a_hundred_faults_a_minute)
{
    static const char *const names[] = {"flapping-wifi", "sleeping-laptop", "rolling-restart",
                                        "split-network", "slow-death",      "thundering-herd",
                                        "corrupt-link",  "kill-stui"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[80], text[8192];
        snprintf (path, sizeof path, "scenarios/%s.ini", names[i]);
        FILE *file = fopen (path, "r");
        cr_assert (file, "%s", path);
        text[fread (text, 1, sizeof text - 1, file)] = '\0';
        fclose (file);
        struct scenario scenario = parsed (text);
        struct plan plan = planned (&scenario, 1, 8, 1);
        cr_expect_gt (plan.count, 100, "%s has %zu", names[i], plan.count);
        plan_fini (&plan);
    }
}

static void
expect_same (const struct plan *one, const struct plan *other)
{
    cr_assert_eq (one->count, other->count);
    for (size_t i = 0; i < one->count; i++) {
        cr_expect_eq (one->faults[i].at_ms, other->faults[i].at_ms);
        cr_expect_eq (one->faults[i].image, other->faults[i].image);
        cr_expect_eq (one->faults[i].what, other->faults[i].what);
    }
}

Test (chaos_plan, the_same_seed_gives_the_same_faults_at_the_same_moments)
{
    struct scenario scenario = parsed (CUT "jitter_ms = 300\nwho = half\n");
    struct plan one = planned (&scenario, 7, 10, 1), again = planned (&scenario, 7, 10, 1);
    struct plan other = planned (&scenario, 8, 10, 1);
    expect_same (&one, &again);
    bool differs = one.count != other.count;
    for (size_t i = 0; !differs && i < one.count; i++)
        differs = one.faults[i].at_ms != other.faults[i].at_ms;
    cr_expect (differs);
    plan_fini (&one);
    plan_fini (&again);
    plan_fini (&other);
}

Test (chaos_plan, another_rule_behind_it_changes_nothing_of_the_first)
{
    struct scenario one = parsed (CUT "jitter_ms = 300\n");
    struct scenario two = parsed (CUT "jitter_ms = 300\n[fault \"late\"]\nwhat = latency\n"
                                      "for_ms = 100\namount = 5\n");
    struct plan alone = planned (&one, 7, 3, 1), both = planned (&two, 7, 3, 1);
    size_t at = 0;
    for (size_t i = 0; i < both.count; i++)
        if (both.faults[i].rule == 0) {
            cr_assert_lt (at, alone.count);
            cr_expect_eq (both.faults[i].at_ms, alone.faults[at++].at_ms);
        }
    cr_expect_eq (at, alone.count);
    plan_fini (&alone);
    plan_fini (&both);
}

Test (chaos_plan, half_is_a_half_and_all_are_all)
{
    struct scenario half = parsed (CUT "who = half\n"), all = parsed (CUT "who = all\n");
    struct plan of_half = planned (&half, 1, 8, 1), of_all = planned (&all, 1, 8, 1);
    cr_expect_eq (of_half.count, 60 * 4);
    cr_expect_eq (of_all.count, 60 * 8);
    for (size_t i = 1; i < of_half.count; i++)
        cr_expect (of_half.faults[i].at_ms > of_half.faults[i - 1].at_ms
                   || of_half.faults[i].image > of_half.faults[i - 1].image);
    plan_fini (&of_half);
    plan_fini (&of_all);
}

/* A process that is away, or has only just come back, is not killed again; nothing lasts longer than
 * the run. */
Test (chaos_plan, a_process_that_is_away_is_left_alone)
{
    struct scenario scenario = parsed ("[fault \"k\"]\nwhat = kill\nwho = each\nevery_ms = 700\n"
                                       "jitter_ms = 500\nfor_ms = 1000\n");
    struct plan plan = planned (&scenario, 1, 10, 5);
    int64_t until_ms[10] = {0};
    for (size_t i = 0; i < plan.count; i++) {
        const struct plan_fault *fault = &plan.faults[i];
        cr_expect_eq (fault->image % 5, 0, "the first image of its process");
        cr_expect_geq (fault->at_ms, until_ms[fault->image]);
        cr_expect_leq (fault->until_ms, 60000);
        until_ms[fault->image] = fault->until_ms;
    }
    cr_expect_gt (plan.dropped, 0);
    plan_fini (&plan);
}

Test (chaos_plan, chance_thins_out)
{
    struct scenario scenario = parsed (CUT "who = all\nchance = 25\n");
    struct plan plan = planned (&scenario, 1, 8, 1);
    cr_expect_gt (plan.count, 80);
    cr_expect_lt (plan.count, 160);
    plan_fini (&plan);
}

/* Symptom that must not be: somebody's own image is killed. */
Test (chaos_plan, processes_that_are_not_ours_are_spared)
{
    struct scenario scenario = parsed (CUT "[fault \"k\"]\nwhat = kill\nfor_ms = 100\n"
                                           "[fault \"t\"]\nwhat = stop\nfor_ms = 100\n");
    const struct plan_site site = {1, 1, 60000, true};
    struct plan plan;
    plan_make (&plan, &scenario, 1, &site);
    cr_expect_eq (plan.spared, 2);
    cr_expect_eq (plan.count, 60);
    for (size_t i = 0; i < plan.count; i++)
        cr_expect_eq (plan.faults[i].what, FAULT_RESET);
    plan_fini (&plan);
}

Test (chaos_plan, scenarios_in_turn_are_each_for_its_time_and_with_its_seed)
{
    struct scenario one = parsed (CUT "jitter_ms = 300\n");
    struct scenario two = parsed ("[fault \"k\"]\nwhat = kill\nfor_ms = 5000\nevery_ms = 7000\n");
    const struct scenario *const in_turn[] = {&one, &two, &one};
    const struct plan_site site = {2, 1, 60000, false};
    struct plan series, first, third;
    plan_make_series (&series, in_turn, 3, 7, &site);
    plan_make (&first, &one, 7, &site);
    plan_make (&third, &one, 9, &site);
    cr_assert_gt (series.count, first.count + third.count);
    for (size_t i = 0; i < first.count; i++)
        cr_expect_eq (series.faults[i].at_ms, first.faults[i].at_ms);
    for (size_t i = first.count; i < series.count - third.count; i++) {
        cr_expect_eq (series.faults[i].what, FAULT_KILL);
        cr_expect_geq (series.faults[i].at_ms, 60000);
        cr_expect_leq (series.faults[i].until_ms, 120000, "it is over when the next one begins");
    }
    for (size_t i = 0; i < third.count; i++)
        cr_expect_eq (series.faults[series.count - third.count + i].at_ms,
                      third.faults[i].at_ms + 120000);
    plan_fini (&series);
    plan_fini (&first);
    plan_fini (&third);
}
