/* test_supervise_overtaken.c: a session that another supervisor has saved meanwhile: it is read anew, and
 * what the user typed here is kept beside it. */

#include "unit/supervise_fixture.h"

#define SESSION "0199c82c-0000-7000-8000-000000000001"

static const char *
record_of (const char *more, const char *context)
{
    static char text[600];
    snprintf (text, sizeof text,
              "{\"sessions\":[{\"session_id\":\"" SESSION "\",\"image_id\":\"" IMAGE
              "\",\"name\":\"work\",%s,\"generation\":4,\"context\":%s}],\"damaged\":0}",
              more, context);
    return text;
}

#define OPEN "\"open\":true,\"state\":\"modified\",\"was_there\":true,\"version\":3"

static struct session *
session (void)
{
    return sessions_find (&self.sessions, SESSION);
}

static int64_t
text_of (const struct session *one)
{
    return json_get_number (one->context, "text", -1);
}

/* One whose record was there at the start, and that has text 1. The image is not asked yet. */
static void
start (void)
{
    setup ();
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"key\":\"" IMAGE "\"}}");
    answer (MSG_SESSIONS_LOAD, record_of (OPEN, "{\"text\":1}"));
}

TestSuite (supervise_overtaken, .init = start, .fini = teardown);

/* The save on its way is refused: another one is stored by now. */
static void
refuse_save (void)
{
    struct msg *save = sent_find (MSG_SESSION_SAVE, NULL);
    cr_assert_not_null (save);
    struct msg *reply = msg_error (save, STUI_E_CONFLICT, "another one is stored", NULL);
    save->verb = MSG_VERB_COUNT;
    tell (reply);
}

static void
rename_it (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_SESSION_SET, ref, SESSION, "{\"name\":\"new\"}"));
}

static void
write_it (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_SESSION_WRITE, ref, SESSION, "", "{\"text\":2}"));
    now_ms += SESSION_SAVE_LATEST_MS;
    supervise_time (&self, now ());
}

/* Symptom: one of two names saved an older text over the newer one of the other. */
Test (supervise_overtaken, a_save_says_which_text_it_builds_on)
{
    rename_it (3);
    struct json *about = json_parse_text (msg_text (sent_find (MSG_SESSION_SAVE, NULL), 3));
    const char *base = json_get_text (about, "base");
    cr_assert_str_eq (base, json_get_text (about, "state"), "the text is as it was read");
    answer (MSG_SESSION_SAVE, "{\"generation\":5}");
    forget ();
    write_it (4);
    struct json *later = json_parse_text (msg_text (sent_find (MSG_SESSION_SAVE, NULL), 3));
    cr_assert_str_eq (json_get_text (later, "base"), base);
    cr_assert_str_neq (json_get_text (later, "state"), base);
    json_destroy (&about);
    json_destroy (&later);
}

Test (supervise_overtaken, what_is_stored_is_read_anew_when_nothing_was_typed_here)
{
    rename_it (3);
    refuse_save ();
    assert_refused ("Conflict");
    cr_assert_null (sent_find (MSG_SESSION_SAVE, NULL), "it would be refused again");
    answer (MSG_SESSIONS_LOAD, record_of (OPEN, "{\"text\":9}"));
    cr_assert_eq (self.sessions.count, 1);
    cr_assert_eq (text_of (session ()), 9);
    cr_assert_str_eq (session ()->name, "work");
    cr_assert_eq (session ()->saved, session ()->change);
    forget ();
    rename_it (4);
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, NULL));
}

Test (supervise_overtaken, what_was_typed_here_is_kept_beside_it)
{
    write_it (3);
    refuse_save ();
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL), "it is not lost");
    answer (MSG_SESSIONS_LOAD, record_of (OPEN, "{\"text\":9}"));
    cr_assert_eq (self.sessions.count, 2);
    cr_assert_eq (text_of (session ()), 9);
    const struct session *mine = self.sessions.items[1];
    cr_assert_str_eq (mine->name, "work (mine)");
    cr_assert_eq (text_of (mine), 2);
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "not stored yet");
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    const struct msg *ok = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (ok);
    cr_assert_eq (ok->ref, 3);
}

Test (supervise_overtaken, whoever_watches_it_is_shown_what_was_read)
{
    rename_it (8);
    tell (msg_new (TERMINAL, MSG_SESSION_WATCH, UINT64_C (7), SESSION, session ()->change,
                   "preserved"));
    refuse_save ();
    answer (MSG_SESSIONS_LOAD, record_of (OPEN, "{\"text\":9}"));
    const struct msg *news = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (news);
    cr_assert_eq (news->ref, 7);
    struct json *shown = json_parse_text (msg_text (news, 0));
    cr_assert_eq (json_get_number (json_get (shown, "context"), "text", -1), 9);
    json_destroy (&shown);
}

/* Two of one session would be in two places. */
Test (supervise_overtaken, one_that_was_moved_meanwhile_is_not_kept_here)
{
    rename_it (3);
    refuse_save ();
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_eq (self.sessions.count, 0);
}

Test (supervise_overtaken, the_image_is_asked_what_it_has_of_the_one_that_was_read)
{
    come_online ("boot", "ours", NULL);
    reply ("restore_session", "{\"version\":3,\"session_state\":{\"text\":1}}", NULL);
    rename_it (3);
    refuse_save ();
    answer (MSG_SESSIONS_LOAD, record_of (OPEN, "{\"text\":9}"));
    reply ("restore_session", "{\"version\":3,\"session_state\":{\"text\":1}}", NULL);
    now_ms += SESSION_SAVE_LATEST_MS;
    supervise_time (&self, now ());
    answer (MSG_SESSION_SAVE, "{\"generation\":5}");
    char *update = wire_find ("update_session_state");
    cr_assert_not_null (update, "it has the older text");
    free (update);
}

Test (supervise_overtaken, one_that_was_closed_elsewhere_is_closed_on_the_image)
{
    come_online ("boot", "ours", NULL);
    reply ("restore_session", "{\"version\":3,\"session_state\":{\"text\":1}}", NULL);
    rename_it (3);
    refuse_save ();
    answer (MSG_SESSIONS_LOAD, record_of ("\"open\":false,\"state\":\"closed\"", "{\"text\":9}"));
    reply ("close_session", "{\"closed\":true}", NULL);
    cr_assert_eq (session ()->state, STUI_SESSION_CLOSED);
}

/* Symptom: a session that was made under the name of an alias was not there before the next start. */
Test (supervise_overtaken, an_alias_has_the_other_one_read_the_sessions_that_it_lets_go)
{
    come_live ("boot", "alias");
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_eq (self.sessions.count, 0);
    const struct msg *word = sent_find (MSG_RETURNED, "image/two");
    cr_assert_not_null (word);
    struct json *about = json_parse_text (msg_text (word, 0));
    cr_assert_str_eq (json_get_text (about, "image_id"), IMAGE);
    json_destroy (&about);
}
