/* test_sim_replies.c: what a simulated image can still say of a request that it knew. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_replies.h"

static struct sim_replies table;

static void
teardown (void)
{
    sim_replies_fini (&table);
}

TestSuite (sim_replies, .fini = teardown);

/* The id of request NUMBER: they rise. */
static const char *
id (int number)
{
    static char text[STUI_UUID_LEN + 1];
    snprintf (text, sizeof text, "01a2029a-eb88-7000-8000-%012d", number);
    return text;
}

static void
carry_out (int number, const char *reply)
{
    struct sim_entry *entry = sim_replies_add (&table, id (number), "evaluate", NULL);
    sim_replies_finish (&table, entry, reply, strlen (reply));
}

Test (sim_replies, a_known_id_has_its_reply)
{
    struct sim_entry *entry = sim_replies_add (&table, id (1), "evaluate", "session");
    cr_assert_eq (sim_replies_find (&table, id (1)), entry);
    cr_assert_not (entry->is_done);
    cr_assert (sim_replies_has_running (&table));
    sim_replies_finish (&table, entry, "seven", 5);
    cr_assert_str_eq (sim_replies_find (&table, id (1))->reply, "seven");
    cr_assert_str_eq (entry->session_id, "session");
    cr_assert_not (sim_replies_has_running (&table));
}

Test (sim_replies, an_unknown_id_never_ran_while_nothing_was_dropped)
{
    carry_out (5, "x");
    cr_assert_null (sim_replies_find (&table, id (4)));
    cr_assert_not (sim_replies_may_have_run (&table, id (4)));
}

Test (sim_replies, keeps_256_replies_and_still_knows_the_others)
{
    for (int i = 1; i <= SIM_REPLIES_MAX + 1; i++)
        carry_out (i, "x");
    cr_assert_eq (table.replied_count, SIM_REPLIES_MAX);
    const struct sim_entry *first = sim_replies_find (&table, id (1));
    cr_assert (first->is_done);
    cr_assert_null (first->reply);
    cr_assert_not_null (sim_replies_find (&table, id (2))->reply);
}

Test (sim_replies, keeps_8_megabytes_of_replies)
{
    size_t size = SIM_REPLY_BYTES_MAX / 2 - 10;
    char *large = stui_alloc (size + 1);
    memset (large, 'x', size);
    carry_out (1, large);
    carry_out (2, large);
    cr_assert_not_null (sim_replies_find (&table, id (1))->reply);
    carry_out (3, large);
    cr_assert_null (sim_replies_find (&table, id (1))->reply);
    cr_assert_not_null (sim_replies_find (&table, id (2))->reply);
    cr_assert_leq (table.reply_bytes, SIM_REPLY_BYTES_MAX);
    free (large);
}

Test (sim_replies, drops_ids_beyond_10000_and_says_forgotten)
{
    for (int i = 1; i <= SIM_IDS_MAX + 3; i++)
        carry_out (i, "x");
    cr_assert_eq (table.count, SIM_IDS_MAX);
    cr_assert_null (sim_replies_find (&table, id (3)));
    cr_assert (sim_replies_may_have_run (&table, id (3)));
    cr_assert_not_null (sim_replies_find (&table, id (4)));
    cr_assert_not (sim_replies_may_have_run (&table, id (SIM_IDS_MAX + 4)));
    cr_assert_str_eq (table.greatest_dropped, id (3));
    cr_assert_str_eq (sim_replies_greatest (&table), id (SIM_IDS_MAX + 3));
}

Test (sim_replies, what_runs_is_never_dropped)
{
    struct sim_entry *running = sim_replies_add (&table, id (1), "evaluate", NULL);
    for (int i = 2; i <= SIM_IDS_MAX + 5; i++)
        carry_out (i, "x");
    cr_assert_eq (sim_replies_find (&table, id (1)), running);
    sim_replies_finish (&table, running, "at last", 7);
    cr_assert_str_eq (sim_replies_find (&table, id (1))->reply, "at last");
}

Test (sim_replies, what_was_discarded_never_ran)
{
    carry_out (1, "x");
    struct sim_entry *entry = sim_replies_add (&table, id (2), "evaluate", NULL);
    sim_replies_remove (&table, &entry);
    cr_assert_null (entry);
    cr_assert_null (sim_replies_find (&table, id (2)));
    cr_assert_not (sim_replies_may_have_run (&table, id (2)));
}

Test (sim_replies, ids_may_come_out_of_order)
{
    static const int order[] = {5, 1, 9, 3, 7};
    for (size_t i = 0; i < 5; i++)
        carry_out (order[i], "x");
    for (size_t i = 0; i < 5; i++)
        cr_assert_str_eq (sim_replies_find (&table, id (order[i]))->id, id (order[i]));
    cr_assert_str_eq (table.oldest->id, id (5));
    cr_assert_str_eq (sim_replies_greatest (&table), id (9));
}

Test (sim_replies, all_that_is_done_can_be_forgotten_and_what_runs_stays)
{
    carry_out (1, "x");
    sim_replies_add (&table, id (2), "evaluate", NULL);
    carry_out (3, "x");
    sim_replies_forget (&table);
    cr_assert_eq (table.count, 1);
    cr_assert_not_null (sim_replies_find (&table, id (2)));
    cr_assert (sim_replies_may_have_run (&table, id (3)));
    cr_assert_not (sim_replies_may_have_run (&table, id (4)));
    cr_assert_eq (table.reply_bytes, 0);
}
