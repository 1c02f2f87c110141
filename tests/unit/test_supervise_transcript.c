/* test_supervise_transcript.c: an image's transcript through its supervision: subscribed to after the
 * claim, asked for again where something is missing, handed on to who waits, its position stored. */

#include "unit/supervise_fixture.h"

TestSuite (supervise_transcript, .init = setup, .fini = teardown);

#define CAPABLE                                                                                    \
    "\"capabilities\":[\"subscribe\",\"event:transcript\",\"event:image_saved\",\"no:debug:"       \
    "step\"]"

/* The first time: nothing of it is known. */
static void
begin (void)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come ("boot", CAPABLE);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
}

static void
hear_of (int seq, const char *session, const char *text)
{
    char *event = stui_printf ("{\"event\":\"transcript\",\"seq\":%d,\"session_id\":%s%s%s,"
                               "\"data\":{\"text\":\"%s\",\"lost_bytes\":0}}",
                               seq, session ? "\"" : "", session ? session : "null",
                               session ? "\"" : "", text);
    supervise_receive (&self, event, strlen (event), now ());
    free (event);
}

static void
hear (int seq, const char *text)
{
    hear_of (seq, NULL, text);
}

/* The parameters of the newest subscribe; "" when there is none. Caller frees. */
static char *
subscription (void)
{
    look ();
    for (size_t index = wired_count; index-- > 0;) {
        struct json *json = json_parse_text (wired[index]);
        char *parameters = strcmp (json_get_text (json, "command"), "subscribe") == 0
                               ? json_print (json_get (json, "parameters"))
                               : NULL;
        json_destroy (&json);
        if (parameters)
            return parameters;
    }
    return stui_strdup ("");
}

static void
expect_subscription (const char *text)
{
    char *parameters = subscription ();
    cr_assert_not_null (strstr (parameters, text), "'%s' is not in '%s'", text, parameters);
    free (parameters);
}

static void
ask (uint64_t ref, uint64_t after, uint64_t wait)
{
    tell (msg_new (TERMINAL, MSG_TRANSCRIPT_GET, ref, after, UINT64_C (10000), wait));
}

/* The newest answer to the terminal, which must be there; it is forgotten with the others. */
static void
expect_answer (const char *text)
{
    const struct msg *found = NULL;
    look ();
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index]->verb == MSG_OK && strcmp (sent[index]->peer, TERMINAL) == 0)
            found = sent[index];
    cr_assert_not_null (found, "nobody was answered");
    cr_assert_not_null (strstr (msg_text (found, 0), text), "%s", msg_text (found, 0));
    forget ();
}

Test (supervise_transcript, all_events_of_the_image_are_subscribed_to_after_the_claim)
{
    begin ();
    expect_subscription ("\"events\":[\"transcript\",\"image_saved\"],\"last_seq\":0");
}

Test (supervise_transcript, an_image_without_events_is_not_asked_and_says_so)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come ("boot", "\"capabilities\":[\"evaluate\"]");
    char *parameters = subscription ();
    cr_assert_str_eq (parameters, "");
    free (parameters);
    forget ();
    ask (1, 0, 0);
    expect_answer ("sends no transcript");
}

Test (supervise_transcript, the_next_link_goes_on_where_the_last_one_ended)
{
    begin ();
    reply ("subscribe", "{\"subscribed\":[],\"oldest_seq\":1,\"last_seq\":0}", NULL);
    hear (1, "a");
    forget ();
    cut ();
    while (self.phase == LIFE_WAITING) {
        now_ms = supervise_deadline (&self);
        supervise_time (&self, now ());
    }
    come ("boot", CAPABLE);
    expect_subscription ("\"last_seq\":1");
}

Test (supervise_transcript, what_is_missing_is_asked_for_once)
{
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    hear (1, "a");
    forget ();
    hear (4, "d");
    expect_subscription ("\"last_seq\":1");
    hear (5, "e"); /* it comes again */
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_SUBSCRIBE), 1);
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":5}", NULL);
    for (int seq = 2; seq <= 5; seq++)
        hear (seq, "x");
    cr_assert_eq (self.transcript.seq, 5);
    cr_assert_eq (self.transcript.count, 5);
}

Test (supervise_transcript, who_waits_is_answered_when_there_is_more)
{
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    forget ();
    ask (7, self.transcript.last, 1);
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    hear (1, "news");
    expect_answer ("news");
    ask (8, 0, 1);
    expect_answer ("news");
}

Test (supervise_transcript, who_wants_all_waits_until_the_image_has_sent_it)
{
    begin ();
    ask (7, self.transcript.last, 2);
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "it is being subscribed to");
    hear (1, "early"); /* more may follow the answer */
    look ();
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
    while (sent_count > 0)
        msg_destroy (&sent[--sent_count]);
    ask (8, self.transcript.last, 2);
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":2}", NULL);
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "one is still to come");
    hear (2, "the last");
    expect_answer ("the last");
}

Test (supervise_transcript, who_waits_for_all_of_an_image_that_has_nothing_is_answered)
{
    begin ();
    ask (7, self.transcript.last, 2);
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    expect_answer ("\"entries\":[]");
}

Test (supervise_transcript, more_readers_than_there_are_places_push_the_oldest_out)
{
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    forget ();
    for (uint64_t ref = 1; ref <= SUPERVISE_READERS_MAX + 1; ref++)
        ask (ref, self.transcript.last, 1);
    const struct msg *first = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (first);
    cr_assert_eq (first->ref, 1);
    cr_assert_eq (self.reader_count, SUPERVISE_READERS_MAX);
}

Test (supervise_transcript, its_position_is_stored_with_what_is_known_of_the_image)
{
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    hear (1, "kept");
    forget ();
    while (!sent_find (MSG_IMAGE_SAVE, "store")) {
        now_ms = supervise_deadline (&self);
        cr_assert_leq (now_ms, 1000 + 10000);
        supervise_time (&self, now ());
    }
    const char *saved = msg_text (sent_find (MSG_IMAGE_SAVE, "store"), 1);
    cr_assert_not_null (strstr (saved, "\"transcript\":{\"boot_id\":\"boot\",\"seq\":1"), "%s",
                        saved);
    cr_assert_not_null (strstr (saved, "kept"));
}

Test (supervise_transcript, a_stop_stores_what_came_last)
{
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    hear (1, "last words");
    forget ();
    supervise_finish (&self, now ());
    const struct msg *save = sent_find (MSG_IMAGE_SAVE, "store");
    cr_assert_not_null (save);
    cr_assert_not_null (strstr (msg_text (save, 1), "last words"));
}

Test (supervise_transcript, with_encrypted_sessions_none_of_it_is_stored_in_plain)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come ("boot", CAPABLE);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0,\"encrypted\":true}");
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":0}", NULL);
    hear (1, "secret");
    forget ();
    supervise_finish (&self, now ());
    const struct msg *save = sent_find (MSG_IMAGE_SAVE, "store");
    cr_assert_not_null (save);
    cr_assert_null (strstr (msg_text (save, 1), "secret"), "%s", msg_text (save, 1));
}

Test (supervise_transcript, what_an_earlier_run_kept_is_there_at_once)
{
    answer (MSG_IMAGE_LOAD,
            "{\"image\":{\"image_id\":\"" IMAGE "\",\"transcript\":{\"boot_id\":\"boot\",\"seq\":9,"
            "\"tail\":[{\"kind\":\"text\",\"text\":\"of before\",\"boot_id\":\"boot\",\"seq\":9,"
            "\"at_ms\":5}]}}}");
    forget ();
    ask (1, 0, 0);
    expect_answer ("of before");
    cr_assert_eq (self.transcript.seq, 9);
}

/* Symptom: that the image was saved yesterday, which it still remembers, was told as news. */
Test (supervise_transcript, events_of_before_the_first_link_are_no_news)
{
    static const char saved[] = "{\"event\":\"image_saved\",\"seq\":%d,\"data\":{\"file\":null}}";
    begin ();
    reply ("subscribe", "{\"oldest_seq\":1,\"last_seq\":1}", NULL);
    forget ();
    char *old = stui_printf (saved, 1), *fresh = stui_printf (saved, 2);
    supervise_receive (&self, old, strlen (old), now ());
    size_t before = json_count (self.events);
    supervise_receive (&self, fresh, strlen (fresh), now ());
    bool sent_now = sent_find (MSG_EVENTS_PUT, "store") != NULL;
    cr_assert (sent_now || json_count (self.events) == before + 1);
    free (old);
    free (fresh);
}

/* The tail of the session that the newest answer shows; NULL: none. Borrowed from *SHOWN, to be freed. */
static const struct json *
tail_shown (uint64_t ref, struct json **shown)
{
    const struct msg *found = NULL;
    look ();
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index]->verb == MSG_OK && sent[index]->ref == ref)
            found = sent[index];
    cr_assert_not_null (found, "nobody was answered");
    *shown = json_parse_text (msg_text (found, 0));
    return json_get (json_get (json_get (*shown, "context"), "transcript"), "tail");
}

/* Symptom: what a session had printed was not in its export. */
Test (supervise_transcript, an_export_of_a_session_has_what_it_printed_and_an_import_keeps_it)
{
    struct json *shown, *again;
    begin ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (1), "work", "{}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    reply ("create_session", "{\"session_id\":\"r1\",\"version\":1}", NULL);
    const char *id = self.sessions.items[0]->id;
    tell (msg_new (TERMINAL, MSG_SESSION_SHOW, UINT64_C (2), id));
    cr_assert_null (tail_shown (2, &shown));
    json_destroy (&shown);
    hear (1, "of nobody");
    for (int seq = 2; seq < 400; seq++)
        hear_of (seq, self.sessions.items[0]->remote_id,
                 "forty bytes of a line that is printed ....");
    tell (msg_new (TERMINAL, MSG_SESSION_SHOW, UINT64_C (3), id));
    const struct json *tail = tail_shown (3, &shown);
    size_t count = json_count (tail);
    cr_assert_gt (count, 10);
    cr_assert_lt (count, 399, "it is bounded");
    cr_assert_eq (json_get_number (json_at (tail, count - 1), "seq", 0), 399, "the newest");
    json_set (shown, "session_id", NULL);
    json_set_text (shown, "name", "imported");
    char *text = json_print (shown);
    tell (msg_new (TERMINAL, MSG_SESSION_IMPORT, UINT64_C (4), text, UINT64_C (0)));
    cr_assert_eq (self.sessions.count, 2);
    tell (msg_new (TERMINAL, MSG_SESSION_SHOW, UINT64_C (5), self.sessions.items[1]->id));
    cr_assert_eq (json_count (tail_shown (5, &again)), count);
    json_destroy (&again);
    json_destroy (&shown);
    free (text);
}
