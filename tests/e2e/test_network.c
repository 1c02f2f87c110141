/* test_network.c: networks that come and go, between stui on one machine and real images on another:
 * three namespaces that the test makes. Backoffs are so long that images are back soon only because
 * the network's change was seen; where nothing can be seen of it they are short. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/lan.h"
#include "support/stage.h"

#define PINGS   "ping_ms = 100\nhandshake_ms = 2000\n"
#define PATIENT PINGS "backoff_min_ms = 10000\nbackoff_max_ms = 600000\n"
#define BRISK   "ping_ms = 100\nhandshake_ms = 200\nbackoff_min_ms = 50\nbackoff_max_ms = 200\n"

enum { IMAGES = 3 };

static struct lan lan;
static struct stage stage;
static struct image images[IMAGES];
static const char *const names[IMAGES] = {"one", "two", "three"};
static char *sessions[IMAGES]; /* owned */

static void
setup (void)
{
    if (!lan_open (&lan))
        cr_skip_test ("network namespaces are root's: %s", strerror (errno));
}

static void
teardown (void)
{
    if (stage.config)
        stage_close (&stage);
    for (int index = 0; index < IMAGES; index++) {
        image_stop (&images[index]);
        free (sessions[index]);
    }
    lan_close (&lan);
}

TestSuite (network, .init = setup, .fini = teardown, .timeout = 120);

/* ---- what is at stake --------------------------------------------------------------------------- */

/* A session of each image in which x has a value of its own. */
static void
sessions_begin (int index)
{
    char code[32];
    struct run_result made = run_stui ("session", "new", names[index], "work", "--json");
    cr_assert_eq (made.status, 0, "%s", made.err);
    struct json *session = stage_parse (made.out);
    sessions[index] = stui_strdup (json_get_text (session, "session_id"));
    json_destroy (&session);
    run_result_fini (&made);
    snprintf (code, sizeof code, "x := %d", index * 100);
    struct run_result set =
        run_stui ("eval", names[index], "--session", sessions[index], "-e", code);
    cr_assert_eq (set.status, 0, "%s", set.err);
    run_result_fini (&set);
}

static void
await_state (const char *name, const char *word)
{
    struct json *state = stage_await_state (name, "state", word);
    json_destroy (&state);
}

static void
start (const char *settings)
{
    stage_open (&stage, settings);
    lan_enter (&lan, LAN_FAR);
    for (int index = 0; index < IMAGES; index++)
        cr_assert_eq (image_start (&images[index], names[index], NULL, 0,
                                   (const char *const[]){"--host", LAN_FAR_HOST, NULL}),
                      0);
    lan_enter (&lan, LAN_HERE);
    for (int index = 0; index < IMAGES; index++) {
        char address[64];
        snprintf (address, sizeof address, "tcp://" LAN_FAR_HOST ":%d", images[index].port);
        stage_list (&stage, names[index], address);
    }
    stage_serve (&stage);
    for (int index = 0; index < IMAGES; index++)
        await_state (names[index], "online");
    for (int index = 0; index < IMAGES; index++)
        sessions_begin (index);
}

static void
expect_all_gone (void)
{
    for (int index = 0; index < IMAGES; index++)
        await_state (names[index], "offline");
}

/* All are online, and their sessions go on where they were. */
static void
expect_all_back (void)
{
    char result[32];
    for (int index = 0; index < IMAGES; index++)
        await_state (names[index], "online");
    for (int index = 0; index < IMAGES; index++) {
        snprintf (result, sizeof result, "%d\n", index * 100 + 1);
        struct run_result told =
            run_stui ("eval", names[index], "--session", sessions[index], "-e", "x := x + 1");
        cr_assert_eq (told.status, 0, "%s", told.err);
        cr_assert_str_eq (told.out, result);
        run_result_fini (&told);
    }
}

/* ---- faults --------------------------------------------------------------------------------------- */

Test (network, an_interface_goes_down_and_comes_up)
{
    start (PATIENT);
    lan_run (&lan, LAN_HERE, "ip link set wire down");
    stage_pass (&stage, NULL, "network_changed");
    expect_all_gone ();
    lan_run (&lan, LAN_HERE, "ip link set wire up && ip route add default via 10.77.1.1");
    expect_all_back ();
}

Test (network, this_machine_gets_another_address)
{
    start (PATIENT);
    lan_run (&lan, LAN_HERE,
             "ip address del 10.77.1.2/24 dev wire && "
             "ip address add 10.77.1.3/24 dev wire && "
             "ip route replace default via 10.77.1.1");
    for (int index = 0; index < IMAGES; index++) /* links of the address that is gone are dead */
        stage_pass (&stage, NULL, "offline");
    expect_all_back ();
}

Test (network, a_route_goes_and_comes_back)
{
    start (PATIENT);
    lan_run (&lan, LAN_HERE, "ip route del default");
    expect_all_gone ();
    struct run_result found = run_stui ("image", "diagnose", "one");
    cr_assert_eq (found.status, 3);
    cr_assert_not_null (strstr (found.out, "route      failed"), "%s", found.out);
    run_result_fini (&found);
    lan_run (&lan, LAN_HERE, "ip route add default via 10.77.1.1");
    expect_all_back ();
}

/* Nothing here changes: only pings tell, and attempts made again. */
Test (network, a_router_drops_everything_for_a_while_without_a_word)
{
    start (BRISK);
    lan_run (&lan, LAN_ROUTER, "echo 0 >/proc/sys/net/ipv4/ip_forward");
    expect_all_gone ();
    lan_run (&lan, LAN_ROUTER, "echo 1 >/proc/sys/net/ipv4/ip_forward");
    expect_all_back ();
}

/* Shorter than what makes an image offline: the links stand, and nothing is made anew. */
Test (network, a_change_that_hurts_no_link_disturbs_nobody)
{
    start (PATIENT);
    lan_run (&lan, LAN_HERE,
             "ip link add other type veth peer name others && "
             "ip link set other up && ip link set others up");
    stage_pass (&stage, NULL, "network_changed");
    expect_all_back ();
    struct json *state = stage_state ("one");
    cr_assert_eq (json_get_number (state, "attempt", -1), 1);
    json_destroy (&state);
}
