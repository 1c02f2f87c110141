/* test_routes.c: where the switchboard sends what, and who is answered when a receiver is gone. */

#include "actors/routes.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

static struct route
pass (struct routes *routes, const char *from, struct msg *msg)
{
    struct route route = routes_pass (routes, from, msg);
    msg_destroy (&msg);
    return route;
}

static struct routes *
routes_with (const char *one, const char *other)
{
    struct routes *routes = routes_new ();
    routes_up (routes, one);
    routes_up (routes, other);
    return routes;
}

struct heard {
    int count;
    char word[32], peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
};

static void
hear (void *context, struct msg **answer)
{
    struct heard *heard = context;
    heard->count++;
    snprintf (heard->word, sizeof heard->word, "%s", msg_text (*answer, 0));
    snprintf (heard->peer, sizeof heard->peer, "%s", (*answer)->peer);
    heard->ref = (*answer)->ref;
    msg_destroy (answer);
}

Test (routes, nothing_is_sent_before_up)
{
    struct routes *routes = routes_new ();
    struct route route = pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 1));
    cr_assert_eq (route.verdict, ROUTE_REFUSE);
    cr_assert_str_eq (msg_text (route.answer, 0), "ActorEnded");
    msg_destroy (&route.answer);
    cr_assert_eq (pass (routes, "ui#1", msg_new ("image/a", MSG_FINISH, 0)).verdict, ROUTE_DROP);
    cr_assert_eq (routes_open (routes, NULL), 0);
    routes_destroy (&routes);
}

Test (routes, a_request_and_its_one_answer)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    struct route route = pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    cr_assert_eq (route.verdict, ROUTE_FORWARD);
    cr_assert_str_eq (route.to, "image/a#2");
    cr_assert_eq (routes_open (routes, "image/a"), 1);
    cr_assert (routes_is_open (routes, "ui#1", 7));
    cr_assert_not (routes_is_open (routes, "ui#1", 8));
    cr_assert_not (routes_is_open (routes, "ui#2", 7));
    route = pass (routes, "image/a#2", msg_new ("ui#1", MSG_OK, 7, "{}"));
    cr_assert_eq (route.verdict, ROUTE_FORWARD);
    cr_assert_str_eq (route.to, "ui#1");
    cr_assert_not (routes_is_open (routes, "ui#1", 7));
    cr_assert_eq (pass (routes, "image/a#2", msg_new ("ui#1", MSG_OK, 7, "{}")).verdict,
                  ROUTE_DROP);
    cr_assert_eq (routes_counts (routes)->late, 1);
    cr_assert_eq (routes_open (routes, NULL), 0);
    routes_destroy (&routes);
}

Test (routes, only_the_incarnation_that_was_asked_may_answer)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    routes_up (routes, "image/a#3");
    cr_assert_eq (pass (routes, "image/a#3", msg_new ("ui#1", MSG_OK, 7, "{}")).verdict,
                  ROUTE_DROP);
    cr_assert_eq (pass (routes, "image/a#2", msg_new ("ui#1", MSG_OK, 7, "{}")).verdict,
                  ROUTE_FORWARD);
    struct route route = pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 8));
    cr_assert_str_eq (route.to, "image/a#3");
    routes_destroy (&routes);
}

Test (routes, a_ref_that_is_open_is_refused)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    struct route route = pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    cr_assert_eq (route.verdict, ROUTE_REFUSE);
    msg_destroy (&route.answer);
    routes_destroy (&routes);
}

Test (routes, an_image_that_owes_as_much_as_it_may_is_full)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    for (uint64_t ref = 1; ref <= STUI_IMAGE_ROOM; ref++)
        cr_assert_eq (pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, ref)).verdict,
                      ROUTE_FORWARD);
    struct route route = pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 99));
    cr_assert_eq (route.verdict, ROUTE_REFUSE);
    cr_assert_str_eq (msg_text (route.answer, 0), "QueueFull");
    msg_destroy (&route.answer);
    cr_assert_eq (pass (routes, "ui#1", msg_new ("image/a", MSG_FINISH, 0)).verdict, ROUTE_FORWARD);
    routes_destroy (&routes);
}

/* Symptom: workspaces that waited to be told what became of their code while its image was disabled left no room
 * for its saves: "queue full". */
Test (routes, who_waits_to_be_told_what_became_of_code_takes_no_place)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    for (uint64_t ref = 1; ref <= STUI_IMAGE_ROOM; ref++)
        cr_assert_eq (
            pass (routes, "ui#1", msg_new ("image/a", MSG_AWAIT, ref, "a terminal/7")).verdict,
            ROUTE_FORWARD);
    cr_assert_eq (pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 99)).verdict, ROUTE_FORWARD);
    routes_destroy (&routes);
}

Test (routes, what_was_open_with_an_actor_that_ended_is_answered)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    struct heard heard = {0};
    pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    routes_ended (routes, "image/a#2", hear, &heard);
    cr_assert_eq (heard.count, 1);
    cr_assert_eq (heard.ref, 7);
    cr_assert_str_eq (heard.peer, "ui#1");
    cr_assert_str_eq (heard.word, "ActorEnded");
    cr_assert_not (routes_is_up (routes, "image/a"));
    routes_ended (routes, "image/a#2", hear, &heard);
    cr_assert_eq (heard.count, 1);
    routes_destroy (&routes);
}

Test (routes, a_command_that_may_have_been_sent_is_in_doubt)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    struct heard heard = {0};
    pass (routes, "ui#1",
          msg_new ("image/a", MSG_COMMAND, 7, "evaluate", "{}", (uint64_t) 0, "tag"));
    routes_ended (routes, "image/a#2", hear, &heard);
    cr_assert_str_eq (heard.word, "InDoubt");
    routes_destroy (&routes);
}

Test (routes, the_end_of_an_old_incarnation_leaves_the_new_one)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    struct heard heard = {0};
    routes_up (routes, "image/a#3");
    routes_ended (routes, "image/a#2", hear, &heard);
    cr_assert (routes_is_up (routes, "image/a"));
    routes_destroy (&routes);
}

Test (routes, answers_to_an_actor_that_ended_are_late)
{
    struct routes *routes = routes_with ("ui#1", "image/a#2");
    struct heard heard = {0};
    pass (routes, "ui#1", msg_new ("image/a", MSG_RETRY, 7));
    routes_ended (routes, "ui#1", hear, &heard);
    cr_assert_eq (heard.count, 0);
    cr_assert_eq (routes_open (routes, NULL), 0);
    cr_assert_eq (pass (routes, "image/a#2", msg_new ("ui#1", MSG_OK, 7, "{}")).verdict,
                  ROUTE_DROP);
    routes_destroy (&routes);
}

Test (routes, a_lent_request_is_answered_by_whom_it_was_lent_to)
{
    struct routes *routes = routes_with ("ui#1", "probe/1#2");
    routes_lend (routes, "ui#1", 7, MSG_PROBE, "probe/1#2");
    cr_assert_eq (routes_open (routes, "probe/1"), 1);
    cr_assert_eq (pass (routes, "probe/1#2", msg_new ("ui#1", MSG_OK, 7, "{}")).verdict,
                  ROUTE_FORWARD);
    routes_destroy (&routes);
}
