/* test_supervise_reap.c: what a supervisor says when registry asks whether a session may go, and that
 * whoever goes on with one meanwhile loses nothing. */

#include "unit/supervise_fixture.h"

static char id[STUI_UUID_LEN + 1];

/* Time passes until all is stored, each time as generation 1. */
static void
store_all (void)
{
    const struct session *session = self.sessions.items[0];
    for (int turn = 0; session->saved != session->change || session->saving; turn++) {
        cr_assert_lt (turn, 20, "it is never saved");
        now_ms += 1000;
        supervise_time (&self, now ());
        if (sent_find (MSG_SESSION_SAVE, NULL))
            answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    }
}

/* A session that is stored as generation 1, with its image away for long. */
static void
begin (void)
{
    setup ();
    answer (MSG_HELD_LOAD, "{\"held\":null}");
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (3), "work", "{\"text\":1}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    reply ("create_session", "{\"session_id\":\"there\"}", NULL);
    memcpy (id, self.sessions.items[0]->id, sizeof id);
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    store_all ();
    now_ms += self.sessions.orphan_after_ms;
    supervise_time (&self, now ());
    store_all ();
    forget ();
}

TestSuite (supervise_reap, .init = begin, .fini = teardown);

static struct session *
session (void)
{
    return sessions_find (&self.sessions, id);
}

/* Registry asks; NULL: it may go, else why not. Caller frees. */
static char *
ask_about (uint64_t generation)
{
    tell (msg_new ("registry#1", MSG_MAY_REAP, UINT64_C (9), id, generation));
    struct msg *said = sent_find (MSG_OK, "registry#1");
    cr_assert_not_null (said);
    struct json *result = json_parse_text (msg_text (said, 0));
    const char *why = json_get_text (result, "why");
    char *text = json_get_bool (result, "may", false) ? NULL : stui_strdup (why);
    json_destroy (&result);
    forget ();
    return text;
}

static void
assert_kept (uint64_t generation, const char *part)
{
    char *why = ask_about (generation);
    cr_assert (why && strstr (why, part), "%s", why ? why : "it may go");
    cr_assert_not (session ()->frozen);
    free (why);
}

static void
archived (uint64_t is)
{
    tell (msg_new ("registry#1", MSG_REAPED, 0, id, is));
}

Test (supervise_reap, an_orphan_may_go_and_is_forgotten_once_it_is_archived)
{
    cr_assert_null (ask_about (1));
    cr_assert (session ()->frozen);
    archived (1);
    cr_assert_null (session ());
    cr_assert_null (sent_find (MSG_SESSION_SAVE, NULL), "it would come back");
}

Test (supervise_reap, when_the_archive_failed_it_goes_on)
{
    cr_assert_null (ask_about (1));
    archived (0);
    cr_assert_not (session ()->frozen);
    archived (0); /* heard twice */
    cr_assert_not_null (session ());
}

Test (supervise_reap, unsaved_and_changed_work_stays)
{
    assert_kept (2, "changed meanwhile");
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"name\":\"new\"}"));
    assert_kept (1, "not saved");
}

/* What the image made of it is not stored yet. */
static void
noted_there (void)
{
    session_touch_there (session (), now_ms);
    tell (msg_new ("registry#1", MSG_MAY_REAP, UINT64_C (9), id, UINT64_C (1)));
    cr_assert_null (sent_find (MSG_OK, "registry#1"), "it waits");
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, NULL), "and nothing else is waited for");
}

/* What was answered to registry. Caller owns. */
static struct json *
told (void)
{
    struct msg *said = sent_find (MSG_OK, "registry#1");
    cr_assert_not_null (said);
    struct json *result = json_parse_text (msg_text (said, 0));
    forget ();
    return result;
}

/* Symptom: what was closed a moment before stayed: "it has work that is not saved yet". */
Test (supervise_reap, what_the_image_made_of_it_is_saved_first)
{
    noted_there ();
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    struct json *result = told ();
    cr_assert (json_get_bool (result, "may", false));
    cr_assert_eq (json_get_number (result, "generation", 0), 2, "as what is stored now");
    json_destroy (&result);
    archived (1);
    cr_assert_null (session ());
}

Test (supervise_reap, what_somebody_does_to_it_while_it_is_saved_keeps_it)
{
    noted_there ();
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"name\":\"new\"}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    struct json *result = told ();
    cr_assert_not (json_get_bool (result, "may", true));
    json_destroy (&result);
    cr_assert_not (session ()->frozen);
}

Test (supervise_reap, a_disk_that_takes_nothing_keeps_nobody_waiting)
{
    noted_there ();
    struct msg *save = sent_find (MSG_SESSION_SAVE, NULL);
    tell (msg_error (save, STUI_E_STORAGE, "the disk is full", NULL));
    cr_assert_not_null (sent_find (MSG_ERROR, "registry#1"));
    cr_assert_not (session ()->frozen);
}

Test (supervise_reap, what_a_terminal_edits_stays)
{
    session_hold (session (), "0199c82c-0000-7000-8000-0000000000aa", now_ms);
    store_all ();
    assert_kept (1, "edits it");
}

Test (supervise_reap, one_whose_image_went_a_moment_ago_stays)
{
    session ()->state = STUI_SESSION_PRESERVED;
    assert_kept (1, "short time");
}

/* Symptom: `held send` of code whose session had been cleaned away came to nothing. */
Test (supervise_reap, one_that_code_is_held_for_stays)
{
    char *parameters = stui_printf ("{\"code\":\"3+4\",\"session_id\":\"%s\"}", id);
    struct held_ask ask = {.id = "a",
                           .command = "evaluate",
                           .parameters = parameters,
                           .session = id,
                           .asked_by = "a terminal"};
    struct held_entry *entry = held_add (&self.held, &ask, "it was away", NULL);
    assert_kept (1, "held");
    held_doubt (&self.held, entry, "nobody can say");
    assert_kept (1, "in doubt");
    held_remove (&self.held, &entry);
    cr_assert_null (ask_about (1));
    free (parameters);
}

Test (supervise_reap, while_it_is_not_known_what_is_held_all_stay)
{
    self.held_known = false;
    assert_kept (1, "not known yet");
}

/* Somebody goes on with it between the yes and the batch: nothing of it may be lost. */
static void
assert_saved_anew (void)
{
    cr_assert_not (session ()->frozen);
    forget ();
    archived (1);
    supervise_time (&self, now ());
    cr_assert_not_null (session ());
    look ();
    cr_assert (session ()->saving || sent_find (MSG_SESSION_SAVE, NULL),
               "it is in the archive only");
}

Test (supervise_reap, one_that_is_renamed_before_the_batch_is_saved_anew)
{
    cr_assert_null (ask_about (1));
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"name\":\"new\"}"));
    assert_saved_anew ();
}

Test (supervise_reap, one_that_a_terminal_takes_before_the_batch_is_saved_anew)
{
    cr_assert_null (ask_about (1));
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (5), id,
                   "0199c82c-0000-7000-8000-0000000000aa"));
    assert_saved_anew ();
}

Test (supervise_reap, one_that_is_opened_before_the_batch_is_saved_anew)
{
    cr_assert_null (ask_about (1));
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, UINT64_C (5), id));
    assert_saved_anew ();
}

/* From the retry to its image's answers. */
static void
return_as (const char *boot)
{
    tell (msg_new (TERMINAL, MSG_RETRY, UINT64_C (8)));
    while (self.phase == LIFE_WAITING) {
        now_ms = supervise_deadline (&self);
        supervise_time (&self, now ());
    }
    come_online (boot, "ours", NULL);
}

Test (supervise_reap, the_image_is_back_before_the_batch)
{
    cr_assert_null (ask_about (1));
    return_as ("boot");
    assert_saved_anew ();
    cr_assert_neq (session ()->state, STUI_SESSION_ORPHANED);
}

Test (supervise_reap, the_image_is_back_anew_before_the_batch)
{
    cr_assert_null (ask_about (1));
    return_as ("another boot");
    assert_saved_anew ();
    cr_assert_neq (session ()->state, STUI_SESSION_ORPHANED);
}

Test (supervise_reap, an_image_that_is_back_before_the_question_keeps_it)
{
    return_as ("boot");
    session ()->change = session ()->saved;
    assert_kept (session ()->generation, "close it first");
}

Test (supervise_reap, what_came_out_of_the_archive_is_taken_in)
{
    cr_assert_null (ask_about (1));
    archived (1);
    char *record = stui_printf ("{\"session_id\":\"%s\",\"image_id\":\"" IMAGE
                                "\",\"name\":\"work\",\"state\":\"stored\",\"open\":false,"
                                "\"generation\":2,\"context\":{\"text\":1}}",
                                id);
    tell (msg_new ("registry#1", MSG_RETURNED, 0, record));
    tell (msg_new ("registry#1", MSG_RETURNED, 0, record)); /* heard twice */
    free (record);
    cr_assert_eq (self.sessions.count, 1);
    cr_assert_eq (session ()->state, STUI_SESSION_STORED);
    cr_assert_eq (session ()->generation, 2);
}

Test (supervise_reap, one_that_was_changed_while_another_image_adopted_it_stays_as_another_session)
{
    cr_assert_null (ask_about (1));
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"name\":\"new\"}"));
    archived (2);
    cr_assert_null (session (), "it would be in two places");
    cr_assert_eq (self.sessions.count, 1);
    cr_assert_str_eq (self.sessions.items[0]->name, "new");
    cr_assert_str_eq (self.sessions.items[0]->remote_id, "there");
    cr_assert_neq (self.sessions.items[0]->saved, self.sessions.items[0]->change);
}

Test (supervise_reap, one_that_another_image_adopted_is_forgotten)
{
    cr_assert_null (ask_about (1));
    archived (2);
    cr_assert_eq (self.sessions.count, 0);
}

/* Symptom: the batch had failed and was on the disk after all: the session, shown as saved, lay in the
 * archive alone, and was deleted there. */
Test (supervise_reap, when_the_archive_failed_it_is_saved_anew)
{
    cr_assert_null (ask_about (1));
    archived (0);
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, NULL));
}

/* Symptom: after an undo nothing of that image was ever saved again. */
Test (supervise_reap, after_an_undo_what_is_edited_is_saved)
{
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (20), "other", "{}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    cr_assert_null (ask_about (1));
    archived (1);
    char *record = stui_printf ("{\"session_id\":\"%s\",\"image_id\":\"" IMAGE
                                "\",\"name\":\"work\",\"state\":\"stored\",\"open\":false,"
                                "\"generation\":2,\"context\":{\"text\":1}}",
                                id);
    tell (msg_new ("registry#1", MSG_RETURNED, 0, record));
    free (record);
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_EDIT, UINT64_C (21), id, "{\"text\":2}"));
    tell (msg_new (TERMINAL, MSG_SESSION_EDIT, UINT64_C (22), self.sessions.items[0]->id,
                   "{\"text\":2}"));
    now_ms += SESSION_SAVE_LATEST_MS;
    supervise_time (&self, now ());
    struct msg *save = sent_find (MSG_SESSION_SAVE, NULL);
    cr_assert_not_null (save);
    cr_assert_str_eq (msg_text (save, 0), IMAGE);
}

/* Registry says that one of its sessions may be out of the archive, though that failed. */
static void
may_be_returned (void)
{
    tell (msg_new ("registry#1", MSG_RETURNED, 0, "{\"image_id\":\"" IMAGE "\"}"));
}

/* Symptom: a return that had failed was on the disk after all: its supervisor did not know the session
 * before its next start. */
Test (supervise_reap, one_that_came_back_though_that_failed_is_read)
{
    static const char other[] = "0199c82c-0000-7000-8000-0000000000bb";
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"name\":\"new\"}"));
    may_be_returned ();
    answer (MSG_SESSIONS_LOAD, NULL);
    cr_assert_eq (self.sessions.count, 1);
    now_ms += SUPERVISE_LOAD_MS;
    supervise_time (&self, now ());
    char *text =
        stui_printf ("{\"sessions\":[{\"session_id\":\"%s\",\"name\":\"old\",\"generation\":1},"
                     "{\"session_id\":\"%s\",\"name\":\"back\",\"generation\":2}]}",
                     id, other);
    answer (MSG_SESSIONS_LOAD, text);
    free (text);
    cr_assert_eq (self.sessions.count, 2);
    cr_assert_str_eq (session ()->name, "new", "what is here stays as it is");
    cr_assert_eq (sessions_find (&self.sessions, other)->generation, 2);
    now_ms += SUPERVISE_LOAD_MS;
    forget ();
    supervise_time (&self, now ());
    cr_assert_null (sent_find (MSG_SESSIONS_LOAD, NULL), "once is enough");
}
