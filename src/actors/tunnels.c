/* tunnels.c: see tunnels.h. Pure but for the heap. */

#include "actors/tunnels.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/tunnel_words.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

/* Where sshd itself listens, most often: who asks it for a connection gets a greeting, or a refusal, and
 * either shows that it lives. */
static const char check_address[] = "tcp://127.0.0.1:22";

/* ---- Out -------------------------------------------------------------------------------------- */

/* A new action; borrowed until the next one. */
static struct tunnels_action *
tunnels_do (struct tunnels *self, enum tunnels_do what, uint32_t run)
{
    stui_grow (&self->actions, &self->action_capacity, self->action_count, sizeof *self->actions);
    struct tunnels_action *action = &self->actions[self->action_count++];
    *action = (struct tunnels_action){.what = what, .run = run};
    return action;
}

static void __attribute__ ((format (printf, 3, 4)))
tunnels_event (struct tunnels *self, const char *kind, const char *format, ...)
{
    struct tunnels_action *action = tunnels_do (self, TUNNELS_EVENT, 0);
    va_list args;
    va_start (args, format);
    vsnprintf (action->text, sizeof action->text, format, args);
    va_end (args);
    utf8_repair (action->text);
    action->kind = kind;
}

static void
tunnels_send (struct tunnels *self, struct msg *msg)
{
    tunnels_do (self, TUNNELS_SEND, 0)->msg = msg;
}

static void
tunnels_refuse (struct tunnels *self, const struct msg *msg, enum stui_trouble trouble,
                const char *text)
{
    struct json *details = json_object ();
    json_set_text (details, "trouble", stui_trouble_word (trouble));
    char *printed = json_print (details);
    tunnels_send (self, msg_error (msg, stui_trouble_err (trouble), text, printed));
    free (printed);
    json_destroy (&details);
}

static void
control_path (const struct tunnels *self, const struct tunnel *tunnel, char path[TUNNEL_PATH_MAX])
{
    snprintf (path, TUNNEL_PATH_MAX, "%s-%u.c", self->prefix, tunnel->run);
}

/* ---- What there is ---------------------------------------------------------------------------- */

static struct tunnel *
tunnels_find (const struct tunnels *self, const char *name)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index]->name, name) == 0)
            return self->items[index];
    return NULL;
}

static struct tunnel *
tunnels_find_run (const struct tunnels *self, uint32_t run)
{
    for (size_t index = 0; run != 0 && index < self->count; index++)
        if (self->items[index]->run == run)
            return self->items[index];
    return NULL;
}

void
tunnels_init (struct tunnels *self, const char *prefix, uint64_t seed)
{
    *self = (struct tunnels){.prefix = stui_strdup (prefix), .random = {.state = seed}};
}

void
tunnels_fini (struct tunnels *self)
{
    for (size_t index = 0; index < self->action_count; index++)
        msg_destroy (&self->actions[index].msg);
    for (size_t index = 0; index < self->count; index++)
        tunnel_destroy (&self->items[index]);
    free (self->items);
    free (self->actions);
    free (self->prefix);
    *self = (struct tunnels){.prefix = NULL};
}

static struct tunnel *
tunnels_add (struct tunnels *self, const char *name, const struct via *via)
{
    struct tunnel *tunnel = tunnel_new (name, via);
    tunnel->backoff = (struct backoff){TUNNELS_BACKOFF_MIN_MS, TUNNELS_BACKOFF_MAX_MS, 0};
    stui_grow (&self->items, &self->capacity, self->count, sizeof (*self->items));
    self->items[self->count++] = tunnel;
    return tunnel;
}

/* ---- Answers ---------------------------------------------------------------------------------- */

/* MSG waits for FORWARD; what waited before from the same asker does no longer. */
static void
waiter_add (struct tunnels *self, struct tunnel_forward *forward, const struct msg *msg)
{
    for (size_t index = 0; index < forward->waiter_count; index++)
        if (strcmp (forward->waiters[index]->peer, msg->peer) == 0) {
            tunnels_refuse (self, forward->waiters[index], STUI_TROUBLE_TUNNEL_DOWN,
                            "it was asked for again");
            msg_destroy (&forward->waiters[index]);
            forward->waiters[index] = forward->waiters[--forward->waiter_count];
            break;
        }
    tunnel_forward_wait (forward, msg);
}

/* All that wait for FORWARD get TROUBLE with TEXT; or NONE: the way there. */
static void
forward_answer (struct tunnels *self, const struct tunnel *tunnel, struct tunnel_forward *forward,
                enum stui_trouble trouble, const char *text)
{
    char path[TUNNEL_PATH_MAX];
    tunnel_forward_path (tunnel, forward, self->prefix, path);
    char *endpoint = stui_printf ("{\"endpoint\":\"ipc://%s\"}", path);
    for (size_t index = 0; index < forward->waiter_count; index++) {
        if (trouble == STUI_TROUBLE_NONE)
            tunnels_send (self, msg_ok (forward->waiters[index], endpoint));
        else
            tunnels_refuse (self, forward->waiters[index], trouble, text);
        msg_destroy (&forward->waiters[index]);
    }
    forward->waiter_count = 0;
    free (endpoint);
}

/* What is asked for of a tunnel that is up: ways that are there are told, others asked for. */
static void
forward_serve (struct tunnels *self, const struct tunnel *tunnel, struct tunnel_forward *forward)
{
    bool checks = strcmp (forward->address, check_address) == 0 && tunnel->check_ms != STUI_NEVER;
    if (forward->state == FORWARD_OPEN && checks) {
        struct tunnels_action *action = tunnels_do (self, TUNNELS_CHECK, tunnel->run);
        tunnel_forward_path (tunnel, forward, self->prefix, action->path);
    }
    else if (forward->state == FORWARD_OPEN && tunnel->check_ms == STUI_NEVER)
        forward_answer (self, tunnel, forward, STUI_TROUBLE_NONE, NULL);
    else if (forward->state == FORWARD_CLOSED && (forward->waiter_count > 0 || checks)) {
        struct tunnels_action *action = tunnels_do (self, TUNNELS_FORWARD, tunnel->run);
        forward->state = FORWARD_ASKED;
        action->id = forward->id;
        action->port = forward->port;
        memcpy (action->host, forward->host, sizeof action->host);
        tunnel_forward_path (tunnel, forward, self->prefix, action->path);
    }
}

static void
tunnel_serve (struct tunnels *self, const struct tunnel *tunnel)
{
    for (size_t index = 0; index < tunnel->forward_count; index++)
        forward_serve (self, tunnel, tunnel->forwards[index]);
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

static void
tunnel_start (struct tunnels *self, struct tunnel *tunnel, int64_t now_ms)
{
    tunnel->state = TUNNEL_STARTING;
    tunnel->wanted = false;
    tunnel->run = ++self->last_run;
    tunnel->started_ms = now_ms;
    tunnel->trouble = STUI_TROUBLE_NONE;
    tunnel->text[0] = tunnel->said[0] = '\0';
    struct tunnels_action *action = tunnels_do (self, TUNNELS_START, tunnel->run);
    action->via = tunnel->via;
    control_path (self, tunnel, action->path);
}

/* There is no ssh any more, or soon; whoever waits goes on waiting. */
static void
tunnel_clear (struct tunnel *tunnel)
{
    tunnel->state = TUNNEL_DOWN;
    tunnel->run = 0;
    tunnel->check_ms = STUI_NEVER;
    tunnel->failure_count = 0;
    for (size_t index = 0; index < tunnel->forward_count; index++)
        tunnel->forwards[index]->state = FORWARD_CLOSED;
}

/* It is no more, for a reason that was noted. */
static void
tunnel_fall (struct tunnels *self, struct tunnel *tunnel, int64_t now_ms)
{
    bool was_up = tunnel->state == TUNNEL_UP;
    bool steady = was_up && now_ms - tunnel->up_ms >= TUNNELS_STEADY_MS;
    tunnel_clear (tunnel);
    if (steady)
        backoff_reset (&tunnel->backoff);
    tunnel->retry_ms = steady ? now_ms : now_ms + backoff_next (&tunnel->backoff, &self->random);
    if (was_up)
        tunnels_event (self, "tunnel_down", "the SSH tunnel to %.100s fell: %s", tunnel->name,
                       tunnel->text);
    for (size_t index = 0; index < tunnel->forward_count; index++)
        forward_answer (self, tunnel, tunnel->forwards[index], tunnel->trouble, tunnel->text);
}

/* What ssh says while the tunnel is up, its own words or those of an ssh that it goes through, may be why
 * it falls at once; one that goes on fell for something else. */
static void
tunnel_forget (struct tunnel *tunnel, int64_t now_ms)
{
    if (tunnel->state != TUNNEL_UP)
        return;
    if (now_ms - tunnel->blamed_ms > TUNNELS_WORDS_MS)
        tunnel->trouble = STUI_TROUBLE_NONE;
    if (now_ms - tunnel->said_ms > TUNNELS_WORDS_MS)
        tunnel->said[0] = '\0';
}

/* Why it is no more; the first reason counts. */
static void __attribute__ ((format (printf, 4, 5)))
tunnel_blame (struct tunnel *tunnel, int64_t now_ms, enum stui_trouble trouble, const char *format,
              ...)
{
    tunnel_forget (tunnel, now_ms);
    if (tunnel->trouble != STUI_TROUBLE_NONE)
        return;
    struct stui_cause cause;
    va_list args;
    va_start (args, format);
    stui_vfail (&cause, STUI_E_UNREACHABLE, format, args);
    va_end (args);
    utf8_repair (cause.text);
    tunnel->trouble = trouble;
    tunnel->blamed_ms = now_ms;
    memcpy (tunnel->text, cause.text, sizeof tunnel->text);
}

/* ---- Steps: questions --------------------------------------------------------------------------- */

static void
ask_down (struct tunnels *self, struct tunnel *tunnel, struct tunnel_forward *forward,
          const struct msg *msg, int64_t now_ms)
{
    bool now = msg_number (msg, 2) != 0;
    int64_t gap = tunnel->started_ms + TUNNELS_GAP_MS;
    if (now && tunnel->retry_ms > gap)
        tunnel->retry_ms = gap;
    if (tunnel->retry_ms > now_ms && !now) {
        tunnel->wanted = true;
        tunnels_refuse (self, msg, tunnel->trouble, tunnel->text);
        return;
    }
    waiter_add (self, forward, msg);
    if (tunnel->retry_ms <= now_ms)
        tunnel_start (self, tunnel, now_ms);
}

void
tunnels_ask (struct tunnels *self, const struct msg *msg, int64_t now_ms)
{
    const char *name = msg_text (msg, 0), *text = msg_text (msg, 1);
    struct via via;
    struct address address;
    struct stui_cause cause = {0};
    if (via_parse (name, &via, &cause) != 0 || address_parse (text, &address, &cause) != 0) {
        tunnels_refuse (self, msg, STUI_TROUBLE_UNUSABLE, cause.text);
        return;
    }
    struct tunnel *tunnel = tunnels_find (self, name);
    if (!tunnel)
        tunnel = tunnels_add (self, name, &via);
    struct tunnel_forward *forward = tunnel_forward_find (tunnel, text);
    if (!forward)
        forward = tunnel_forward_add (tunnel, text, &address);
    forward->trouble = STUI_TROUBLE_NONE;
    tunnel_user_add (tunnel, msg->peer);
    if (tunnel->state == TUNNEL_DOWN) {
        ask_down (self, tunnel, forward, msg, now_ms);
        return;
    }
    waiter_add (self, forward, msg);
    if (tunnel->state == TUNNEL_UP)
        forward_serve (self, tunnel, forward);
}

void
tunnels_why (struct tunnels *self, const struct msg *msg, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find (self, msg_text (msg, 0));
    struct tunnel_forward *forward =
        tunnel ? tunnel_forward_find (tunnel, msg_text (msg, 1)) : NULL;
    char text[STUI_CAUSE_MAX];
    if (tunnel)
        tunnel_forget (tunnel, now_ms);
    if (tunnel && tunnel->trouble != STUI_TROUBLE_NONE) {
        tunnels_refuse (self, msg, tunnel->trouble, tunnel->text);
    }
    else if (forward && forward->trouble != STUI_TROUBLE_NONE) {
        struct stui_cause cause;
        stui_fail (&cause, STUI_E_UNREACHABLE, "behind %.80s: %s", tunnel->name, forward->text);
        memcpy (text, cause.text, sizeof text);
        tunnels_refuse (self, msg, forward->trouble, text);
    }
    else {
        tunnels_send (self, msg_ok (msg, "{}"));
    }
}

void
tunnels_left (struct tunnels *self, const struct msg *msg, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find (self, msg_text (msg, 0));
    if (tunnel && tunnel_user_remove (tunnel, msg->peer) && tunnel->user_count == 0)
        tunnel->idle_ms = now_ms + TUNNELS_IDLE_MS;
}

/* ---- Steps: ssh --------------------------------------------------------------------------------- */

/* A channel of an ssh on its way is not ours, which come later: it is that of a host that it jumps by. */
static void
said_of_jump (struct tunnel *tunnel, const struct tunnel_said *said, int64_t now_ms)
{
    enum stui_trouble trouble =
        said->trouble == STUI_TROUBLE_REFUSED       ? STUI_TROUBLE_TUNNEL_REFUSED
        : said->trouble == STUI_TROUBLE_NO_NAME     ? STUI_TROUBLE_TUNNEL_NO_NAME
        : said->trouble == STUI_TROUBLE_TIMED_OUT   ? STUI_TROUBLE_TUNNEL_TIMED_OUT
        : said->trouble == STUI_TROUBLE_UNREACHABLE ? STUI_TROUBLE_TUNNEL_UNREACHABLE
                                                    : said->trouble;
    tunnel_blame (tunnel, now_ms, trouble, "SSH to %.80s: from the host that it jumps by: %s",
                  tunnel->name, said->text);
}

void
tunnels_said (struct tunnels *self, uint32_t run, const char *line, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find_run (self, run);
    if (!tunnel)
        return;
    struct tunnel_said said = tunnel_words (line);
    switch (said.what) {
    case TUNNEL_SAYS_NOTHING:
        break;
    case TUNNEL_SAYS_TEXT:
        snprintf (tunnel->said, sizeof tunnel->said, "%s", said.text);
        tunnel->said_ms = now_ms;
        break;
    case TUNNEL_SAYS_TROUBLE:
        tunnel_blame (tunnel, now_ms, said.trouble, "SSH to %.100s: %s", tunnel->name, said.text);
        break;
    case TUNNEL_SAYS_CHANNEL_FAILED:
        if (tunnel->state == TUNNEL_STARTING)
            said_of_jump (tunnel, &said, now_ms);
        else
            tunnel_failure_note (tunnel, said.channel, said.trouble, said.text);
        break;
    case TUNNEL_SAYS_CHANNEL_CLOSED:
        tunnel_failure_place (tunnel, said.channel, self->prefix, said.socket);
        break;
    }
}

void
tunnels_ready (struct tunnels *self, uint32_t run, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find_run (self, run);
    if (!tunnel || tunnel->state != TUNNEL_STARTING)
        return;
    tunnel->state = TUNNEL_UP;
    tunnel->up_ms = now_ms;
    /* A key that was refused before another one was taken is no trouble. */
    tunnel->trouble = STUI_TROUBLE_NONE;
    tunnels_event (self, "tunnel_up", "the SSH tunnel to %.100s is up", tunnel->name);
    tunnel_serve (self, tunnel);
    /* Whoever waits for a backoff of its own need not any more. */
    for (size_t index = 0; index < tunnel->user_count; index++)
        tunnels_send (self, msg_new (tunnel->users[index], MSG_LOOK, 0, "the SSH tunnel is up"));
}

void
tunnels_forwarded (struct tunnels *self, uint32_t run, uint32_t id, const char *why, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find_run (self, run);
    (void) now_ms;
    if (!tunnel || id == 0 || id > tunnel->forward_count)
        return;
    struct tunnel_forward *forward = tunnel->forwards[id - 1];
    if (forward->state != FORWARD_ASKED)
        return;
    forward->state = why ? FORWARD_CLOSED : FORWARD_OPEN;
    struct stui_cause cause;
    stui_fail (&cause, STUI_E_UNREACHABLE, "SSH to %.80s: ssh made no way to %.80s: %.60s",
               tunnel->name, forward->address, why ? why : "");
    utf8_repair (cause.text);
    if (why)
        forward_answer (self, tunnel, forward, STUI_TROUBLE_TUNNEL_DOWN, cause.text);
    else
        forward_serve (self, tunnel, forward);
}

void
tunnels_checked (struct tunnels *self, uint32_t run, int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find_run (self, run);
    (void) now_ms;
    if (!tunnel || tunnel->check_ms == STUI_NEVER)
        return;
    tunnel->check_ms = STUI_NEVER;
    tunnel_serve (self, tunnel);
}

void
tunnels_ended (struct tunnels *self, uint32_t run, enum stui_trouble trouble, const char *text,
               int64_t now_ms)
{
    struct tunnel *tunnel = tunnels_find_run (self, run);
    if (!tunnel)
        return;
    tunnel_forget (tunnel, now_ms);
    if (text)
        tunnel_blame (tunnel, now_ms, trouble, "SSH to %.100s: %s", tunnel->name, text);
    else
        tunnel_blame (tunnel, now_ms, STUI_TROUBLE_TUNNEL_DOWN, "SSH to %.80s: %s%s", tunnel->name,
                      tunnel->said[0] ? "ssh said: " : "ssh ended without a word", tunnel->said);
    tunnel_fall (self, tunnel, now_ms);
}

/* ---- Steps: time and the network ------------------------------------------------------------------ */

static void
tunnel_stop (struct tunnels *self, struct tunnel *tunnel)
{
    tunnels_do (self, TUNNELS_STOP, tunnel->run);
}

/* One that is on its way begins anew: what it sent may have gone nowhere. One that is up shows that it
 * lives. One that failed may be tried at once. */
static void
tunnel_changed (struct tunnels *self, struct tunnel *tunnel, int64_t now_ms)
{
    struct address address;
    backoff_reset (&tunnel->backoff);
    switch (tunnel->state) {
    case TUNNEL_DOWN:
        tunnel->retry_ms = now_ms;
        break;
    case TUNNEL_STARTING:
        tunnel_stop (self, tunnel);
        tunnel_clear (tunnel);
        tunnel_start (self, tunnel, now_ms);
        break;
    case TUNNEL_UP:
        if (tunnel->check_ms != STUI_NEVER)
            break;
        tunnel->check_ms = now_ms + TUNNELS_CHECK_MS;
        struct tunnel_forward *forward = tunnel_forward_find (tunnel, check_address);
        if (!forward && address_parse (check_address, &address, NULL) == 0)
            forward = tunnel_forward_add (tunnel, check_address, &address);
        forward_serve (self, tunnel, forward);
        break;
    }
}

void
tunnels_changed (struct tunnels *self, int64_t now_ms)
{
    for (size_t index = 0; index < self->count; index++)
        tunnel_changed (self, self->items[index], now_ms);
}

/* Silent after the network changed: whoever asked meanwhile gets a new one. */
static void
tunnel_unchecked (struct tunnels *self, struct tunnel *tunnel, int64_t now_ms)
{
    tunnel_blame (tunnel, now_ms, STUI_TROUBLE_TUNNEL_TIMED_OUT,
                  "SSH to %.100s: the host did not answer after the network changed", tunnel->name);
    tunnels_event (self, "tunnel_down", "the SSH tunnel to %.100s is made anew: %s", tunnel->name,
                   tunnel->text);
    tunnel_stop (self, tunnel);
    tunnel_clear (tunnel);
    tunnel->retry_ms = now_ms;
    if (tunnel_is_awaited (tunnel))
        tunnel_start (self, tunnel, now_ms);
}

/* Whether TUNNEL, which nobody used for long, is to be forgotten. */
static bool
tunnel_is_idle (const struct tunnel *tunnel, int64_t now_ms)
{
    return tunnel->idle_ms <= now_ms && !tunnel_is_awaited (tunnel);
}

/* Whether TUNNEL is to be begun once its backoff is over. */
static bool
tunnel_is_pending (const struct tunnel *tunnel)
{
    return tunnel->state == TUNNEL_DOWN
           && (tunnel_is_awaited (tunnel) || (tunnel->wanted && tunnel->user_count > 0));
}

static void
tunnel_time (struct tunnels *self, struct tunnel *tunnel, int64_t now_ms)
{
    if (tunnel_is_pending (tunnel) && tunnel->retry_ms <= now_ms)
        tunnel_start (self, tunnel, now_ms);
    if (tunnel->state == TUNNEL_STARTING && now_ms - tunnel->started_ms >= TUNNELS_START_MS) {
        tunnel_blame (tunnel, now_ms, STUI_TROUBLE_TUNNEL_TIMED_OUT,
                      "SSH to %.100s: no connection within %d s", tunnel->name,
                      TUNNELS_START_MS / 1000);
        tunnel_stop (self, tunnel);
        tunnel_fall (self, tunnel, now_ms);
    }
    if (tunnel->check_ms <= now_ms)
        tunnel_unchecked (self, tunnel, now_ms);
}

void
tunnels_time (struct tunnels *self, int64_t now_ms)
{
    for (size_t index = 0; index < self->count;) {
        struct tunnel *tunnel = self->items[index];
        if (!tunnel_is_idle (tunnel, now_ms)) {
            tunnel_time (self, tunnel, now_ms);
            index++;
            continue;
        }
        if (tunnel->state != TUNNEL_DOWN)
            tunnel_stop (self, tunnel);
        tunnel_destroy (&self->items[index]);
        self->items[index] = self->items[--self->count];
    }
}

int64_t
tunnels_deadline (const struct tunnels *self)
{
    int64_t earliest = STUI_NEVER;
    for (size_t index = 0; index < self->count; index++) {
        const struct tunnel *tunnel = self->items[index];
        bool awaited = tunnel_is_awaited (tunnel);
        const int64_t candidates[] = {
            tunnel_is_pending (tunnel) ? tunnel->retry_ms : STUI_NEVER,
            tunnel->state == TUNNEL_STARTING ? tunnel->started_ms + TUNNELS_START_MS : STUI_NEVER,
            tunnel->check_ms,
            awaited ? STUI_NEVER : tunnel->idle_ms,
        };
        for (size_t which = 0; which < sizeof candidates / sizeof *candidates; which++)
            if (candidates[which] < earliest)
                earliest = candidates[which];
    }
    return earliest;
}
