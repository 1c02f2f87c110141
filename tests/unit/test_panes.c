/* test_panes.c: the tree of panes: splits, places, directions, borders, its record. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/random.h"
#include "ui/panes.h"

static struct panes panes;
static const struct rect large = {0, 0, 40, 121};

static void
setup (void)
{
    panes_init (&panes, &(struct pane_view){.screen = 1});
}

TestSuite (panes, .init = setup);

static void
split (bool beside)
{
    char why[PANES_WHY_SIZE];
    cr_assert (panes_split (&panes, beside, large, why), "%s", why);
}

/* The areas of all in reading order, "row,column rows x columns" each, the one with the keys starred. */
static void
expect_places (struct rect area, const char *should)
{
    char is[512] = "";
    panes_place (&panes, area);
    for (int node = panes_next (&panes, -1); node >= 0; node = panes_next (&panes, node)) {
        struct rect at = panes.nodes[node].area;
        size_t used = strlen (is);
        snprintf (is + used, sizeof is - used, "%s%d,%d %dx%d%s", used ? " | " : "", at.row,
                  at.column, at.rows, at.columns, node == panes.focus ? "*" : "");
    }
    cr_assert_str_eq (is, should);
}

Test (panes, one_pane_has_all)
{
    expect_places (large, "0,0 40x121*");
    cr_assert_not (panes_close (&panes), "it is the only one");
    cr_assert_eq (panes.count, 1);
}

Test (panes, a_split_halves_and_the_new_one_has_the_keys)
{
    split (false);
    expect_places (large, "0,0 20x121 | 20,0 20x121*");
    split (true);
    expect_places (large, "0,0 20x121 | 20,0 20x60 | 20,61 20x60*");
    cr_assert_eq (panes.nodes[panes.focus].view.screen, 1, "it shows the same");
}

Test (panes, a_closed_one_gives_its_place_to_its_neighbour)
{
    split (true);
    split (false);
    cr_assert (panes_close (&panes));
    expect_places (large, "0,0 40x60 | 0,61 40x60*");
    panes_step (&panes, false);
    cr_assert (panes_close (&panes));
    expect_places (large, "0,0 40x121*");
}

/* Symptom: borders between panes were moved by keys alone. */
Test (panes, a_border_is_found_under_the_mouse_and_set_as_far_as_the_least_allows)
{
    split (false);
    split (true); /* two beside each other, below one */
    expect_places (large, "0,0 20x121 | 20,0 20x60 | 20,61 20x60*");
    cr_assert_eq (panes_border_at (&panes, 10, 60, large), -1);
    int across = panes_border_at (&panes, 20, 100, large);
    int down = panes_border_at (&panes, 30, 60, large);
    cr_assert (across >= 0 && down >= 0 && across != down);
    cr_assert (panes_set_border (&panes, across, 11, large));
    cr_assert (panes_set_border (&panes, down, 75, large));
    expect_places (large, "0,0 11x121 | 11,0 29x75 | 11,76 29x45*");
    cr_assert_not (panes_set_border (&panes, down, 75, large), "it stands there");
    cr_assert (panes_set_border (&panes, across, 0, large));
    cr_assert (panes_set_border (&panes, down, 120, large));
    expect_places (large, "0,0 4x121 | 4,0 36x90 | 4,91 36x30*");
}

Test (panes, only_leaves_the_one_that_has_the_keys)
{
    split (true);
    panes.nodes[panes.focus].view.screen = 7;
    split (false);
    panes_only (&panes);
    expect_places (large, "0,0 40x121*");
    cr_assert_eq (panes.nodes[panes.focus].view.screen, 7);
}

Test (panes, the_keys_go_round_in_reading_order_both_ways)
{
    split (true);
    split (false);
    int last = panes.focus, first = panes_next (&panes, -1);
    panes_step (&panes, false);
    cr_assert_eq (panes.focus, first);
    panes_step (&panes, true);
    cr_assert_eq (panes.focus, last);
}

Test (panes, one_is_found_in_a_direction_and_by_place)
{
    split (true);
    split (false);
    panes_place (&panes, large);
    int left = panes_next (&panes, -1), above = panes_next (&panes, left);
    cr_assert_eq (panes_toward (&panes, PANES_LEFT, large), left);
    cr_assert_eq (panes_toward (&panes, PANES_UP, large), above);
    cr_assert_eq (panes_toward (&panes, PANES_DOWN, large), -1);
    cr_assert_eq (panes_toward (&panes, PANES_RIGHT, large), -1);
    panes.focus = left;
    cr_assert_eq (panes_toward (&panes, PANES_RIGHT, large), panes_next (&panes, above),
                  "row 20 is beside its middle");
    cr_assert_eq (panes_at (&panes, 3, 100), above);
    cr_assert_eq (panes_at (&panes, 3, 60), -1, "the border is no pane");
}

Test (panes, a_border_moves_by_one_until_a_pane_is_at_its_least)
{
    split (true);
    cr_assert (panes_move_border (&panes, PANES_LEFT, large));
    expect_places (large, "0,0 40x59 | 0,60 40x61*");
    cr_assert_not (panes_move_border (&panes, PANES_UP, large), "no border lies there");
    int steps = 0;
    while (panes_move_border (&panes, PANES_LEFT, large))
        cr_assert_lt (++steps, 200);
    expect_places (large, "0,0 40x30 | 0,31 40x90*");
    panes_even (&panes);
    expect_places (large, "0,0 40x60 | 0,61 40x60*");
}

Test (panes, a_split_without_room_is_refused_with_a_sentence_and_changes_nothing)
{
    char why[PANES_WHY_SIZE];
    cr_assert_not (panes_split (&panes, true, (struct rect){0, 0, 24, 60}, why));
    cr_assert_str_eq (why,
                      "There is no room for it: each pane needs 30 columns and 4 rows at least");
    cr_assert_eq (panes.count, 1);
    cr_assert (panes_split (&panes, true, (struct rect){0, 0, 24, 61}, why));
    cr_assert_not (panes_split (&panes, false, (struct rect){0, 0, 7, 61}, why));
    cr_assert (panes_split (&panes, false, (struct rect){0, 0, 8, 61}, why));
}

Test (panes, there_are_not_more_than_the_most)
{
    char why[PANES_WHY_SIZE];
    for (int count = 1; count < PANES_MAX; count++)
        cr_assert (panes_split (&panes, count % 2, (struct rect){0, 0, 500, 1000}, why));
    cr_assert_not (panes_split (&panes, true, (struct rect){0, 0, 500, 1000}, why));
    cr_assert_str_eq (why, "There are 8 panes, and no more can be: close one first");
}

Test (panes, where_they_do_not_fit_the_one_with_the_keys_has_all_and_the_others_come_back)
{
    split (true);
    expect_places ((struct rect){0, 0, 20, 50}, "0,0 0x0 | 0,0 20x50*");
    cr_assert_not (panes.fits);
    cr_assert_eq (panes_toward (&panes, PANES_LEFT, (struct rect){0, 0, 20, 50}), -1);
    expect_places (large, "0,0 40x60 | 0,61 40x60*");
    cr_assert (panes.fits);
}

/* ---- the record ----------------------------------------------------------------------------- */

static const char *const names[] = {"images", "workspace", "transcript"};

static const char *
name_of (int screen)
{
    return names[screen];
}

static int
id_of (const char *name)
{
    for (int id = 0; id < 3; id++)
        if (strcmp (name, names[id]) == 0)
            return id;
    return -1;
}

static bool
read_text (const char *text)
{
    struct json *record = json_parse_text (text);
    bool is_read = panes_from_record (&panes, record, id_of, 0);
    json_destroy (&record);
    return is_read;
}

Test (panes, a_record_brings_back_what_was_there)
{
    split (true);
    struct pane_view *view = &panes.nodes[panes.focus].view;
    strcpy (view->image, "two");
    strcpy (view->session, "018f0000-0000-7000-8000-000000000001");
    split (false);
    view = &panes.nodes[panes.focus].view;
    view->screen = 2;
    strcpy (view->transcript, "two");
    strcpy (view->transcript_filter, "error");
    panes_move_border (&panes, PANES_UP, large);
    panes_step (&panes, true);
    struct json *record = panes_record (&panes, name_of);
    panes_place (&panes, large);
    struct panes before = panes;
    setup ();
    cr_assert (panes_from_record (&panes, record, id_of, 0));
    struct json *again = panes_record (&panes, name_of);
    cr_assert (json_equal (record, again));
    expect_places (large, "0,0 40x60 | 0,61 19x60* | 19,61 21x60");
    cr_assert_eq (before.count, panes.count);
    json_destroy (&record);
    json_destroy (&again);
}

Test (panes, a_damaged_record_is_none_and_changes_nothing)
{
    split (true);
    cr_assert_not (read_text ("{}"));
    cr_assert_not (read_text ("{\"tree\":[]}"));
    cr_assert_not (read_text ("{\"tree\":{\"split\":\"beside\",\"panes\":[{}]}}"));
    cr_assert_not (read_text ("{\"tree\":{\"split\":\"beside\",\"panes\":[{},7]}}"));
    cr_assert_eq (panes.count, 2);
}

Test (panes, a_record_with_unknown_screens_and_shares_is_read_as_far_as_it_means_something)
{
    cr_assert (
        read_text ("{\"focus\":1000000,\"tree\":{\"split\":\"beside\",\"share\":-5,\"panes\":"
                   "[{\"screen\":\"of tomorrow\",\"image\":7},{\"screen\":\"transcript\"}]}}"));
    expect_places (large, "0,0 40x60* | 0,61 40x60");
    cr_assert_eq (panes.nodes[panes.focus].view.screen, 0);
}

/* One split in another, to the right or to the left, without an end of panes. */
Test (panes, a_record_deeper_than_any_tree_is_refused)
{
    for (int right = 0; right < 2; right++)
        for (int depth = 1; depth < 40; depth++) {
            char text[8192] = "{\"tree\":";
            for (int at = 0; at < depth; at++)
                strcat (text, right ? "{\"split\":\"below\",\"panes\":[{},"
                                    : "{\"split\":\"below\",\"panes\":[");
            strcat (text, "{}");
            for (int at = 0; at < depth; at++)
                strcat (text, right ? "]}" : ",{}]}");
            strcat (text, "}");
            cr_assert_eq (read_text (text), depth < PANES_MAX, "%d", depth);
        }
}

/* ---- whatever happens ----------------------------------------------------------------------- */

static void
expect_whole (struct rect area)
{
    int count = 0, cells = 0, rows, columns;
    panes_least (&panes, &rows, &columns);
    panes_place (&panes, area);
    cr_assert_eq (panes.fits, panes.count == 1 || (rows <= area.rows && columns <= area.columns));
    for (int node = panes_next (&panes, -1); node >= 0; node = panes_next (&panes, node)) {
        struct rect at = panes.nodes[node].area;
        cr_assert (!panes.nodes[node].split && panes.nodes[node].used);
        if (panes.fits && panes.count > 1)
            cr_assert (at.rows >= PANE_ROWS_MIN && at.columns >= PANE_COLUMNS_MIN);
        cells += at.rows * at.columns;
        count++;
    }
    cr_assert_eq (count, panes.count);
    cr_assert_leq (cells, area.rows * area.columns);
    cr_assert (!panes.nodes[panes.focus].split && panes.nodes[panes.focus].used);
}

Test (panes, any_row_of_changes_leaves_a_whole_tree)
{
    struct random_source random = {7};
    for (int step = 0; step < 20000; step++) {
        struct rect area = {0, 0, 8 + (int) random_below (&random, 60),
                            40 + (int) random_below (&random, 300)};
        char why[PANES_WHY_SIZE];
        uint64_t what = random_below (&random, 12);
        if (what < 5)
            panes_split (&panes, what % 2, area, why);
        else if (what < 7)
            panes_close (&panes);
        else if (what == 7)
            panes_step (&panes, true);
        else if (what == 8) {
            int to = panes_toward (&panes, (enum panes_direction) random_below (&random, 4), area);
            panes.focus = to >= 0 ? to : panes.focus;
        }
        else if (what < 11)
            panes_move_border (&panes, (enum panes_direction) random_below (&random, 4), area);
        else if (random_below (&random, 40) == 0)
            panes_only (&panes);
        expect_whole (area);
    }
}
