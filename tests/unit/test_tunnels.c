/* test_tunnels.c: SSH tunnels as pure steps under a clock of the test's: who begins one, who shares it, and
 * who is told what when it is not there. */

#include "actors/tunnels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

static struct tunnels tunnels;
static int64_t now_ms;
static uint64_t last_ref;

static void
setup (void)
{
    now_ms = 1000000;
    last_ref = 0;
    tunnels_init (&tunnels, "/d/7-00aa", 7);
}

static void
forget (void)
{
    for (size_t index = 0; index < tunnels.action_count; index++)
        msg_destroy (&tunnels.actions[index].msg);
    tunnels.action_count = 0;
}

static void
teardown (void)
{
    forget ();
    tunnels_fini (&tunnels);
}

TestSuite (tunnels, .init = setup, .fini = teardown);

static void
ask (const char *who, const char *via, const char *address, uint64_t now)
{
    struct msg *msg = msg_new (who, MSG_TUNNEL, ++last_ref, via, address, now);
    tunnels_ask (&tunnels, msg, now_ms);
    msg_destroy (&msg);
}

static void
leave (const char *who, const char *via)
{
    struct msg *msg = msg_new (who, MSG_TUNNEL_LEFT, 0, via);
    tunnels_left (&tunnels, msg, now_ms);
    msg_destroy (&msg);
}

static size_t
count (enum tunnels_do what)
{
    size_t found = 0;
    for (size_t index = 0; index < tunnels.action_count; index++)
        found += tunnels.actions[index].what == what;
    return found;
}

/* The first action of this kind. */
static const struct tunnels_action *
action (enum tunnels_do what)
{
    for (size_t index = 0; index < tunnels.action_count; index++)
        if (tunnels.actions[index].what == what)
            return &tunnels.actions[index];
    cr_assert (false, "nothing of that kind was done");
    return NULL;
}

/* The answer to question REF: "" for an endpoint, the word of the trouble, or NULL. */
static const char *
answered (uint64_t ref)
{
    static char word[64];
    for (size_t index = 0; index < tunnels.action_count; index++) {
        const struct msg *msg = tunnels.actions[index].msg;
        if (!msg || msg->ref != ref)
            continue;
        if (msg->verb == MSG_OK)
            return "";
        struct json *details = json_parse_text (msg_text (msg, 2));
        snprintf (word, sizeof word, "%s", json_get_text (details, "trouble"));
        json_destroy (&details);
        return word;
    }
    return NULL;
}

/* Lets the tunnel that was begun last come up, and each way that is asked for open. */
static void
come_up (void)
{
    uint32_t run = tunnels.last_run;
    tunnels_ready (&tunnels, run, now_ms);
    for (size_t index = 0; index < tunnels.action_count; index++)
        if (tunnels.actions[index].what == TUNNELS_FORWARD && tunnels.actions[index].run == run)
            tunnels_forwarded (&tunnels, run, tunnels.actions[index].id, NULL, now_ms);
}

static void
pass (int64_t ms)
{
    now_ms += ms;
    if (tunnels_deadline (&tunnels) <= now_ms)
        tunnels_time (&tunnels, now_ms);
}

Test (tunnels, one_ssh_serves_all_images_of_a_host)
{
    ask ("image/one#1", "me@gate:2222", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "me@gate:2222", "tcp://db:2", 1);
    cr_assert_eq (count (TUNNELS_START), 1);
    cr_assert_str_eq (action (TUNNELS_START)->via.destination, "me@gate");
    cr_assert_str_eq (action (TUNNELS_START)->via.port, "2222");
    cr_assert_null (answered (1));
    come_up ();
    cr_assert_eq (count (TUNNELS_FORWARD), 2);
    cr_assert_str_eq (answered (1), "");
    cr_assert_str_eq (answered (2), "");
    forget ();
    ask ("image/one#1", "me@gate:2222", "tcp://127.0.0.1:1", 0);
    cr_assert_str_eq (answered (3), "", "a way that is open is told at once");
    ask ("image/three#1", "other", "tcp://127.0.0.1:1", 1);
    cr_assert_eq (count (TUNNELS_START), 1, "another host has one of its own");
    cr_assert_eq (count (TUNNELS_STOP), 0);
}

Test (tunnels, two_images_at_equal_addresses_behind_a_host_share_the_way)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    cr_assert_eq (count (TUNNELS_FORWARD), 1);
    cr_assert_str_eq (answered (1), "");
    cr_assert_str_eq (answered (2), "");
}

Test (tunnels, why_there_is_none_is_told_to_all_that_wait)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "gate", "tcp://127.0.0.1:2", 1);
    uint32_t run = tunnels.last_run;
    tunnels_said (&tunnels, run, "debug1: OpenSSH_9.2p1", now_ms);
    tunnels_said (&tunnels, run, "me@gate: Permission denied (publickey).", now_ms);
    tunnels_ended (&tunnels, run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
    cr_assert_str_eq (answered (1), "tunnel_key_refused");
    cr_assert_str_eq (answered (2), "tunnel_key_refused");
}

Test (tunnels, a_reason_that_is_not_known_is_told_in_the_words_of_ssh)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    tunnels_said (&tunnels, tunnels.last_run, "Bad owner or permissions on /root/.ssh/config",
                  now_ms);
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
    cr_assert_str_eq (answered (1), "tunnel_down");
    cr_assert_not_null (strstr (msg_text (action (TUNNELS_SEND)->msg, 1), "Bad owner"));
}

/* Symptom: a hundred images of a host that is down started a hundred ssh a second. */
Test (tunnels, images_that_try_again_do_not_start_ssh_before_its_backoff_is_over)
{
    size_t started = 0;
    for (int round = 0; round < 100; round++) {
        ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
        for (int turn = 0; turn < 2; turn++) { /* it may begin by itself as time passes */
            started += count (TUNNELS_START);
            if (count (TUNNELS_START) > 0)
                tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused",
                               now_ms);
            cr_assert (turn == 1 || answered (last_ref), "nobody is kept waiting");
            forget ();
            pass (turn == 0 ? 100 : 0);
        }
    }
    cr_assert_lt (started, 12);
    cr_assert_gt (started, 1);
}

/* Symptom: a host that was back was tried only when an image's own backoff happened to be over too. */
Test (tunnels, one_that_was_refused_for_the_backoff_is_begun_when_that_is_over)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused", now_ms);
    forget ();
    cr_assert_eq (tunnels_deadline (&tunnels), STUI_NEVER, "nobody wants it");
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    cr_assert_str_eq (answered (last_ref), "tunnel_refused");
    pass (TUNNELS_BACKOFF_MIN_MS);
    cr_assert_eq (count (TUNNELS_START), 1);
}

Test (tunnels, who_asks_for_it_now_waits_a_second_at_most)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    for (int failure = 0; failure < 8; failure++) { /* far into its backoff */
        tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused", now_ms);
        pass (TUNNELS_BACKOFF_MAX_MS);
        ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    }
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused", now_ms);
    forget ();
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    cr_assert_leq (tunnels_deadline (&tunnels), now_ms + TUNNELS_GAP_MS);
    pass (TUNNELS_GAP_MS);
    cr_assert_eq (count (TUNNELS_START), 1);
}

Test (tunnels, one_that_does_not_come_up_is_given_up)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    pass (TUNNELS_START_MS - 1);
    cr_assert_eq (count (TUNNELS_STOP), 0);
    pass (1);
    cr_assert_eq (count (TUNNELS_STOP), 1);
    cr_assert_str_eq (answered (1), "tunnel_timed_out");
    forget ();
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
    cr_assert_eq (tunnels.action_count, 0, "its end is no news");
}

Test (tunnels, one_that_falls_is_an_event_and_made_anew_when_it_is_asked_for)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    now_ms += TUNNELS_STEADY_MS;
    forget ();
    tunnels_said (&tunnels, tunnels.last_run, "Connection to gate closed by remote host.", now_ms);
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
    cr_assert_str_eq (action (TUNNELS_EVENT)->kind, "tunnel_down");
    cr_assert_eq (count (TUNNELS_START), 0);
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    cr_assert_eq (count (TUNNELS_START), 1);
    come_up ();
    cr_assert_str_eq (answered (last_ref), "");
}

/* Symptom: images of a host that was back waited up to ten seconds more for their own backoff. */
Test (tunnels, when_it_is_up_again_all_its_users_are_told)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "gate", "tcp://127.0.0.1:2", 1);
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused", now_ms);
    forget ();
    now_ms += TUNNELS_GAP_MS;
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    tunnels_ready (&tunnels, tunnels.last_run, now_ms);
    bool told = false;
    for (size_t index = 0; index < tunnels.action_count; index++) {
        const struct msg *msg = tunnels.actions[index].msg;
        told = told || (msg && msg->verb == MSG_LOOK && strcmp (msg->peer, "image/two") == 0);
    }
    cr_assert (told);
}

/* ---- Ways --------------------------------------------------------------------------------------- */

static const char *
why (const char *via, const char *address)
{
    struct msg *msg = msg_new ("image/one#1", MSG_TUNNEL_WHY, ++last_ref, via, address);
    tunnels_why (&tunnels, msg, now_ms);
    msg_destroy (&msg);
    return answered (last_ref);
}

Test (tunnels, a_connection_that_came_to_nothing_is_told_to_whose_it_was)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "gate", "tcp://127.0.0.1:2", 1);
    come_up ();
    uint32_t run = tunnels.last_run;
    tunnels_said (&tunnels, run, "channel 4: open failed: connect failed: Connection refused",
                  now_ms);
    tunnels_said (&tunnels, run, "channel 5: open failed: administratively prohibited: open failed",
                  now_ms);
    tunnels_said (&tunnels, run,
                  "debug1: channel 5: free: direct-tcpip: listening port -2 for x port 1, connect "
                  "from  port 0 to /d/7-00aa-1.1 port 0, nchannels 5",
                  now_ms);
    tunnels_said (&tunnels, run,
                  "debug1: channel 4: free: direct-tcpip: listening port -2 for x port 2, connect "
                  "from  port 0 to /d/7-00aa-1.2 port 0, nchannels 4",
                  now_ms);
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:1"), "tunnel_denied");
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:2"), "refused");
    ask ("image/two#1", "gate", "tcp://127.0.0.1:2", 0);
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:2"), "", "what was is not what is");
    cr_expect_str_eq (why ("other", "tcp://127.0.0.1:2"), "");
}

/* Symptom: a refused port behind a jump host was told as "the host closed the connection". */
Test (tunnels, what_the_jump_host_says_before_it_is_up_is_why_there_is_none)
{
    static const char *const rows[][2] = {
        {"channel 0: open failed: connect failed: Connection refused", "tunnel_refused"},
        {"channel 0: open failed: connect failed: Connection timed out", "tunnel_timed_out"},
        {"channel 0: open failed: connect failed: Name or service not known",
         "tunnel_name_not_found"},
        {"channel 0: open failed: administratively prohibited: open failed", "tunnel_denied"},
        {"channel 0: open failed: connect failed: Permission denied", "tunnel_unreachable"},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
        uint32_t run = tunnels.last_run;
        tunnels_said (&tunnels, run, rows[index][0], now_ms);
        tunnels_said (&tunnels, run, "stdio forwarding failed", now_ms);
        tunnels_said (&tunnels, run,
                      "kex_exchange_identification: Connection closed by remote host", now_ms);
        tunnels_ended (&tunnels, run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
        cr_expect_str_eq (answered (last_ref), rows[index][1]);
        forget ();
        now_ms += TUNNELS_BACKOFF_MAX_MS;
    }
}

/* Symptom: a line that a tunnel survived was told as its trouble until it was begun anew. */
Test (tunnels, what_was_said_long_before_is_not_why_it_falls)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    uint32_t run = tunnels.last_run;
    tunnels_said (&tunnels, run, "connect /tmp/agent: Connection refused", now_ms);
    tunnels_said (&tunnels, run, "something odd", now_ms);
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:1"), "tunnel_refused", "it may fall for that");
    now_ms += TUNNELS_WORDS_MS + 1;
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:1"), "", "it did not");
    tunnels_said (&tunnels, run, "Timeout, server gate not responding.", now_ms);
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:1"), "tunnel_timed_out");
    now_ms += TUNNELS_WORDS_MS + 1;
    forget ();
    tunnels_ended (&tunnels, run, STUI_TROUBLE_TUNNEL_DOWN, NULL, now_ms);
    cr_expect_not_null (strstr (action (TUNNELS_EVENT)->text, "ended without a word"), "%s",
                        action (TUNNELS_EVENT)->text);
    now_ms += TUNNELS_WORDS_MS + 1;
    cr_expect_str_eq (why ("gate", "tcp://127.0.0.1:1"), "tunnel_down", "it is down still");
}

/* Symptom: with an ssh that does not say whose a channel was, stui grew as long as it ran. */
Test (tunnels, failures_that_are_nobodys_do_not_pile_up)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    for (int channel = 0; channel < 10 * TUNNEL_FAILURES_MAX; channel++) {
        char line[80];
        snprintf (line, sizeof line, "channel %d: open failed: connect failed: Connection refused",
                  channel);
        tunnels_said (&tunnels, tunnels.last_run, line, now_ms);
        tunnels_said (&tunnels, tunnels.last_run, line, now_ms);
    }
    cr_assert_eq (tunnels.items[0]->failure_count, TUNNEL_FAILURES_MAX);
    cr_assert_eq (tunnels.items[0]->failures[0].channel, 9 * TUNNEL_FAILURES_MAX, "the oldest go");
    tunnels_said (
        &tunnels, tunnels.last_run,
        "debug1: channel 639: free: direct-tcpip: listening port -2 for x port 1, connect "
        "from  port 0 to /d/7-00aa-1.1 port 0, nchannels 5",
        now_ms);
    cr_assert_str_eq (why ("gate", "tcp://127.0.0.1:1"), "refused");
}

Test (tunnels, a_way_that_ssh_does_not_make_is_refused_and_asked_for_again)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    tunnels_ready (&tunnels, tunnels.last_run, now_ms);
    tunnels_forwarded (&tunnels, tunnels.last_run, 1, "Port forwarding failed", now_ms);
    cr_assert_str_eq (answered (1), "tunnel_down");
    forget ();
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    cr_assert_eq (count (TUNNELS_FORWARD), 1);
}

Test (tunnels, whoever_asks_again_is_answered_once_for_each)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    cr_assert_str_eq (answered (1), "tunnel_down");
    come_up ();
    cr_assert_str_eq (answered (2), "");
}

Test (tunnels, what_cannot_be_is_refused)
{
    ask ("image/one#1", "-oProxyCommand=x", "tcp://127.0.0.1:1", 1);
    ask ("image/one#1", "gate", "nowhere", 1);
    cr_assert_str_eq (answered (1), "unusable");
    cr_assert_str_eq (answered (2), "unusable");
    cr_assert_eq (count (TUNNELS_START), 0);
}

/* ---- Use ---------------------------------------------------------------------------------------- */

Test (tunnels, one_that_nobody_uses_ends_after_a_while)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    ask ("image/two#1", "gate", "tcp://127.0.0.1:2", 1);
    come_up ();
    leave ("image/one#1", "gate");
    pass (TUNNELS_IDLE_MS);
    cr_assert_eq (count (TUNNELS_STOP), 0, "the other one uses it");
    leave ("image/two#2", "gate"); /* its supervisor was started again meanwhile */
    pass (TUNNELS_IDLE_MS - 1);
    cr_assert_eq (count (TUNNELS_STOP), 0);
    pass (1);
    cr_assert_eq (count (TUNNELS_STOP), 1);
    cr_assert_eq (tunnels.count, 0);
    cr_assert_eq (tunnels_deadline (&tunnels), STUI_NEVER);
}

Test (tunnels, one_that_is_used_again_stays)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    leave ("image/one#1", "gate");
    pass (TUNNELS_IDLE_MS - 1);
    ask ("image/one#2", "gate", "tcp://127.0.0.1:1", 0);
    pass (TUNNELS_IDLE_MS);
    cr_assert_eq (count (TUNNELS_STOP), 0);
}

/* ---- Another network ------------------------------------------------------------------------------ */

/* The network changes; returns once the question for a sign of life is on its way. */
static void
change (void)
{
    forget ();
    tunnels_changed (&tunnels, now_ms);
    const struct tunnels_action *forward = action (TUNNELS_FORWARD);
    tunnels_forwarded (&tunnels, forward->run, forward->id, NULL, now_ms);
    cr_assert_eq (count (TUNNELS_CHECK), 1);
}

Test (tunnels, a_changed_network_has_it_show_that_it_lives)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    change ();
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    cr_assert_null (answered (last_ref), "not before it has");
    tunnels_checked (&tunnels, tunnels.last_run, now_ms);
    cr_assert_str_eq (answered (last_ref), "");
    pass (TUNNELS_CHECK_MS);
    cr_assert_eq (count (TUNNELS_STOP), 0);
}

Test (tunnels, one_that_is_silent_after_a_change_is_made_anew_for_those_that_wait)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    come_up ();
    uint32_t before = tunnels.last_run;
    change ();
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    pass (TUNNELS_CHECK_MS);
    cr_assert_eq (action (TUNNELS_STOP)->run, before);
    cr_assert_eq (count (TUNNELS_START), 1);
    come_up ();
    cr_assert_str_eq (answered (last_ref), "");
}

Test (tunnels, one_that_is_on_its_way_begins_anew_and_one_that_failed_may)
{
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 1);
    uint32_t before = tunnels.last_run;
    tunnels_changed (&tunnels, now_ms);
    cr_assert_eq (action (TUNNELS_STOP)->run, before);
    cr_assert_eq (count (TUNNELS_START), 2);
    cr_assert_null (answered (1));
    tunnels_ended (&tunnels, tunnels.last_run, STUI_TROUBLE_TUNNEL_REFUSED, "refused", now_ms);
    forget ();
    tunnels_changed (&tunnels, now_ms);
    ask ("image/one#1", "gate", "tcp://127.0.0.1:1", 0);
    cr_assert_eq (count (TUNNELS_START), 1);
}
