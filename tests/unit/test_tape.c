/* test_tape.c: a reader of a transcript and what is sent to it again. */

#include <criterion/criterion.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/tape.h"

#define TEXT(position, boot, seq)                                                                  \
    "{\"position\":" #position ",\"at_ms\":1,\"kind\":\"text\",\"text\":\"t\",\"boot_id\":\"" boot \
    "\",\"seq\":" #seq "}"
#define MARK(position, at, text)                                                                   \
    "{\"position\":" #position ",\"at_ms\":" #at ",\"kind\":\"gap\",\"text\":\"" text              \
    "\",\"boot_id\":\"B\",\"seq\":0}"

/* How many of ENTRIES are new; all are had then. */
static int
take (struct tape *tape, const char *text)
{
    int count = 0;
    struct json *entries = json_parse_text (text);
    cr_assert_not_null (entries);
    const struct json *entry = tape_first_new (tape, entries);
    for (; entry; entry = json_next (entry), count++)
        tape_pass (tape, entry);
    json_destroy (&entries);
    return count;
}

/* Symptom: after a supervisor was started again a gap was told once more, and what an earlier start of the
 * image had written. */
Test (tape, what_is_sent_again_is_had_also_gaps_and_what_was_before_a_restart)
{
    struct tape tape = {0};
    cr_assert_eq (
        take (&tape, "[" TEXT (1, "A", 7) "," MARK (2, 5, "missing") "," TEXT (3, "B", 2) "]"), 3);
    cr_assert_eq (tape.after, 3);
    cr_assert_eq (take (&tape, "[" TEXT (11, "A", 7) "," MARK (12, 5, "missing") "," TEXT (
                                   13, "B", 2) "," TEXT (14, "B", 3) "]"),
                  1);
    cr_assert_eq (tape.after, 14);
}

Test (tape, a_mark_at_the_end_is_had_once_and_another_is_new)
{
    struct tape tape = {0};
    cr_assert_eq (take (&tape, "[" TEXT (1, "B", 1) "," MARK (2, 5, "missing") "]"), 2);
    cr_assert_eq (take (&tape, "[" TEXT (1, "B", 1) "," MARK (2, 5, "missing") "]"), 0);
    cr_assert_eq (take (&tape, "[" MARK (3, 6, "missing") "]"), 1);
}

/* Symptom: the clock was set back, positions with it, and nothing came any more. */
Test (tape, positions_that_went_back_are_followed)
{
    struct tape tape = {0};
    cr_assert_eq (take (&tape, "[" TEXT (1000, "A", 9) "]"), 1);
    cr_assert_eq (take (&tape, "[" TEXT (10, "A", 9) "," TEXT (11, "A", 10) "]"), 1);
    cr_assert_eq (tape.after, 11);
}
