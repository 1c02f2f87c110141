/* test_tunnel.c: real images behind a real sshd: one ssh for all images of a host, which comes back with
 * the host, whose failures are told, and which never outlives stui. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/lan.h"
#include "support/sshd.h"
#include "support/stage.h"

#define BRISK "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"

static struct stage stage;
static struct sshd sshd;

static void
setup (void)
{
    stage_open (&stage, BRISK);
    sshd_open (&sshd, NULL);
}

static void
teardown (void)
{
    stage_close (&stage);
    sshd_close (&sshd);
}

TestSuite (tunnel, .init = setup, .fini = teardown, .timeout = 180);

/* Adds a section [image "NAME"] with this via. */
static void
list_behind (const char *name, const char *address, const char *via)
{
    char *place = stui_printf ("%s\nvia = %s", address, via);
    stage_list (&stage, name, place);
    free (place);
}

static void
add_behind (const char *name)
{
    list_behind (name, stage_start_image (&stage, name)->address, sshd.via);
}

static void
await_state (const char *name, const char *key, const char *value)
{
    struct json *state = stage_await_state (name, key, value);
    json_destroy (&state);
}

static void
expect_said (const char *name, const char *part)
{
    struct run_result result = run_stui ("image", "diagnose", name);
    cr_expect_eq (result.status, 3, "%s", result.err);
    cr_expect_not_null (strstr (result.out, part), "'%s' is not in:\n%s", part, result.out);
    run_result_fini (&result);
}

static void
retry (const char *name)
{
    struct run_result result = run_stui ("image", "retry", name);
    run_result_fini (&result);
}

/* ---- That there is one ----------------------------------------------------------------------------- */

Test (tunnel, images_of_a_host_share_one_ssh)
{
    sshd_start (&sshd, NULL);
    add_behind ("one");
    add_behind ("two");
    stage_serve (&stage);
    await_state ("one", "state", "online");
    await_state ("two", "state", "online");
    stage_expect_eval ("one", "3 + 4", "7");
    stage_expect_eval ("two", "3 * 4", "12");
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
    struct run_result result = run_stui ("image", "diagnose", "one");
    cr_expect_eq (result.status, 0);
    cr_expect_not_null (strstr (result.out, "tunnel     ok: 127.0.0.1"), "%s", result.out);
    run_result_fini (&result);
}

Test (tunnel, an_image_that_is_added_cuts_nobody)
{
    sshd_start (&sshd, NULL);
    add_behind ("one");
    stage_serve (&stage);
    await_state ("one", "state", "online");
    const char *address = stage_start_image (&stage, "two")->address;
    struct run_result added = run_stui ("image", "add", "two", address, "--via", sshd.via);
    cr_assert_eq (added.status, 0, "%s", added.err);
    run_result_fini (&added);
    await_state ("two", "state", "online");
    stage_expect_eval ("two", "3 * 4", "12");
    struct json *state = stage_state ("one");
    cr_assert_eq (json_get_number (state, "attempt", -1), 1);
    json_destroy (&state);
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
}

Test (tunnel, via_is_set_and_taken_away)
{
    sshd_start (&sshd, NULL);
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct run_result set = run_stui ("image", "set", "one", "via", sshd.via);
    cr_assert_eq (set.status, 0, "%s", set.err);
    run_result_fini (&set);
    stage_pass (&stage, NULL, "tunnel_up");
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "3 + 4", "7");
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
    set = run_stui ("image", "set", "one", "via");
    cr_assert_eq (set.status, 0, "%s", set.err);
    run_result_fini (&set);
    stage_pass (&stage, "one", "online");
    struct json *state = stage_state ("one");
    cr_assert_null (json_get_text (state, "via"));
    json_destroy (&state);
    stage_expect_eval ("one", "3 + 4", "7");
}

Test (tunnel, an_image_that_is_not_listed_is_tested_through_one)
{
    sshd_start (&sshd, NULL);
    const char *address = stage_start_image (&stage, "one")->address;
    struct run_result result = run_stui ("image", "test", address, "--via", sshd.via);
    cr_assert_eq (result.status, 0, "%s%s", result.out, result.err);
    cr_expect_not_null (strstr (result.out, "hello      ok"), "%s", result.out);
    run_result_fini (&result);
    result = run_stui ("image", "test", address, "--via", "-oProxyCommand=x");
    cr_expect_eq (result.status, 2);
    run_result_fini (&result);
}

/* Symptom: a killed sshd that had unread bytes resets the connection, and the test wanted it closed. */
Test (tunnel, all_are_back_with_their_context_when_sshd_is)
{
    char ids[2][STUI_UUID_LEN + 1];
    static const char *const names[] = {"one", "two"};
    sshd_start (&sshd, NULL);
    add_behind ("one");
    add_behind ("two");
    stage_serve (&stage);
    for (int index = 0; index < 2; index++) {
        await_state (names[index], "state", "online");
        stage_new_session (names[index], "work", ids[index]);
        struct run_result set =
            run_stui ("eval", names[index], "--session", ids[index], "-e", "x := 41");
        cr_assert_eq (set.status, 0, "%s", set.err);
        run_result_fini (&set);
    }
    sshd_kill (&sshd);
    struct json *fell = stage_await (&stage, NULL, "tunnel_down");
    const char *text = json_get_text (fell, "text");
    cr_expect (strstr (text, "closed the connection") || strstr (text, "was cut"), "%s", text);
    json_destroy (&fell);
    await_state ("one", "trouble", "tunnel_refused");
    await_state ("two", "trouble", "tunnel_refused");
    sshd_start (&sshd, NULL);
    for (int index = 0; index < 2; index++) {
        await_state (names[index], "state", "online");
        struct run_result told =
            run_stui ("eval", names[index], "--session", ids[index], "-e", "x + 1");
        cr_assert_eq (told.status, 0, "%s", told.err);
        cr_assert_str_eq (told.out, "42\n");
        run_result_fini (&told);
    }
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
}

/* ---- That there is none ------------------------------------------------------------------------------ */

Test (tunnel, no_key_is_accepted_until_one_is)
{
    sshd_authorize (&sshd, 0);
    sshd_start (&sshd, NULL);
    add_behind ("one");
    add_behind ("two");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_key_refused");
    await_state ("one", "state", "failed");
    await_state ("two", "state", "failed");
    expect_said ("one", "tunnel     failed: SSH to 127.0.0.1:");
    expect_said ("one", "ssh-add");
    sshd_authorize (&sshd, 1);
    retry ("one");
    await_state ("one", "state", "online");
    await_state ("two", "state", "online"); /* nobody asked for it: the tunnel is there */
}

Test (tunnel, a_host_key_that_changed_is_not_taken)
{
    sshd_known (&sshd, -1);
    sshd_start (&sshd, NULL);
    add_behind ("one");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_host_changed");
    await_state ("one", "state", "failed");
    expect_said ("one", "ssh-keygen -R");
    cr_assert_eq (sshd_count_clients (stage.place.directory), 0);
}

Test (tunnel, a_host_key_that_is_not_known_is_not_taken)
{
    sshd_known (&sshd, 0);
    sshd_start (&sshd, NULL);
    add_behind ("one");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_host_unknown");
    expect_said ("one", "known_hosts");
}

Test (tunnel, no_sshd_listens)
{
    list_behind ("one", "127.0.0.1:9", sshd.via);
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_refused");
    expect_said ("one", "no sshd listens on that port");
}

Test (tunnel, sshd_forbids_to_forward)
{
    sshd_start (&sshd, "AllowTcpForwarding no");
    add_behind ("one");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_denied");
    expect_said ("one", "tunnel     failed: behind 127.0.0.1:");
    expect_said ("one", "AllowTcpForwarding");
}

Test (tunnel, nothing_listens_behind_the_host_and_the_others_are_served)
{
    sshd_start (&sshd, NULL);
    list_behind ("one", run_closed_address (), sshd.via);
    add_behind ("two");
    stage_serve (&stage);
    await_state ("one", "trouble", "refused");
    await_state ("two", "state", "online");
    expect_said ("one", "TCP        failed: behind 127.0.0.1:");
    stage_expect_eval ("two", "3 + 4", "7");
}

Test (tunnel, the_host_has_no_address)
{
    list_behind ("one", "127.0.0.1:9", "no-such-host.invalid");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_name_not_found");
}

Test (tunnel, ssh_is_not_installed)
{
    setenv ("STUI_SSH", "/nonexistent/ssh", 1);
    list_behind ("one", "127.0.0.1:9", sshd.via);
    stage_serve (&stage);
    await_state ("one", "trouble", "ssh_missing");
    expect_said ("one", "openssh-client");
}

/* ---- Its end ---------------------------------------------------------------------------------------- */

static void
serve_one (void)
{
    sshd_start (&sshd, NULL);
    add_behind ("one");
    stage_serve (&stage);
    await_state ("one", "state", "online");
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
}

Test (tunnel, stui_that_stops_leaves_no_ssh)
{
    serve_one ();
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
    cr_assert_eq (sshd_count_clients (stage.place.directory), 0);
}

Test (tunnel, stui_that_is_killed_leaves_no_ssh)
{
    serve_one ();
    stage_end_serve (&stage, SIGKILL);
    sshd_await_clients (stage.place.directory, 0);
    stage_serve (&stage); /* and another one is not disturbed by what the first left */
    await_state ("one", "state", "online");
}

/* ---- What the user's configuration says ------------------------------------------------------------- */

/* With these LINES in it there is one ssh, through which one image is online, and none afterwards; and
 * nothing was run or made by them. */
static void
expect_one_ssh (const char *lines)
{
    sshd_client (&sshd, lines);
    serve_one ();
    stage_expect_eval ("one", "3 + 4", "7");
    cr_expect_eq (sshd_count_clients (stage.place.directory), 1);
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
    cr_assert_eq (sshd_count_clients (stage.place.directory), 0, "%s", lines);
    char *made = stui_printf ("%s/made", sshd.directory);
    cr_expect_neq (access (made, F_OK), 0, "%s", lines);
    free (made);
}

/* Symptom: ssh went on behind our back, one more with each attempt, and no image came online. */
Test (tunnel, ssh_that_is_to_go_on_behind_our_back_does_not)
{
    expect_one_ssh ("ForkAfterAuthentication yes");
}

Test (tunnel, ssh_that_is_to_be_something_else_is_a_tunnel)
{
    char *lines = stui_printf (
        "RemoteCommand touch %s/made\nPermitLocalCommand yes\nLocalCommand touch %s/made\n"
        "RequestTTY force\nSessionType default\nTunnel yes\nControlMaster auto\n"
        "ControlPersist yes\nControlPath %s/made\nStdinNull yes\nLogLevel QUIET\n"
        "DynamicForward %d\nIgnoreUnknown UseKeychain\nUseKeychain yes",
        sshd.directory, sshd.directory, sshd.directory, sshd.port);
    expect_one_ssh (lines);
    free (lines);
}

Test (tunnel, ssh_that_is_to_run_a_subsystem_is_a_tunnel)
{
    expect_one_ssh ("SessionType subsystem\nRemoteCommand sftp");
}

/* Symptom (foreseen): an ssh before 8.7 does not know the word that has it stay. */
Test (tunnel, an_older_ssh_is_run_without_the_word_that_it_does_not_know)
{
    char *path = stui_printf ("%s/older", sshd.directory);
    FILE *file = fopen (path, "we");
    fprintf (file,
             "#!/bin/sh\ncase \"$*\" in *ForkAfterAuthentication*)\n"
             "echo 'command-line: line 0: Bad configuration option: forkafterauthentication' >&2\n"
             "exit 255\nesac\nexec '%s/ssh' \"$@\"\n",
             sshd.directory);
    fclose (file);
    cr_assert_eq (chmod (path, 0700), 0);
    setenv ("STUI_SSH", path, 1);
    serve_one ();
    stage_expect_eval ("one", "3 + 4", "7");
    struct json *state = stage_state ("one");
    cr_expect_eq (json_get_number (state, "attempt", -1), 1, "no attempt failed for that");
    json_destroy (&state);
    free (path);
}

/* Symptom: it was told as "the host closed the connection". */
Test (tunnel, nothing_listens_where_the_jump_host_is_to_lead)
{
    const char *port = strrchr (run_closed_address (), ':') + 1;
    char *lines =
        stui_printf ("Host far\nHostName 127.0.0.1\nPort %s\nProxyJump %s", port, sshd.via);
    sshd_client (&sshd, lines);
    sshd_start (&sshd, NULL);
    list_behind ("one", "127.0.0.1:9", "far");
    stage_serve (&stage);
    await_state ("one", "trouble", "tunnel_refused");
    expect_said ("one", "from the host that it jumps by: connection refused");
    free (lines);
}

/* ---- The network changes ------------------------------------------------------------------------------ */

static struct lan lan;

static void
setup_lan (void)
{
    if (!lan_open (&lan))
        cr_skip_test ("network namespaces are root's: %s", strerror (errno));
    stage_open (&stage, "ping_ms = 100\nhandshake_ms = 2000\nbackoff_min_ms = 10000\n"
                        "backoff_max_ms = 600000\n");
    lan_enter (&lan, LAN_FAR);
    sshd_open (&sshd, LAN_FAR_HOST);
    sshd_start (&sshd, NULL);
    add_behind ("one");
    lan_enter (&lan, LAN_HERE);
}

static void
teardown_lan (void)
{
    teardown ();
    lan_close (&lan);
}

TestSuite (tunnel_network, .init = setup_lan, .fini = teardown_lan, .timeout = 180);

/* The connection of ssh is dead, and says nothing: it is made anew long before ssh notices. */
Test (tunnel_network, a_tunnel_of_an_address_that_is_gone_is_made_anew)
{
    stage_serve (&stage);
    await_state ("one", "state", "online");
    lan_run (&lan, LAN_HERE,
             "ip address del 10.77.1.2/24 dev wire && "
             "ip address add 10.77.1.3/24 dev wire && "
             "ip route replace default via 10.77.1.1");
    stage_pass (&stage, NULL, "tunnel_down");
    stage_pass (&stage, NULL, "tunnel_up");
    await_state ("one", "state", "online");
    stage_expect_eval ("one", "3 + 4", "7");
}

Test (tunnel_network, a_change_that_hurts_no_tunnel_disturbs_nobody)
{
    stage_serve (&stage);
    await_state ("one", "state", "online");
    lan_run (&lan, LAN_HERE,
             "ip link add other type veth peer name others && "
             "ip link set other up && ip link set others up");
    stage_pass (&stage, NULL, "network_changed");
    stage_expect_eval ("one", "3 + 4", "7");
    struct json *state = stage_state ("one");
    cr_assert_eq (json_get_number (state, "attempt", -1), 1);
    json_destroy (&state);
    cr_assert_eq (sshd_count_clients (stage.place.directory), 1);
}
