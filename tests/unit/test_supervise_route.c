/* test_supervise_route.c: an image behind SSH: its supervision asks netwatch for the way, and why a
 * connection came to nothing. */

#include "unit/supervise_fixture.h"

#define ADDRESS "tcp://127.0.0.1:9"

static void
setup_behind (void)
{
    setup_with ("{\"name\":\"one\",\"address\":\"" ADDRESS "\",\"generation\":5,"
                "\"via\":\"me@gate\",\"backoff_min_ms\":100}");
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_PERMIT, "{}");
}

TestSuite (supervise_route, .init = setup_behind, .fini = teardown);

/* Netwatch refuses the question of VERB with TROUBLE. */
static void
refuse (enum msg_verb verb, const char *trouble)
{
    struct msg *question = sent_find (verb, "netwatch");
    cr_assert_not_null (question, "%s was not asked", msg_word (verb));
    char *details = stui_printf ("{\"trouble\":\"%s\"}", trouble);
    struct msg *reply = msg_error (question, STUI_E_UNREACHABLE, "no way", details);
    question->verb = MSG_VERB_COUNT; /* taken */
    free (details);
    tell (reply);
}

static void
open_link (void)
{
    answer (MSG_TUNNEL, "{\"endpoint\":\"ipc:///d/1.1\"}");
    supervise_link (&self, SUPERVISE_LINK_CONNECTED, STUI_TROUBLE_NONE, NULL, now ());
    cr_assert_eq (self.phase, LIFE_HANDSHAKING);
}

static void
close_link (void)
{
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
}

Test (supervise_route, it_is_connected_to_where_the_tunnel_begins)
{
    const struct msg *question = sent_find (MSG_TUNNEL, "netwatch");
    cr_assert_not_null (question);
    cr_assert_str_eq (msg_text (question, 0), "me@gate");
    cr_assert_str_eq (msg_text (question, 1), ADDRESS);
    cr_assert_eq (msg_number (question, 2), 1);
    cr_assert_eq (self.phase, LIFE_TUNNELLING);
    cr_assert_str_eq (life_phase_word (self.phase), "tunnel");
    cr_assert_null (sent_find (MSG_RESOLVE, NULL), "its name is the other side's");
    answer (MSG_TUNNEL, "{\"endpoint\":\"ipc:///d/1.1\"}");
    cr_assert_eq (self.phase, LIFE_CONNECTING);
    cr_assert_str_eq (self.endpoint, "ipc:///d/1.1");
}

Test (supervise_route, a_tunnel_that_may_come_is_tried_again)
{
    refuse (MSG_TUNNEL, "tunnel_refused");
    cr_assert_eq (self.phase, LIFE_WAITING);
    cr_assert_eq (self.trouble, STUI_TROUBLE_TUNNEL_REFUSED);
    forget ();
    now_ms = self.phase_deadline_ms;
    supervise_time (&self, now ());
    answer (MSG_PERMIT, "{}");
    cr_assert_eq (msg_number (sent_find (MSG_TUNNEL, NULL), 2), 0, "its backoff is to be kept");
}

Test (supervise_route, one_that_needs_the_user_waits_for_the_user)
{
    refuse (MSG_TUNNEL, "tunnel_key_refused");
    cr_assert_eq (self.phase, LIFE_FAILED);
    forget ();
    tell (msg_new ("registry#1", MSG_LOOK, 0, "the network changed"));
    cr_assert_eq (self.phase, LIFE_FAILED);
    tell (msg_new ("control#1", MSG_RETRY, 3));
    answer (MSG_PERMIT, "{}");
    cr_assert_eq (msg_number (sent_find (MSG_TUNNEL, NULL), 2), 1);
}

/* Symptom: after a key was accepted each image of the host had to be retried by hand. */
Test (supervise_route, one_that_gave_up_for_want_of_a_tunnel_tries_again_when_there_is_one)
{
    refuse (MSG_TUNNEL, "tunnel_key_refused");
    cr_assert_null (sent_find (MSG_TUNNEL_LEFT, "netwatch"), "it is to be told");
    forget ();
    tell (msg_new ("netwatch#1", MSG_LOOK, 0, "the SSH tunnel is up"));
    answer (MSG_PERMIT, "{}");
    cr_assert_not_null (sent_find (MSG_TUNNEL, "netwatch"));
}

Test (supervise_route, ssh_knows_why_a_connection_through_it_was_closed)
{
    open_link ();
    close_link ();
    cr_assert_eq (self.phase, LIFE_HANDSHAKING, "until it is known why");
    refuse (MSG_TUNNEL_WHY, "refused");
    cr_assert_eq (self.phase, LIFE_WAITING);
    cr_assert_eq (self.trouble, STUI_TROUBLE_REFUSED);
    cr_assert_eq (self.fault_phase, LIFE_CONNECTING, "the connection beyond the tunnel failed");
}

Test (supervise_route, one_that_is_forbidden_failed_at_the_tunnel)
{
    open_link ();
    close_link ();
    refuse (MSG_TUNNEL_WHY, "tunnel_denied");
    cr_assert_eq (self.trouble, STUI_TROUBLE_TUNNEL_DENIED);
    cr_assert_eq (self.fault_phase, LIFE_TUNNELLING);
}

Test (supervise_route, when_ssh_knows_nothing_it_was_the_image)
{
    open_link ();
    close_link ();
    answer (MSG_TUNNEL_WHY, "{}");
    cr_assert_eq (self.phase, LIFE_WAITING);
    cr_assert_eq (self.trouble, STUI_TROUBLE_CLOSED);
    cr_assert_str_eq (self.cause.text, "cut");
}

/* Symptom: an attempt whose question why was never answered stayed for ever. */
Test (supervise_route, it_is_not_waited_for_longer_than_a_handshake)
{
    open_link ();
    close_link ();
    now_ms = self.phase_deadline_ms;
    supervise_time (&self, now ());
    cr_assert_eq (self.phase, LIFE_WAITING);
    answer (MSG_TUNNEL_WHY, "{}");
    cr_assert_eq (self.phase, LIFE_WAITING);
}

Test (supervise_route, an_image_that_is_let_go_or_ends_leaves_the_tunnel)
{
    open_link ();
    tell (msg_new ("control#1", MSG_DISABLE, 3));
    cr_assert_str_eq (msg_text (sent_find (MSG_TUNNEL_LEFT, "netwatch"), 0), "me@gate");
    forget ();
    supervise_finish (&self, now ());
    cr_assert_null (sent_find (MSG_TUNNEL_LEFT, NULL), "once");
}

/* Symptom: a tunnel that `image test` had used was never idle again. */
Test (supervise_route, a_probe_leaves_the_tunnel_when_it_is_done)
{
    teardown ();
    setup_with ("{\"name\":\"probe\",\"address\":\"" ADDRESS "\",\"via\":\"me@gate\","
                "\"probe_for\":\"control#1\",\"probe_ref\":4}");
    answer (MSG_PERMIT, "{}");
    refuse (MSG_TUNNEL, "tunnel_refused");
    cr_assert_not_null (sent_find (MSG_ERROR, "control#1"));
    cr_assert_not_null (sent_find (MSG_TUNNEL_LEFT, "netwatch"));
}

Test (supervise_route, equal_addresses_behind_two_hosts_are_two_places)
{
    char here[KEYS_IMAGE_MAX + 1], there[KEYS_IMAGE_MAX + 1];
    supervise_place_key (&self, there);
    self.via[0] = '\0';
    supervise_place_key (&self, here);
    cr_assert_str_neq (here, there);
    keys_image_from_address (ADDRESS, there);
    cr_assert_str_eq (here, there, "without a host it is as it was");
}
