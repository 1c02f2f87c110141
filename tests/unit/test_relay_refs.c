/* test_relay_refs.c: the table of what a terminal asked its owner. */

#include <criterion/criterion.h>

#include "actors/refs.h"

static struct refs refs;
static struct stui_cause cause;

static void
teardown (void)
{
    refs_fini (&refs);
}

static struct refs_entry *
add (const char *from, uint64_t ref, enum msg_verb verb)
{
    struct msg *request = verb == MSG_COMMAND
                              ? msg_new ("image/one", verb, ref, "evaluate", "{}", (uint64_t) 0, "")
                              : msg_new ("image/one", verb, ref);
    struct refs_entry *entry = refs_add (&refs, from, &request, &cause);
    msg_destroy (&request);
    return entry;
}

static void
expect_lost (const struct refs_entry *entry, const char *type, const char *text)
{
    struct msg *answer = refs_lost (entry, "owner 7 is gone");
    cr_assert_str_eq (answer->peer, entry->from);
    cr_assert_eq (answer->ref, entry->theirs);
    cr_assert_str_eq (msg_text (answer, 0), type);
    cr_assert_str_eq (msg_text (answer, 1), text);
    msg_destroy (&answer);
}

Test (relay_refs, an_answer_finds_its_asker_by_the_ref_of_the_socket, .fini = teardown)
{
    struct refs_entry *one = add ("ui#1", 5, MSG_RETRY), *other = add ("main#1", 5, MSG_RETRY);
    one->ours = 11;
    other->ours = 12;
    cr_assert_eq (refs_find (&refs, 12), other);
    cr_assert_str_eq (other->to, "image/one");
    cr_assert_null (refs_find (&refs, 5));
    refs_remove (other);
    cr_assert_null (refs_find (&refs, 12));
    cr_assert_null (refs_find (&refs, 0));
}

Test (relay_refs, a_ref_that_is_open_is_refused_and_so_is_one_too_many, .fini = teardown)
{
    for (uint64_t ref = 1; ref <= STUI_TERMINAL_ROOM; ref++)
        cr_assert_not_null (add ("ui#1", ref, MSG_RETRY));
    cr_assert_null (add ("ui#1", 3, MSG_RETRY));
    cr_assert_eq (cause.err, STUI_E_INVALID_REQUEST);
    cr_assert_null (add ("ui#1", STUI_TERMINAL_ROOM + 1, MSG_RETRY));
    cr_assert_eq (cause.err, STUI_E_QUEUE_FULL);
    refs_forget (&refs, "ui#1");
    cr_assert_not_null (add ("ui#1", 3, MSG_RETRY));
}

Test (relay_refs, a_lost_owner_leaves_only_commands_that_were_sent_in_doubt, .fini = teardown)
{
    struct refs_entry *read = add ("ui#1", 1, MSG_RETRY), *command = add ("ui#1", 2, MSG_COMMAND);
    expect_lost (command, "Unreachable", "owner 7 is gone: nothing was sent");
    command->ours = read->ours = 9;
    expect_lost (command, "InDoubt", "owner 7 is gone: nobody can say whether it ran");
    expect_lost (read, "ActorEnded", "owner 7 is gone");
}

static int
permit (const char *wire_command, bool is_read_only)
{
    struct msg *msg = msg_new ("image/one", MSG_COMMAND, 1, wire_command, "{}", (uint64_t) 0, "");
    int rc = refs_permit (msg, is_read_only, &cause);
    msg_destroy (&msg);
    return rc;
}

Test (relay_refs, a_read_only_terminal_reads_and_changes_nothing)
{
    cr_assert_eq (permit ("evaluate", false), 0);
    cr_assert_eq (permit ("evaluate", true), STUI_E_PERMISSION);
    cr_assert_str_eq (cause.text, "this terminal is read-only: 'evaluate' was not sent");
    cr_assert_eq (permit ("browse_class", true), 0);
    struct msg *write = msg_new ("image/one", MSG_SESSION_WRITE, 1, "id", "me", "{}");
    cr_assert_eq (refs_permit (write, true, &cause), STUI_E_PERMISSION);
    msg_destroy (&write);
    struct msg *mark = msg_new ("store", MSG_IMAGE_MARK, 1, "one", (uint64_t) 1),
               *look = msg_new ("store", MSG_IMAGE_HISTORY, 2, "one", (uint64_t) 1);
    cr_assert_eq (refs_permit (mark, true, &cause), STUI_E_PERMISSION);
    cr_assert_eq (refs_permit (look, true, &cause), 0);
    msg_destroy (&mark);
    msg_destroy (&look);
    struct msg *marked = msg_new ("store", MSG_IMAGES_MARKED, 1, "{}"),
               *layout = msg_new ("store", MSG_LAYOUT_SAVE, 2, "one", "null", (uint64_t) 0);
    cr_assert_eq (refs_permit (marked, true, &cause), STUI_E_PERMISSION);
    cr_assert_eq (refs_permit (layout, true, &cause), STUI_E_PERMISSION);
    msg_destroy (&marked);
    msg_destroy (&layout);
}

/* Symptom: what nobody had thought of was allowed to it, secrets and their keys among that. */
Test (relay_refs, a_read_only_terminal_changes_no_secrets)
{
    struct msg *requests[] = {
        msg_new ("store", MSG_SECRET_SET, 1, "token", "value"),
        msg_new ("store", MSG_SECRET_REMOVE, 2, "token"),
        msg_new ("store", MSG_VAULT_RESET, 3),
        msg_new ("store", MSG_VAULT_DISCARD, 4),
    };
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++) {
        cr_assert_eq (refs_permit (requests[index], true, &cause), STUI_E_PERMISSION);
        cr_assert_eq (refs_permit (requests[index], false, &cause), 0);
        msg_destroy (&requests[index]);
    }
}

/* Symptom: `:alerts off` in a terminal that was only to look silenced everybody. */
Test (relay_refs, a_read_only_terminal_silences_no_alerts)
{
    struct msg *snooze = msg_new ("registry", MSG_ALERTS_SNOOZE, 1, (uint64_t) 60);
    cr_assert_eq (refs_permit (snooze, true, &cause), STUI_E_PERMISSION);
    cr_assert_eq (refs_permit (snooze, false, &cause), 0);
    msg_destroy (&snooze);
}
