/* test_fleet_judge.c: judgements that wait until each supervisor has said what is known of its image: for
 * whom they wait when there are several, and which is found first says nothing of the rest. */

#include "fleet_fixture.h"

#define THREE "{\"name\":\"three\",\"address\":\"tcp://a:3\"}"

/* One, two and three are up, and have not read yet what is known of their images; two is asked about. */
static void
ask_of_three (struct fleet *fleet)
{
    fleet_init (fleet);
    list (fleet, ONE "," TWO "," THREE);
    tell (fleet, 0, msg_new ("store#1", MSG_OPENED, 0, "client", (uint64_t) 5));
    fleet_up (fleet, "image/one#1", 0);
    fleet_up (fleet, "image/two#2", 0);
    fleet_up (fleet, "image/three#3", 0);
    tell (fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 9, "A", "boot"));
    cr_assert_eq (taken (fleet, MSG_OK, NULL, NULL), 0, "it is judged too early");
}

/* PEER has read that nothing is known of its image. How many were answered then: itself, and judgements. */
static size_t
answered_once_loaded (struct fleet *fleet, const char *peer)
{
    loaded (fleet, peer, "");
    return taken (fleet, MSG_OK, NULL, NULL);
}

Test (fleet_judge, waits_for_the_last_that_is_unknown_in_whatever_order_they_say)
{
    static const char *const orders[][2] = {{"image/one#1", "image/three#3"},
                                            {"image/three#3", "image/one#1"}};
    for (size_t order = 0; order < sizeof orders / sizeof *orders; order++) {
        struct fleet fleet;
        ask_of_three (&fleet);
        cr_expect_eq (answered_once_loaded (&fleet, orders[order][0]), 1, "one is left");
        cr_expect_eq (answered_once_loaded (&fleet, orders[order][1]), 2, "it waits for itself");
        fleet_fini (&fleet);
    }
}

Test (fleet_judge, does_not_wait_for_one_that_is_taken_off_the_list)
{
    struct fleet fleet;
    ask_of_three (&fleet);
    cr_assert_eq (answered_once_loaded (&fleet, "image/one#1"), 1);
    list (&fleet, ONE "," TWO);
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    fleet_ended (&fleet, "image/three#3", "", 10);
    cr_expect_eq (fleet.image_count, 2);
    cr_expect_eq (answered_once_loaded (&fleet, "image/two#2"), 2);
    fleet_fini (&fleet);
}

Test (fleet_judge, one_that_starts_anew_is_waited_for_though_others_were_before)
{
    struct fleet fleet;
    ask_of_three (&fleet);
    cr_assert_eq (answered_once_loaded (&fleet, "image/three#3"), 1);
    cr_assert_eq (answered_once_loaded (&fleet, "image/one#1"), 2);
    list (&fleet, ONE "," TWO "," THREE ",{\"name\":\"four\",\"address\":\"tcp://a:4\"}");
    fleet_up (&fleet, "image/four#4", 0);
    tell (&fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 10, "B", "boot"));
    cr_expect_eq (taken (&fleet, MSG_OK, NULL, NULL), 0, "it is judged too early");
    cr_expect_eq (fleet.judgement_count, 1);
    fleet_fini (&fleet);
}
