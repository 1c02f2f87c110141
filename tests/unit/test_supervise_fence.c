/* test_supervise_fence.c: another stui of the same identity has the image: it is said who has it, and taken
 * back when the user asks for it, once. */

#include "supervise_fixture.h"

TestSuite (supervise_fence, .init = setup, .fini = teardown);

/* The claim with GENERATION, which the store gave, is refused: the image is held by 1764190000.3. */
static void
claim_is_refused (const char *generation)
{
    connect_link ();
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"ours\"}");
    char *claim = stui_printf ("{\"client_id\":\"c\",\"generation\":%s,\"counter\":1}", generation);
    answer (MSG_CLAIM_NEXT, claim);
    char *id = wire_find ("hello");
    char *text = stui_printf ("{\"id\":\"%s\",\"status\":\"error\",\"error\":\"no\",\"error_type\":"
                              "\"Fenced\",\"details\":{\"generation\":1764190000,\"counter\":3}}",
                              id);
    supervise_receive (&self, text, strlen (text), now ());
    free (text);
    free (id);
    free (claim);
}

static void
retry (void)
{
    tell (msg_new ("terminal#1", MSG_RETRY, 7));
}

Test (supervise_fence, who_fenced_whom_is_said)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    claim_is_refused ("5");
    cr_assert_eq (self.phase, LIFE_FAILED);
    cr_assert_not_null (strstr (self.cause.text, "of 2025-11-26"), "%s", self.cause.text);
    cr_assert_not_null (
        strstr (self.cause.text, "has claimed it with epoch 1764190000.3; ours is 5.1"), "%s",
        self.cause.text);
}

/* It was refused by the same epoch for ever: only another start of stui had a higher one. */
Test (supervise_fence, a_fenced_image_could_not_be_had_back_by_retry)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    claim_is_refused ("5");
    retry ();
    claim_is_refused ("5"); /* it is learnt above what */
    cr_assert_eq (self.phase, LIFE_PERMITTING, "%s", self.cause.text);
    connect_link ();
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"ours\"}");
    cr_assert_eq (msg_number (sent_find (MSG_CLAIM_NEXT, NULL), 1), 1764190000);
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":1764190001,\"counter\":2}");
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    reply ("ping", "{}", NULL);
    cr_assert_eq (self.phase, LIFE_LIVE);
}

Test (supervise_fence, an_image_is_taken_back_once_and_never_unasked)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    claim_is_refused ("5");
    retry ();
    claim_is_refused ("5");
    claim_is_refused ("1764190000"); /* the other one is faster */
    cr_assert_eq (self.phase, LIFE_FAILED);
}

/* Symptom: after a retry at which nobody had the image any more, it was taken from the next stui unasked. */
Test (supervise_fence, a_retry_that_needed_not_to_take_it_back_takes_nothing_back_later)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    claim_is_refused ("5");
    retry ();
    come_live ("boot", "ours");
    cut ();
    claim_is_refused ("5");
    cr_assert_eq (self.phase, LIFE_FAILED);
}
