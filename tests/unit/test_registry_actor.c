/* test_registry_actor.c: the switchboard by itself, between two mailboxes: what it passes on, and as what. */

#include "actors/registry.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <stui/actor.h>

#include "runtime/sig.h"

/* As long as an id may be: it is written over the shorter name of whom the message is for, and back. */
#define LONGEST                                                                                    \
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
    "23#1"
static_assert (sizeof LONGEST - 1 == STUI_ACTOR_ID_MAX, "the longest id");

enum { FIELD_BYTES = 1 << 20 };

static zactor_t *registry;
static zsock_t *one, *other;

static zsock_t *
mailbox_open (const char *id)
{
    zsock_t *sock = zsock_new (ZMQ_DEALER);
    zsock_set_identity (sock, id);
    zsock_set_rcvtimeo (sock, 10000);
    zsock_connect (sock, "%s", ACTOR_SWITCHBOARD);
    struct msg *up = msg_new ("registry", MSG_UP, 0);
    cr_assert_eq (mailbox_send (sock, NULL, up), 0);
    msg_destroy (&up);
    return sock;
}

static void
setup (void)
{
    struct stui_cause cause = {0};
    struct actor_args args = {.name = "registry", .incarnation = 1};
    sig_block ();
    cr_assert_eq (actor_system_init (64, &cause), 0, "%s", cause.text);
    registry = actor_spawn (registry_actor, &args);
    one = mailbox_open ("one#1");
    other = mailbox_open (LONGEST);
}

static void
teardown (void)
{
    zactor_destroy (&registry);
    zsock_destroy (&one);
    zsock_destroy (&other);
    actor_system_fini ();
}

static void
send_msg (zsock_t *sock, struct msg *msg)
{
    cr_assert_eq (mailbox_send (sock, NULL, msg), 0);
    msg_destroy (&msg);
}

static struct mail
receive (zsock_t *sock)
{
    struct mail mail;
    cr_assert (mailbox_receive (sock, 0, &mail), "nothing comes");
    return mail;
}

/* A request for TO whose fields are BYTES, whatever they are. */
static void
send_request_with (const char *to, const char *bytes, size_t size)
{
    static const char words[] = "connect\0007";
    char frame[256] = {0};
    size_t head = MSG_PEER_SIZE + sizeof words;
    strcpy (frame, to);
    memcpy (frame + MSG_PEER_SIZE, words, sizeof words);
    memcpy (frame + head, bytes, size);
    cr_assert_eq (zmq_send (zsock_resolve (one), frame, head + size, 0), (int) (head + size));
}

static void
await_malformed (uint64_t ref)
{
    struct mail mail = receive (one);
    cr_assert_not_null (mail.msg, "%s", mail.cause.text);
    cr_assert_eq (mail.msg->verb, MSG_ERROR);
    cr_assert_eq (mail.msg->ref, ref);
    cr_assert_str_eq (msg_text (mail.msg, 0), stui_err_word (STUI_E_MALFORMED));
    mail_clear (&mail);
}

Test (registry_actor, passes_on_what_came_and_says_who_sent_it, .init = setup, .fini = teardown)
{
    char name[STUI_ACTOR_ID_MAX + 1] = LONGEST;
    *strchr (name, '#') = '\0';
    char *field = malloc (FIELD_BYTES + 1);
    memset (field, 'x', FIELD_BYTES);
    field[FIELD_BYTES] = '\0';
    send_msg (one, msg_new (name, MSG_SESSION_SAVE, 4711, "image", "session", field, "{}"));
    struct mail mail = receive (other);
    cr_assert_str_eq (mail.msg->peer, "one#1");
    cr_assert_eq (mail.msg->verb, MSG_SESSION_SAVE);
    cr_assert_str_eq (msg_text (mail.msg, 0), "image");
    cr_assert (strcmp (msg_text (mail.msg, 2), field) == 0);
    cr_assert_str_eq (msg_text (mail.msg, 3), "{}");
    send_msg (other, msg_ok (mail.msg, "{\"saved\":true}"));
    mail_clear (&mail);
    mail = receive (one);
    cr_assert_str_eq (mail.msg->peer, LONGEST);
    cr_assert_eq (mail.msg->ref, 4711);
    cr_assert_str_eq (msg_text (mail.msg, 0), "{\"saved\":true}");
    mail_clear (&mail);
    free (field);
}

Test (registry_actor, fields_that_are_none_are_refused_by_whom_they_are_for, .init = setup,
      .fini = teardown)
{
    send_request_with (LONGEST, "\xff", 2);
    struct mail mail = receive (other);
    cr_assert_null (mail.msg);
    cr_assert_not_null (mail.complaint, "%s", mail.cause.text);
    cr_assert_eq (mailbox_send (other, NULL, mail.complaint), 0);
    mail_clear (&mail);
    await_malformed (7);
}

Test (registry_actor, refuses_fields_of_its_own_that_are_none, .init = setup, .fini = teardown)
{
    send_request_with ("registry", "\xff", 2);
    await_malformed (7);
}

Test (registry_actor, answers_for_whom_nobody_knows_without_reading_the_fields, .init = setup,
      .fini = teardown)
{
    send_request_with ("nobody", "\xff", 2);
    struct mail mail = receive (one);
    cr_assert_eq (mail.msg->verb, MSG_ERROR);
    cr_assert_str_eq (msg_text (mail.msg, 0), stui_err_word (STUI_E_ACTOR_ENDED));
    mail_clear (&mail);
}
