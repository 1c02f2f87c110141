/* test_supervise_secret.c: an image whose token is a secret, and one whose sessions are encrypted:
 * what happens while neither can be opened, and when they can. */

#include "unit/supervise_fixture.h"

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static void
setup_secret (void)
{
    setup_with ("{\"name\":\"one\",\"address\":\"tcp://127.0.0.1:9\",\"generation\":5,"
                "\"token_secret\":\"prod\"}");
}

TestSuite (supervise_secret, .init = setup_secret, .fini = teardown);

/* Refuses the question of VERB as the store does while it is locked. */
static void
lock (enum msg_verb verb)
{
    struct msg *question = sent_find (verb, NULL);
    cr_assert_not_null (question, "%s was not asked", msg_word (verb));
    struct msg *reply = msg_error (question, STUI_E_LOCKED, "locked: `stui secret unlock`", NULL);
    question->verb = MSG_VERB_COUNT; /* taken */
    tell (reply);
}

static const char *
shown_cause (struct json **state)
{
    *state = supervise_state (&self);
    return json_get_text (*state, "cause");
}

Test (supervise_secret, the_token_is_asked_for_at_each_attempt_and_sent_in_hello)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_PERMIT, "{}");
    cr_assert_str_eq (msg_text (sent_find (MSG_SECRET_GET, "store"), 0), "prod");
    cr_assert_eq (self.phase, LIFE_RESOLVING);
    answer (MSG_SECRET_GET, "{\"value\":\"v4lue\"}");
    cr_assert_eq (self.phase, LIFE_CONNECTING);
    supervise_link (&self, SUPERVISE_LINK_CONNECTED, STUI_TROUBLE_NONE, NULL, now ());
    supervise_link (&self, SUPERVISE_LINK_HANDSHAKEN, STUI_TROUBLE_NONE, NULL, now ());
    look ();
    cr_assert_not_null (strstr (wired[wired_count - 1], "\"token\":\"v4lue\""));
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    forget ();
    now_ms = self.phase_deadline_ms;
    supervise_time (&self, now ());
    answer (MSG_PERMIT, "{}");
    cr_assert_not_null (sent_find (MSG_SECRET_GET, "store"), "it may be another one by now");
}

/* An image whose server knows its clients by their keys. */
static void
setup_client_key (void)
{
    teardown ();
    setup_with ("{\"name\":\"one\",\"address\":\"tcp://127.0.0.1:9\",\"token_secret\":\"prod\","
                "\"server_key\":\"" KEY "\",\"client_key_secret\":\"mine\"}");
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_PERMIT, "{}");
}

Test (supervise_secret, our_own_key_is_asked_for_after_the_token)
{
    setup_client_key ();
    cr_assert_str_eq (msg_text (sent_find (MSG_SECRET_GET, "store"), 0), "prod");
    answer (MSG_SECRET_GET, "{\"value\":\"v\"}");
    cr_assert_str_eq (msg_text (sent_find (MSG_SECRET_GET, "store"), 0), "mine");
    cr_assert_eq (self.phase, LIFE_RESOLVING);
    answer (MSG_SECRET_GET, "{\"value\":\"" KEY "\"}");
    cr_assert_eq (self.phase, LIFE_CONNECTING);
    cr_assert_str_eq (self.client_key, KEY);
}

Test (supervise_secret, a_secret_that_is_no_key_is_told)
{
    struct json *state;
    setup_client_key ();
    answer (MSG_SECRET_GET, "{\"value\":\"v\"}");
    answer (MSG_SECRET_GET, "{\"value\":\"short\"}");
    cr_assert_eq (self.phase, LIFE_WAITING);
    const char *cause = shown_cause (&state);
    cr_assert_not_null (strstr (cause, "mine is no secret key of CURVE"), "%s", cause);
    cr_assert_null (strstr (cause, "short"), "%s", cause);
    json_destroy (&state);
}

Test (supervise_secret, a_locked_image_says_so_and_is_tried_at_once_when_it_is_unlocked)
{
    struct json *state;
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_PERMIT, "{}");
    lock (MSG_SECRET_GET);
    cr_assert_eq (self.phase, LIFE_WAITING);
    cr_assert_str_eq (shown_cause (&state), "locked: `stui secret unlock`");
    json_destroy (&state);
    forget ();
    tell (msg_new ("registry#1", MSG_LOOK, 0, "the secrets were unlocked"));
    now_ms += SUPERVISE_LOOK_SPREAD_MS;
    supervise_time (&self, now ());
    answer (MSG_PERMIT, "{}");
    answer (MSG_SECRET_GET, "{\"value\":\"v\"}");
    cr_assert_eq (self.phase, LIFE_CONNECTING);
}

#define SEALED "00000000-0000-4000-8000-00000000000a"
#define PLAIN  "00000000-0000-4000-8000-00000000000b"
#define LOCKED "locked: `stui secret unlock`"

/* The store's answer while SEALED is locked; REFUSAL is why none can be saved, or empty. */
static void
answer_locked (const char *refusal)
{
    char text[1024];
    snprintf (text, sizeof text,
              "{\"sessions\":[{\"session_id\":\"" SEALED
              "\",\"state\":\"locked\",\"reason\":\"" LOCKED "\"},{\"session_id\":\"" PLAIN
              "\",\"name\":\"p\",\"state\":\"stored\",\"context\":{}}],"
              "\"locked\":1,\"why\":\"" LOCKED "\",\"waits\":true,\"refusal\":\"%s\"}",
              refusal);
    answer (MSG_SESSIONS_LOAD, text);
}

/* What control#1 is told: an error's word, or "ok"; good until the next call. */
static const char *
told (struct msg *msg)
{
    static char word[32];
    tell (msg);
    const struct msg *refusal = sent_find (MSG_ERROR, "control#1");
    snprintf (word, sizeof word, "%s",
              refusal                           ? msg_text (refusal, 0)
              : sent_find (MSG_OK, "control#1") ? "ok"
                                                : "nothing");
    forget ();
    return word;
}

/* Symptom: an image with one session that did not open had none, and took no new one. */
Test (supervise_secret, a_locked_session_is_refused_by_itself_until_it_can_be_read)
{
    struct json *state;
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"b\"}}");
    tell (msg_new ("control#1", MSG_SESSION_SHOW, 7, SEALED));
    answer_locked ("");
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, "control#1"), 0), "Locked");
    forget ();
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_CLOSE, 8, SEALED, UINT64_C (0),
                                     "stui session close")),
                      "Locked");
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_SHOW, 9, PLAIN)), "ok");
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_RESTORE, 10, PLAIN)), "ok");
    cr_assert_str_eq (shown_cause (&state), LOCKED);
    json_destroy (&state);
    tell (msg_new ("control#1", MSG_SESSION_NEW, 11, "new", "{}"));
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, "store"));
    forget ();
    tell (msg_new ("registry#1", MSG_LOOK, 0, "the secrets were unlocked"));
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[{\"session_id\":\"" SEALED
                               "\",\"name\":\"s\",\"context\":{}}],\"damaged\":0}");
    cr_assert_eq (self.sessions.count, 3);
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_SHOW, 12, SEALED)), "ok");
    cr_assert_null (shown_cause (&state));
    json_destroy (&state);
}

Test (supervise_secret, no_session_begins_that_could_only_be_saved_in_plain)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"b\"}}");
    answer_locked (LOCKED);
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_NEW, 7, "new", "{}")), "Locked");
    cr_assert_str_eq (told (msg_new ("control#1", MSG_SESSION_RESTORE, 8, PLAIN)), "ok");
    cr_assert_eq (self.sessions.count, 1);
}

/* Symptom: a session that was begun right after `secret reset` was refused: what was locked was being read
 * again, and the answer was not there yet. */
Test (supervise_secret, what_is_asked_while_locked_sessions_are_read_again_waits_for_them)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"b\"}}");
    answer_locked (LOCKED);
    forget ();
    tell (msg_new ("registry#1", MSG_LOOK, 0, "the secrets were set aside"));
    tell (msg_new ("control#1", MSG_SESSION_NEW, 7, "new", "{}"));
    cr_assert_null (sent_find (MSG_ERROR, "control#1"));
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, "store"));
    cr_assert_null (sent_find (MSG_ERROR, "control#1"));
}

/* Symptom: while the chosen session was locked, code ran in a throw-away scope without a word. */
Test (supervise_secret, code_for_the_current_session_is_refused_while_that_may_be_a_locked_one)
{
    static const char code[] = "{\"code\":\"x\",\"session_id\":\"" MSG_SESSION_CURRENT "\"}";
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"b\"}}");
    answer_locked ("");
    cr_assert_str_eq (
        told (msg_new ("control#1", MSG_COMMAND, 7, "evaluate", code, UINT64_C (60000), "tag")),
        "Locked");
    tell (msg_new ("control#1", MSG_COMMAND, 8, "evaluate", "{\"code\":\"x\"}", UINT64_C (60000),
                   "tag 2"));
    cr_assert_null (sent_find (MSG_ERROR, "control#1"), "no session was asked for");
    tell (msg_new ("control#1", MSG_SESSION_RESTORE, 9, PLAIN));
    tell (msg_new ("control#1", MSG_SESSION_SET, 10, PLAIN, "{\"current\":true}"));
    tell (msg_new ("control#1", MSG_COMMAND, 11, "evaluate", code, UINT64_C (60000), "tag 3"));
    cr_assert_null (sent_find (MSG_ERROR, "control#1"), "another one was chosen");
}

/* Symptom: the name of an encrypted session stood in the events and the log. */
Test (supervise_secret, events_name_encrypted_sessions_by_their_ids)
{
    struct session session = {.name = (char *) "what I work on"};
    snprintf (session.id, sizeof session.id, "%s", IMAGE);
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"b\"}}");
    cr_assert_str_eq (supervise_session_word (&self, &session), "what I work on");
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0,\"encrypted\":true}");
    cr_assert_str_eq (supervise_session_word (&self, &session), IMAGE);
}
