/* test_requests.c: the table of wire requests, and what a cut makes of each. */

#include "actors/requests.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"

static struct request *
add (struct requests *requests, enum request_kind kind, enum request_state state, bool changes)
{
    static int number;
    struct request *request =
        requests_add (requests, kind, changes ? "evaluate" : "list_classes", 0);
    request->state = state;
    request->changes = changes;
    request->wait_ms = 500;
    snprintf (request->id, sizeof request->id, "id-%d", ++number);
    return request;
}

Test (requests, a_cut_loses_what_changes_and_repeats_what_reads)
{
    struct requests requests = {0};
    struct request *changing = add (&requests, REQUEST_COMMAND, REQUEST_SENT, true);
    struct request *reading = add (&requests, REQUEST_COMMAND, REQUEST_SENT, false);
    add (&requests, REQUEST_PING, REQUEST_SENT, false);
    add (&requests, REQUEST_SESSION, REQUEST_SENT, true);
    requests_cut (&requests, 1000);
    cr_assert_eq (requests.count, 2);
    cr_assert_eq (changing->state, REQUEST_LOST);
    cr_assert_neq (changing->id[0], '\0', "its id is what the image is asked by");
    cr_assert_eq (reading->state, REQUEST_WAITING);
    cr_assert_eq (reading->id[0], '\0');
    cr_assert_eq (requests_deadline (&requests, false, false), 1500);
    requests_fini (&requests);
}

Test (requests, only_a_cut_while_fetching_counts)
{
    struct requests requests = {0};
    struct request *request = add (&requests, REQUEST_COMMAND, REQUEST_SENT, true);
    requests_cut (&requests, 0);
    requests_cut (&requests, 0);
    cr_assert_eq (request->cuts, 0);
    request->state = REQUEST_ASKING;
    requests_cut (&requests, 0);
    cr_assert_eq (request->cuts, 1);
    request->state = REQUEST_RUNNING;
    requests_cut (&requests, 0);
    cr_assert_eq (request->cuts, 1);
    cr_assert_eq (request->state, REQUEST_LOST);
    requests_fini (&requests);
}

Test (requests, an_empty_tag_is_the_oldest_evaluation_that_runs)
{
    struct requests requests = {0};
    add (&requests, REQUEST_COMMAND, REQUEST_WAITING, true);
    add (&requests, REQUEST_COMMAND, REQUEST_SENT, false);
    struct request *runs = add (&requests, REQUEST_COMMAND, REQUEST_RUNNING, true);
    add (&requests, REQUEST_COMMAND, REQUEST_SENT, true)->tag = stui_strdup ("mine");
    cr_assert_eq (requests_find_tag (&requests, ""), runs);
    cr_assert_eq (requests_find_tag (&requests, "mine"), requests.items[3]);
    cr_assert_null (requests_find_tag (&requests, "other"));
    requests_fini (&requests);
}

Test (requests, a_rep_image_owes_whatever_is_on_the_wire_but_pings)
{
    struct requests requests = {0};
    add (&requests, REQUEST_PING, REQUEST_SENT, false);
    add (&requests, REQUEST_COMMAND, REQUEST_WAITING, true);
    cr_assert_null (requests_oldest_owed (&requests));
    struct request *upkeep = add (&requests, REQUEST_SESSION, REQUEST_SENT, true);
    cr_assert_eq (requests_oldest_owed (&requests), upkeep);
    cr_assert_null (requests_oldest_running (&requests), "nobody waits for upkeep");
    cr_assert_eq (requests_in_flight (&requests), 2);
    requests_fini (&requests);
}

Test (requests, removing_clears_the_callers_pointer)
{
    struct requests requests = {0};
    struct request *request = add (&requests, REQUEST_PING, REQUEST_SENT, false);
    requests_remove (&requests, &request);
    cr_assert_null (request);
    cr_assert_eq (requests.count, 0);
    cr_assert_eq (requests_deadline (&requests, false, false), STUI_NEVER);
    requests_fini (&requests);
}
