/* switchboard.c: see switchboard.h. */

#include "support/switchboard.h"

#include <inttypes.h>
#include <string.h>

#include <criterion/criterion.h>

void
switchboard_open (struct switchboard *self)
{
    enum { SOCKETS = 256 };
    struct stui_cause cause = {0};
    cr_assert_eq (actor_system_init (SOCKETS, &cause), 0, "%s", cause.text);
    *self = (struct switchboard){.router = zsock_new (ZMQ_ROUTER)};
    zsock_set_router_mandatory (self->router, 1);
    cr_assert_eq (zsock_bind (self->router, "%s", ACTOR_SWITCHBOARD), 0);
}

void
switchboard_close (struct switchboard *self)
{
    zsock_destroy (&self->router);
    actor_system_fini ();
}

struct msg *
switchboard_poll (struct switchboard *self, int timeout_ms)
{
    zsock_set_rcvtimeo (self->router, timeout_ms);
    struct mail mail;
    if (!mailbox_receive (self->router, 0, &mail))
        return NULL;
    memcpy (self->from, mail.from, sizeof mail.from);
    cr_assert_not_null (mail.msg, "%s", mail.cause.text);
    return mail.msg;
}

struct msg *
switchboard_expect (struct switchboard *self, enum msg_verb verb)
{
    struct msg *msg = switchboard_poll (self, SWITCHBOARD_PATIENCE_MS);
    cr_assert_not_null (msg, "no %s came", msg_word (verb));
    cr_assert_eq (msg->verb, verb, "%s came instead of %s: %s", msg_word (msg->verb),
                  msg_word (verb), msg->field_count > 1 ? msg->fields[1] : "");
    return msg;
}

struct msg *
switchboard_await (struct switchboard *self, enum msg_verb verb)
{
    for (;;) {
        struct msg *msg = switchboard_poll (self, SWITCHBOARD_PATIENCE_MS);
        cr_assert_not_null (msg, "no %s came", msg_word (verb));
        if (msg->verb == verb)
            return msg;
        msg_destroy (&msg);
    }
}

zactor_t *
switchboard_start (struct switchboard *self, zactor_fn *function, const char *name,
                   const void *extra)
{
    struct actor_args args = {.name = name, .incarnation = ++self->incarnations, .extra = extra};
    zactor_t *actor = zactor_new (function, &args);
    struct msg *up = switchboard_expect (self, MSG_UP);
    msg_destroy (&up);
    return actor;
}

void
switchboard_stop (struct switchboard *self, zactor_t **actor)
{
    /* One that has ended already takes no word more: that must not wait. */
    zsock_set_sndtimeo (zactor_sock (*actor), 0);
    zstr_send (*actor, "$TERM");
    struct msg *ended = switchboard_await (self, MSG_ENDED);
    msg_destroy (&ended);
    zactor_destroy (actor);
}

void
switchboard_send (struct switchboard *self, const char *to, struct msg **msg)
{
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s", to);
    if (!strchr (to, '#'))
        snprintf (id, sizeof id, "%s#%" PRIu64, to, self->incarnations);
    cr_assert_eq (mailbox_send (self->router, id, *msg), 0, "%s cannot be reached", to);
    msg_destroy (msg);
}

struct msg *
switchboard_ask (struct switchboard *self, const char *to, struct msg **msg)
{
    uint64_t ref = (*msg)->ref;
    switchboard_send (self, to, msg);
    struct msg *answer = switchboard_poll (self, SWITCHBOARD_PATIENCE_MS);
    cr_assert_not_null (answer, "no answer came");
    cr_assert_eq (msg_kind (answer->verb), MSG_ANSWER, "%s came", msg_word (answer->verb));
    cr_assert_eq (answer->ref, ref);
    return answer;
}
