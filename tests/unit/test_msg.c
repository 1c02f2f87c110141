/* test_msg.c: messages made, checked and read; every verb both ways. */

#include <stui/msg.h>

#include <criterion/criterion.h>

#include <string.h>

static struct msg *
from_texts (const char *word, const char *ref, const char *const *fields, int count, int *err)
{
    struct stui_cause cause = {0};
    struct msg *msg = msg_from_texts ("store#1", word, ref, fields, count, &cause);
    cr_assert_eq (msg == NULL, cause.err != 0);
    cr_assert_eq (msg == NULL, cause.text[0] != '\0');
    *err = cause.err;
    return msg;
}

static int
refusal (const char *word, const char *ref, const char *const *fields, int count)
{
    int err;
    struct msg *msg = from_texts (word, ref, fields, count, &err);
    msg_destroy (&msg);
    return err;
}

Test (msg, every_verb_has_a_row)
{
    for (int verb = 0; verb < MSG_VERB_COUNT; verb++) {
        const char *form = msg_fields ((enum msg_verb) verb);
        cr_assert_eq (msg_verb_from_word (msg_word ((enum msg_verb) verb)), verb);
        cr_assert_leq (strlen (form), MSG_FIELDS_MAX, "%s", msg_word ((enum msg_verb) verb));
        cr_assert_eq (form[strspn (form, "suj")], '\0');
        cr_assert (strstr (msg_meaning ((enum msg_verb) verb), " -> "));
    }
    cr_assert_eq (msg_verb_from_word ("nonsense"), -1);
    cr_assert_eq (msg_kind (MSG_OK), MSG_ANSWER);
    cr_assert_eq (msg_kind (MSG_COMMAND), MSG_REQUEST);
    cr_assert_eq (msg_kind (MSG_UP), MSG_REPORT);
}

Test (msg, every_verb_survives_being_sent)
{
    for (int verb = 0; verb < MSG_VERB_COUNT; verb++) {
        const char *form = msg_fields ((enum msg_verb) verb);
        const char *fields[MSG_FIELDS_MAX];
        int count = (int) strlen (form);
        for (int index = 0; index < count; index++)
            fields[index] = form[index] == 'u' ? "7" : form[index] == 'j' ? "{}" : "é";
        int err;
        struct msg *msg = from_texts (msg_word ((enum msg_verb) verb), "12", fields, count, &err);
        cr_assert_not_null (msg);
        cr_assert_eq (msg->verb, verb);
        cr_assert_eq (msg->ref, 12);
        for (int index = 0; index < count; index++) {
            cr_assert_str_eq (msg_text (msg, index), fields[index]);
            cr_assert_neq (msg_text (msg, index), fields[index], "borrowed from the sender");
            if (form[index] == 'u')
                cr_assert_eq (msg_number (msg, index), 7);
        }
        msg_destroy (&msg);
        cr_assert_null (msg);
    }
}

Test (msg, fields_follow_the_verbs_form)
{
    struct msg *msg =
        msg_new ("image/one", MSG_COMMAND, 5, "evaluate", NULL, UINT64_C (5000), NULL);
    cr_assert_eq (msg->field_count, 4);
    cr_assert_str_eq (msg_text (msg, 0), "evaluate");
    cr_assert_str_eq (msg_text (msg, 1), "{}");
    cr_assert_eq (msg_number (msg, 2), 5000);
    cr_assert_str_eq (msg_text (msg, 3), "");
    msg_destroy (&msg);
    msg_destroy (&msg);
    msg_destroy (NULL);
}

Test (msg, answers_go_to_the_very_asker_with_its_ref)
{
    struct msg *request = msg_new ("ui#3", MSG_RETRY, 9);
    struct msg *ok = msg_ok (request, NULL);
    cr_assert_str_eq (ok->peer, "ui#3");
    cr_assert_eq (ok->verb, MSG_OK);
    cr_assert_eq (ok->ref, 9);
    cr_assert_str_eq (msg_text (ok, 0), "{}");
    struct msg *error = msg_error (request, STUI_E_QUEUE_FULL, "the queue is full", NULL);
    cr_assert_eq (error->ref, 9);
    cr_assert_str_eq (msg_text (error, 0), "QueueFull");
    cr_assert_str_eq (msg_text (error, 1), "the queue is full");
    cr_assert_str_eq (msg_text (error, 2), "{}");
    msg_destroy (&request);
    msg_destroy (&ok);
    msg_destroy (&error);
}

Test (msg, unknown_verbs_and_wrong_forms_are_refused)
{
    static const char *const tick[] = {"7", "8"};
    cr_assert_eq (refusal ("nonsense", "0", NULL, 0), STUI_E_UNKNOWN_VERB);
    cr_assert_eq (refusal ("", "0", NULL, 0), STUI_E_UNKNOWN_VERB);
    cr_assert_eq (refusal ("tick", "0", tick, 0), STUI_E_MALFORMED);
    cr_assert_eq (refusal ("tick", "0", tick, 2), STUI_E_MALFORMED);
    cr_assert_eq (refusal ("tick", "0", tick, 1), 0);
}

Test (msg, numbers_are_plain_decimals_below_two_to_the_53)
{
    static const char *const bad[] = {"",    "x",
                                      "-1",  "+1",
                                      " 1",  "01",
                                      "1.0", "1e3",
                                      "1 ",  "9007199254740992",
                                      "0x1", "99999999999999999999"};
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        cr_assert_eq (refusal ("tick", "0", &bad[index], 1), STUI_E_MALFORMED, "%s", bad[index]);
        cr_assert_eq (refusal ("up", bad[index], NULL, 0), STUI_E_MALFORMED, "%s", bad[index]);
    }
    static const char *const good[] = {"0", "9007199254740991"};
    for (size_t index = 0; index < 2; index++)
        cr_assert_eq (refusal ("tick", good[index], &good[index], 1), 0);
}

Test (msg, texts_are_utf8)
{
    static const char *const bad[] = {"\xff"}, *const surrogate[] = {"\xed\xa0\x80"};
    cr_assert_eq (refusal ("ended", "0", bad, 1), STUI_E_MALFORMED);
    cr_assert_eq (refusal ("images", "0", surrogate, 1), STUI_E_MALFORMED);
}

Test (msg, peers_have_bounded_names)
{
    char peer[STUI_ACTOR_ID_MAX + 2];
    memset (peer, 'a', sizeof peer - 1);
    peer[sizeof peer - 1] = '\0';
    struct stui_cause cause = {0};
    cr_assert_null (msg_from_texts (peer, "up", "0", NULL, 0, &cause));
    cr_assert_eq (cause.err, STUI_E_MALFORMED);
    peer[STUI_ACTOR_ID_MAX] = '\0';
    struct msg *msg = msg_from_texts (peer, "up", "0", NULL, 0, NULL);
    cr_assert_str_eq (msg->peer, peer);
    msg_destroy (&msg);
}
