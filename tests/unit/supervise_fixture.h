/* supervise_fixture.h: one image's supervision for tests that play registry, store, terminal and image:
 * what it asked for since the last look, and answers to it. */

#ifndef TESTS_UNIT_SUPERVISE_FIXTURE_H
#define TESTS_UNIT_SUPERVISE_FIXTURE_H

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

#define IMAGE "0199c82c-0000-7000-8000-00000000000a"

static struct supervise self;
static int64_t now_ms;
static int64_t wall_ms;

static inline struct supervise_now
now (void)
{
    return (struct supervise_now){now_ms * 1000, wall_ms + now_ms};
}

/* What the supervisor asked for since the last look. */
static struct msg *sent[256];
static char *wired[256];
static size_t sent_count, wired_count;
static int ended;

static inline void
look (void)
{
    for (size_t index = 0; index < self.action_count; index++) {
        struct supervise_action *action = &self.actions[index];
        if (action->what == SUPERVISE_SEND)
            sent[sent_count++] = action->msg;
        else if (action->what == SUPERVISE_WIRE)
            wired[wired_count++] = action->text;
        else
            free (action->text);
        ended += action->what == SUPERVISE_END;
    }
    supervise_actions_clear (&self);
}

static inline void
forget (void)
{
    look ();
    while (sent_count > 0)
        msg_destroy (&sent[--sent_count]);
    while (wired_count > 0)
        free (wired[--wired_count]);
}

/* The oldest message of VERB that was sent; NULL. */
static inline struct msg *
sent_find (enum msg_verb verb, const char *peer)
{
    look ();
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index]->verb == verb && (!peer || strcmp (sent[index]->peer, peer) == 0))
            return sent[index];
    return NULL;
}

static inline void
tell (struct msg *msg)
{
    supervise_message (&self, msg, now ());
    msg_destroy (&msg);
}

/* Answers the question of VERB with ok RESULT, or with an error. */
static inline void
answer (enum msg_verb verb, const char *result)
{
    struct msg *question = sent_find (verb, NULL);
    cr_assert_not_null (question, "%s was not asked", msg_word (verb));
    struct msg *reply =
        result ? msg_ok (question, result) : msg_error (question, STUI_E_STORAGE, "no", NULL);
    question->verb = MSG_VERB_COUNT; /* taken */
    tell (reply);
}

/* The id of the newest request of COMMAND on the wire; caller frees, NULL when there is none. */
static inline char *
wire_find (const char *command)
{
    look ();
    for (size_t index = wired_count; index-- > 0;) {
        struct json *json = json_parse_text (wired[index]);
        char *id = strcmp (json_get_text (json, "command"), command) == 0
                       ? stui_strdup (json_get_text (json, "id"))
                       : NULL;
        json_destroy (&json);
        if (id)
            return id;
    }
    return NULL;
}

/* The image answers the newest COMMAND: a result, or an error of the type ERROR. */
static inline void
reply (const char *command, const char *result, const char *error)
{
    char *id = wire_find (command);
    cr_assert_not_null (id, "%s was not sent", command);
    char *text =
        error ? stui_printf ("{\"id\":\"%s\",\"status\":\"error\",\"error\":\"no\","
                             "\"error_type\":\"%s\"}",
                             id, error)
              : stui_printf ("{\"id\":\"%s\",\"status\":\"success\",\"result\":%s}", id, result);
    supervise_receive (&self, text, strlen (text), now ());
    free (text);
    free (id);
}

static inline void
setup_with (const char *settings)
{
    now_ms = 1000;
    wall_ms = INT64_C (1760000000000);
    ended = 0;
    struct json *json = json_parse_text (settings);
    supervise_init (&self, json, 7);
    json_destroy (&json);
    supervise_begin (&self, now ());
}

static inline void
setup (void)
{
    setup_with ("{\"name\":\"one\",\"address\":\"tcp://127.0.0.1:9\",\"generation\":5}");
}

static inline void
teardown (void)
{
    forget ();
    supervise_fini (&self);
}

static inline void
connect_link (void)
{
    answer (MSG_PERMIT, "{}");
    supervise_link (&self, SUPERVISE_LINK_CONNECTED, STUI_TROUBLE_NONE, "", now ());
    supervise_link (&self, SUPERVISE_LINK_HANDSHAKEN, STUI_TROUBLE_NONE, "", now ());
}

/* From the permit to the first ping. */
static inline void
come_live (const char *boot, const char *verdict)
{
    connect_link ();
    char *hello = stui_printf ("{\"image_id\":\"" IMAGE "\",\"boot_id\":\"%s\"}", boot);
    reply ("hello", hello, NULL);
    char *judged = stui_printf ("{\"verdict\":\"%s\",\"other\":\"two\"}", verdict);
    answer (MSG_JUDGE, judged);
    free (judged);
    if (strcmp (verdict, "alias") != 0) {
        answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":1}");
        reply ("hello", hello, NULL);
    }
    free (hello);
    reply ("ping", "{}", NULL);
    cr_assert_eq (self.phase, LIFE_LIVE);
}

/* The same, and RESULTS: what the image remembers. */
static inline void
come_online (const char *boot, const char *verdict, const char *results)
{
    come_live (boot, verdict);
    if (strcmp (verdict, "alias") != 0 && !self.served_before)
        reply ("get_result", results ? results : "{\"results\":[]}", NULL);
}

static inline void
go_online (void)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come_online ("boot", "ours", NULL);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
}

static inline void
cut (void)
{
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    now_ms = supervise_deadline (&self);
    supervise_time (&self, now ());
}

#define TERMINAL "one#1"

static inline void
evaluate (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_COMMAND, ref, "evaluate", "{\"code\":\"3+4\"}", (uint64_t) 60000,
                   "tag"));
}
static inline void
assert_refused (const char *word)
{
    const struct msg *error = sent_find (MSG_ERROR, TERMINAL);
    cr_assert_not_null (error);
    cr_assert_str_eq (msg_text (error, 0), word);
}

/* The reports on their way have arrived. */
static inline void
answer_reports (void)
{
    for (size_t index = 0; self.report_out && index < self.ask_count;)
        if (self.asks[index].purpose == ASK_STATE) {
            tell (msg_new ("registry#1", MSG_OK, self.asks[index].ref, "{}"));
            index = 0; /* another may follow it */
        }
        else {
            index++;
        }
}

/* The image of BOOT comes online, and says MORE of itself. */
static inline void
come (const char *boot, const char *more)
{
    char *hello = stui_printf ("{\"image_id\":\"" IMAGE "\",\"boot_id\":\"%s\",%s}", boot, more);
    connect_link ();
    reply ("hello", hello, NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"ours\"}");
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":1}");
    reply ("hello", hello, NULL);
    reply ("ping", "{}", NULL);
    if (!self.served_before)
        reply ("get_result", "{\"results\":[]}", NULL);
    free (hello);
}

#endif
