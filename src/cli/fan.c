/* fan.c: see fan.h. */

#include "cli/fan.h"

#include "cli/command.h"
#include "cli/images.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GRACE_MS = 2000, /* the image is given to say itself that its time was over */
    INTERRUPT_ROOM = STUI_TERMINAL_ROOM / 2, /* each open command may need one more place */
    AGAIN_MS = 3000, /* until somebody starts another owner when the one that was asked went … */
    AGAIN_MAX =
        3, /* … so often: one that ends because of what it is asked is not started for ever */
    QUIET_MS = 2000, /* then what is waited for is said: somebody may think that it hangs */
};

struct fan_image {
    const char *name; /* borrowed from names */
    char *tag;        /* owned: names its command in an interrupt */
    uint64_t ref;     /* of the open command; 0: not sent yet, or answered */
    bool is_told;     /* that it is away was said */
    bool is_again;    /* another owner was asked what became of it */
    bool is_online;   /* it was: what is asked of it is sent at once */
};

struct run {
    const struct fan *fan;
    struct fan_image *images; /* owned */
    size_t count, sent, open;
    int64_t deadline_ms; /* when to give up here */
    int64_t notice_ms;   /* when the states are asked for; STUI_NEVER: they are */
    uint64_t watch_ref;  /* of the open question for them; 0: none */
    int exit_status;     /* the highest so far */
    int again;           /* how often another owner was asked */
    long owner;          /* the process of the last one that went */
    bool interrupted;
    bool is_noticed; /* what is waited for was said */
    bool is_lost;    /* the owner went: nothing is sent any more */
};

bool
fan_is_wide (const struct fan *fan)
{
    return json_count (fan->names) > 1;
}

static void
run_print (struct run *self, const struct fan_image *image, const struct reply *reply)
{
    int exit_status = self->fan->print (self->fan, image->name, reply);
    if (exit_status > self->exit_status)
        self->exit_status = exit_status;
}

/* ---- out ------------------------------------------------------------------------------------------ */

/* Says of IMAGE that nobody knows, because of WHY. */
static void
run_doubt (struct run *self, struct fan_image *image, const char *why)
{
    struct reply reply = {
        .err = STUI_E_IN_DOUBT,
        .type = (char *) stui_err_word (STUI_E_IN_DOUBT),
        .text = (char *) why,
    };
    image->ref = 0;
    run_print (self, image, &reply);
}

/* The owner went while IMAGE's answer was due. UNSTORED: the next one knows nothing of it. */
static void
run_doubt_lost (struct run *self, struct fan_image *image, bool unstored)
{
    char *why = stui_printf (
        "the stui that owned this profile (process %ld) is gone%s", self->owner,
        unstored ? ", and the next one knows nothing of it: nobody can say whether it ran"
                 : ": the next one asks the image what came of it; `stui doubt ls` lists it until "
                   "then, `stui events` has the answer");
    run_doubt (self, image, why);
    free (why);
}

static void
run_send_one (struct run *self, struct fan_image *image)
{
    const struct fan *fan = self->fan;
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s", image->name);
    struct msg *command = msg_new (peer, fan->hold ? MSG_HOLD : MSG_COMMAND, 0, fan->command,
                                   fan->parameters, (uint64_t) fan->wait_ms, image->tag);
    struct stui_cause cause = {0};
    image->ref = client_send (fan->client, &command, &cause);
    if (image->ref == 0 && cause.err == STUI_E_ACTOR_ENDED) {
        self->is_lost = true;
        self->owner = (long) client_owner_pid (fan->client);
        run_doubt_lost (self, image, false);
        return;
    }
    if (image->ref == 0) {
        struct reply refused = {
            .err = cause.err, .type = (char *) stui_err_word (cause.err), .text = cause.text};
        run_print (self, image, &refused);
        return;
    }
    self->open++;
    if (fan->timeout_ms < 0)
        return;
    int64_t wait_ms = image->is_online ? 0 : fan->wait_ms;
    int64_t deadline_ms = clock_mono_ms () + wait_ms + fan->timeout_ms + GRACE_MS;
    if (self->deadline_ms == STUI_NEVER || deadline_ms > self->deadline_ms)
        self->deadline_ms = deadline_ms;
}

/* Sends as many as there are places for. */
static void
run_send (struct run *self)
{
    while (self->sent < self->count && self->open < STUI_TERMINAL_ROOM - INTERRUPT_ROOM
           && !self->interrupted && !self->is_lost)
        run_send_one (self, &self->images[self->sent++]);
}

static void
run_interrupt (struct run *self)
{
    self->interrupted = true;
    cli_complain ("interrupting; ^C again gives up waiting");
    size_t places = STUI_TERMINAL_ROOM - self->open - (self->watch_ref != 0);
    for (size_t i = 0; i < self->sent && places > 0; i++) {
        if (self->images[i].ref == 0)
            continue;
        char peer[STUI_ACTOR_ID_MAX + 1];
        snprintf (peer, sizeof peer, "image/%s", self->images[i].name);
        struct msg *interrupt = msg_new (peer, MSG_INTERRUPT, 0, self->images[i].tag);
        client_send (self->fan->client, &interrupt, NULL); /* client_next notices a lost owner */
        places--;
    }
}

/* ---- in ------------------------------------------------------------------------------------------- */

static void
run_take (struct run *self, const struct reply *reply)
{
    for (size_t i = 0; i < self->sent; i++) {
        if (self->images[i].ref != reply->ref)
            continue;
        self->images[i].ref = 0;
        self->open--;
        if (self->images[i].is_again && reply->err == STUI_E_NOT_FOUND)
            run_doubt_lost (self, &self->images[i], true); /* it went before it was stored */
        else
            run_print (self, &self->images[i], reply);
    }
}

/* Asks for states newer than VERSION: an image that goes while its answer is due is told of. */
static void
run_watch (struct run *self, uint64_t version)
{
    struct msg *watch = msg_new ("registry", MSG_WATCH, 0, version);
    self->notice_ms = STUI_NEVER;
    self->watch_ref =
        client_send (self->fan->client, &watch, NULL); /* 0: a lost owner is noticed */
}

/* Says of IMAGE, whose answer is due, that it is away as STATE has it. What it was sent may be on its way
 * back; what it could not be sent goes when it is online in time. */
static void
run_tell_away (const struct run *self, struct fan_image *image, const struct json *state)
{
    const char *word = json_get_text (state, "state"), *cause = json_get_text (state, "cause");
    if (image->is_told || word == NULL || strcmp (word, "online") == 0) {
        image->is_online = image->is_online || !image->is_told;
        return;
    }
    const char *comma = cause != NULL && *cause != '\0' ? ", " : "";
    cause = cause != NULL ? cause : "";
    image->is_told = true;
    if (image->is_online)
        cli_complain ("%s is %s%s%s: its answer is waited for; ^C twice gives up", image->name,
                      word, comma, cause);
    else
        cli_complain ("%s is %s%s%s: it is waited for, %.1f s in all (--wait); what is not sent by "
                      "then is %s; ^C gives up",
                      image->name, word, comma, cause, (double) self->fan->wait_ms / 1000,
                      self->fan->hold ? "held" : "not sent at all");
}

/* States came. Once, and only to a person, also what is waited for is said. */
static void
run_take_states (struct run *self, const struct reply *reply, bool first)
{
    const struct json *state;
    size_t told = 0;
    for (size_t i = 0; i < self->sent; i++) {
        struct fan_image *image = &self->images[i];
        for (state = json_first (json_get (reply->json, "images"));
             state != NULL && image->ref != 0; state = json_next (state)) {
            const char *name = json_get_text (state, "name");
            if (name != NULL && strcmp (name, image->name) == 0)
                run_tell_away (self, image, state);
        }
        told += image->is_told;
    }
    if (first && told == 0 && isatty (STDERR_FILENO))
        cli_complain ("waiting for the answer of %zu image%s; ^C interrupts", self->open,
                      self->open == 1 ? "" : "s");
}

/* Says for each open one that nobody knows: because of WHY, or (NULL) because the owner went. */
static void
run_give_up (struct run *self, const char *why)
{
    for (size_t i = 0; i < self->sent; i++) {
        if (self->images[i].ref == 0)
            continue;
        if (why != NULL)
            run_doubt (self, &self->images[i], why);
        else
            run_doubt_lost (self, &self->images[i], false);
    }
    self->open = 0;
    self->is_lost = self->is_lost || why == NULL;
}

/* The owner went before the last images got their turn: nothing was run there. */
static void
run_tell_not_asked (struct run *self)
{
    char *why = stui_printf ("it was not asked: the stui that owned this profile (process %ld) is "
                             "gone; nothing was run there",
                             self->owner);
    struct reply reply = {
        .err = STUI_E_UNREACHABLE,
        .type = (char *) stui_err_word (STUI_E_UNREACHABLE),
        .text = why,
    };
    while (self->sent < self->count)
        run_print (self, &self->images[self->sent++], &reply);
    free (why);
}

/* Notes which images are online, before anything is sent. */
static void
run_look (struct run *self)
{
    struct json *states =
        client_ask (self->fan->client, msg_new ("registry", MSG_WATCH, 0, UINT64_C (0)), NULL);
    for (const struct json *state = json_first (json_get (states, "images")); state != NULL;
         state = json_next (state)) {
        const char *name = json_get_text (state, "name"), *word = json_get_text (state, "state");
        for (size_t i = 0; name != NULL && i < self->count; i++)
            if (strcmp (self->images[i].name, name) == 0)
                self->images[i].is_online = word != NULL && strcmp (word, "online") == 0;
    }
    json_destroy (&states);
}

static void
run_watched (struct run *self, const struct reply *reply)
{
    uint64_t version = (uint64_t) json_get_number (reply->json, "version", 0);
    self->watch_ref = 0;
    if (reply->err != 0)
        return; /* the owner is leaving: what is open is answered */
    run_take_states (self, reply, !self->is_noticed);
    self->is_noticed = true;
    run_watch (self, version);
}

static void
tell_starting (pid_t pid)
{
    cli_complain ("process %ld is starting with this profile: it is waited for; ^C gives up",
                  (long) pid);
}

/* Says that the owner went, and what is done about it. */
static void
run_tell_gone (const struct run *self)
{
    if (client_may_start (self->fan->client))
        cli_complain ("the stui that owned this profile (process %ld) is gone: another one is "
                      "started, that asks what became of it; ^C gives up",
                      self->owner);
    else
        cli_complain ("the stui that owned this profile (process %ld) is gone: another one is "
                      "waited for, %d s, that asks what became of it; ^C gives up",
                      self->owner, AGAIN_MS / 1000);
}

/* The owner went: the next one finds in the store what was sent, and asks the images what became of it; here
 * it is asked for that. Whether there is one. */
static bool
run_again (struct run *self)
{
    struct client *client = self->fan->client;
    self->owner = (long) client_owner_pid (client);
    struct client_patience patience = {
        .wait_ms = AGAIN_MS, .deadline_ms = self->deadline_ms, .tell = tell_starting};
    struct stui_cause cause = {0};
    if (client_was_stopped (client) || self->again++ >= AGAIN_MAX)
        return false;
    run_tell_gone (self);
    if (!client_again (client, self->fan->cli, &patience, &cause)) {
        if (cause.err != STUI_E_STOPPING)
            cli_complain ("there is no other stui: %s", cause.text);
        return false;
    }
    if (!images_connect (client, self->fan->names))
        return false;
    self->watch_ref = 0;
    self->notice_ms = clock_mono_ms () + QUIET_MS;
    for (size_t i = 0; i < self->sent; i++) {
        struct fan_image *image = &self->images[i];
        if (image->ref == 0)
            continue;
        char peer[STUI_ACTOR_ID_MAX + 1];
        snprintf (peer, sizeof peer, "image/%s", image->name);
        struct msg *await = msg_new (peer, MSG_AWAIT, 0, image->tag);
        uint64_t ref = client_send (client, &await, NULL);
        if (ref == 0)
            return false;
        image->is_again = true;
        image->ref = ref;
    }
    return true;
}

/* One turn of waiting. False when the second signal came. */
static bool
run_turn (struct run *self)
{
    struct reply reply = {0};
    struct stui_cause cause = {0};
    int64_t until_ms = self->notice_ms < self->deadline_ms ? self->notice_ms : self->deadline_ms;
    switch (client_next (self->fan->client, until_ms, &reply, &cause)) {
    case CLIENT_REPLY:
        if (self->watch_ref != 0 && reply.ref == self->watch_ref)
            run_watched (self, &reply);
        else
            run_take (self, &reply);
        reply_fini (&reply);
        break;
    case CLIENT_SIGNAL:
        if (client_signal (self->fan->client) == SIGINT && !self->interrupted) {
            run_interrupt (self);
            break;
        }
        run_give_up (self, "nobody waits for the answer any more: it may still run");
        return false;
    case CLIENT_TIMEOUT:
        if (self->notice_ms <= clock_mono_ms ()) {
            run_watch (self, 0);
            break;
        }
        run_give_up (self, "no answer came in the time given: it may still run");
        break;
    case CLIENT_LOST:
        if (!run_again (self))
            run_give_up (self, NULL);
        break;
    }
    return true;
}

static int
run_wait (struct run *self)
{
    client_catch_signals (self->fan->client);
    run_send (self);
    while (self->open > 0) {
        if (!run_turn (self))
            return CLI_EXIT_INTERRUPTED;
        run_send (self);
    }
    if (self->is_lost)
        run_tell_not_asked (self);
    if (self->interrupted && self->sent < self->count)
        cli_complain ("%zu images were not asked any more", self->count - self->sent);
    /* ^C came too late for what was answered all the same. */
    bool left = self->sent < self->count;
    return left && self->exit_status == 0 ? STUI_EXIT_FAILED : self->exit_status;
}

int
fan_run (const struct fan *fan)
{
    struct run self = {.fan = fan,
                       .count = json_count (fan->names),
                       .deadline_ms = STUI_NEVER,
                       .notice_ms = clock_mono_ms () + QUIET_MS};
    self.images = stui_alloc (self.count * sizeof *self.images);
    size_t i = 0;
    for (const struct json *name = json_first (fan->names); name != NULL; name = json_next (name))
        self.images[i++] = (struct fan_image){
            .name = json_text (name),
            .tag = stui_printf ("%s of process %ld, %" PRId64, fan->command, (long) getpid (),
                                clock_wall_ms ()),
        };
    run_look (&self);
    int exit_status = run_wait (&self);
    for (i = 0; i < self.count; i++)
        free (self.images[i].tag);
    free (self.images);
    return exit_status;
}
