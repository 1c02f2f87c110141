/* test_names.c: names that nobody answers for, or that mean another machine now, and images behind a
 * network that swallows everything: what can be reached is not disturbed. Three namespaces that the
 * test makes (lan.h), and a name server of its own. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/lan.h"
#include "support/name_server.h"
#include "support/stage.h"

#define SWALLOWED "10.77.3" /* what the router takes to there comes to nobody */
#define OTHER     "10.77.2.3"

enum { NAMED = 20, SWALLOWED_IMAGES = 200 };

static char directory[SCRATCH_SIZE];
static struct lan lan;
static struct name_server names;
static struct stage stage;
static struct image image;
static char session[STUI_UUID_LEN + 1];

static void
setup (void)
{
    scratch_open (directory);
    if (!lan_open (&lan) || !name_server_open (&names, directory, SWALLOWED ".9"))
        cr_skip_test ("namespaces are root's: %s", strerror (errno));
    lan_run (&lan, LAN_ROUTER, "ip route add blackhole " SWALLOWED ".0/24");
    stage_open (&stage, "ping_ms = 100\nbackoff_max_ms = 500\nhandshake_ms = 2000\n");
    lan_enter (&lan, LAN_FAR);
    cr_assert_eq (
        image_start (&image, "one", NULL, 0, (const char *const[]){"--host", "0.0.0.0", NULL}), 0);
    lan_enter (&lan, LAN_HERE);
}

static void
teardown (void)
{
    stage_close (&stage);
    image_stop (&image);
    name_server_close (&names);
    scratch_close (directory);
    lan_close (&lan);
}

TestSuite (names, .init = setup, .fini = teardown, .timeout = 120);

/* Image NAME is at HOST, and the port of the one that runs. */
static void
list (const char *name, const char *host)
{
    char address[64];
    snprintf (address, sizeof address, "tcp://%s:%d", host, image.port);
    stage_list (&stage, name, address);
}

static void
await_state (const char *name, const char *word)
{
    struct json *state = stage_await_state (name, "state", word);
    json_destroy (&state);
}

/* COUNT images whose names nobody can resolve. */
static void
list_named (int count)
{
    char name[32], host[48];
    for (int index = 1; index <= count; index++) {
        snprintf (name, sizeof name, "named-%d", index);
        snprintf (host, sizeof host, "%s.example.test", name);
        list (name, host);
    }
}

Test (names, a_dead_name_server_disturbs_nobody)
{
    list ("one", LAN_FAR_HOST);
    list_named (NAMED);
    stage_serve (&stage);
    await_state ("one", "online");
    stage_pass (&stage, "named-1", "unreachable");
    stage_expect_eval ("one", "3 + 4", "7");
    struct run_result found = run_stui ("image", "diagnose", "named-1");
    cr_assert_eq (found.status, 3);
    cr_assert_not_null (strstr (found.out, "name       failed"), "%s", found.out);
    run_result_fini (&found);
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
}

/* Symptom: as long as somebody was waiting for a dead name server, a changed resolv.conf was not read. */
Test (names, other_name_servers_are_used_while_the_dead_ones_are_asked)
{
    list_named (NAMED);
    stage_serve (&stage);
    stage_pass (&stage, "named-1", "unreachable");
    name_server_answer (&names, LAN_FAR_HOST);
    name_server_use (&names, NAME_SERVER_HERE);
    stage_pass (&stage, NULL, "online"); /* the first; the others are routes to the same image */
}

Test (names, a_name_that_means_another_address_now_is_followed)
{
    name_server_answer (&names, LAN_FAR_HOST);
    name_server_use (&names, NAME_SERVER_HERE);
    list ("one", "far.example.test");
    stage_serve (&stage);
    await_state ("one", "online");
    stage_new_session ("one", "work", session);
    struct run_result set = run_stui ("eval", "one", "--session", session, "-e", "x := 41");
    cr_assert_eq (set.status, 0, "%s", set.err);
    run_result_fini (&set);
    lan_run (&lan, LAN_FAR,
             "ip address add " OTHER "/24 dev wire && "
             "ip address del " LAN_FAR_HOST "/24 dev wire && "
             "ip address replace " OTHER "/24 dev wire && "
             "ip route replace default via 10.77.2.1");
    stage_pass (&stage, "one", "offline");
    name_server_answer (&names, OTHER);
    stage_pass (&stage, "one", "online");
    struct run_result told = run_stui ("eval", "one", "--session", session, "-e", "x + 1");
    cr_assert_str_eq (told.out, "42\n", "%s", told.err);
    run_result_fini (&told);
}

Test (names, two_hundred_images_that_swallow_everything_disturb_nobody)
{
    char name[32], host[32];
    list ("one", LAN_FAR_HOST);
    for (int index = 1; index <= SWALLOWED_IMAGES; index++) {
        snprintf (name, sizeof name, "swallowed-%d", index);
        snprintf (host, sizeof host, SWALLOWED ".%d", index);
        list (name, host);
    }
    stage_serve (&stage);
    await_state ("one", "online");
    stage_pass (&stage, "swallowed-200", "unreachable");
    stage_expect_eval ("one", "3 + 4", "7");
    image_kill (&image);
    stage_pass (&stage, "one", "offline");
    lan_enter (&lan, LAN_FAR);
    cr_assert_eq (image_restart (&image), 0);
    lan_enter (&lan, LAN_HERE);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "3 + 4", "7");
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
}
