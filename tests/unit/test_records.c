/* test_records.c: a record tells whether it is whole, whatever happened to its bytes. */

#include "actors/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/checksum.h"
#include "runtime/json.h"

/* A record with a right checksum around a REST that we did not write. */
static char *
sealed (const char *rest)
{
    char *text = NULL;
    cr_assert_gt (asprintf (&text, "{\"checksum\":\"xxh64:%016llx\",%s",
                            (unsigned long long) checksum_xxh64 (rest, strlen (rest)), rest),
                  0);
    return text;
}

Test (records, a_record_comes_back_as_it_was)
{
    size_t size;
    struct record record;
    char *text = records_encode ("k", "{\"a\":[1,2]}", false, 7, 1769855400123, &size);
    cr_assert_eq (size, strlen (text));
    cr_assert_eq (records_decode (NULL, text, size, &record), RECORDS_GOOD);
    cr_assert_eq (record.schema, RECORDS_SCHEMA);
    cr_assert_eq (record.generation, 7);
    cr_assert_eq (record.written_at_ms, 1769855400123);
    cr_assert_eq (record.body_size, strlen ("{\"a\":[1,2]}"));
    cr_assert_eq (memcmp (record.body, "{\"a\":[1,2]}", record.body_size), 0);
    free (text);
}

Test (records, a_record_is_one_json_value_that_any_tool_reads)
{
    size_t size;
    char *text = records_encode ("k", "{\"a\":\"}\"}", false, 7, 5, &size);
    struct json *json = json_parse (text, size, NULL);
    cr_assert_not_null (json);
    cr_assert_eq (json_get_number (json, "schema", 0), RECORDS_SCHEMA);
    cr_assert_eq (json_get_number (json, "generation", 0), 7);
    cr_assert_eq (json_get_number (json, "written_at_ms", 0), 5);
    cr_assert_str_eq (json_get_text (json_get (json, "body"), "a"), "}");
    json_destroy (&json);
    free (text);
}

Test (records, every_flipped_bit_and_every_cut_is_seen)
{
    size_t size;
    struct record record;
    char *text =
        records_encode ("k", "{\"name\":\"work\",\"version\":12}", false, 7, 1769855400123, &size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        text[bit / 8] ^= (char) (1 << bit % 8);
        cr_assert_eq (records_decode (NULL, text, size, &record), RECORDS_DAMAGED, "bit %zu", bit);
        text[bit / 8] ^= (char) (1 << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        char *part = malloc (cut + 1); /* of its own, so that reading beyond it is seen */
        memcpy (part, text, cut);
        cr_assert_eq (records_decode (NULL, part, cut, &record), RECORDS_DAMAGED, "cut at %zu",
                      cut);
        free (part);
    }
    cr_assert_eq (records_decode (NULL, text, size, &record), RECORDS_GOOD);
    free (text);
}

Test (records, a_newer_schema_is_not_damage)
{
    struct record record;
    char *text = sealed ("\"schema\":4,\"something\":\"else\"}");
    cr_assert_eq (records_decode (NULL, text, strlen (text), &record), RECORDS_NEWER);
    cr_assert_eq (record.schema, 4);
    free (text);
}

Test (records, a_right_checksum_around_nonsense_is_damage)
{
    static const char *const rests[] = {
        "",
        "}",
        "\"schema\":}",
        "\"schema\":1}",
        "\"schema\":1,\"generation\":x,\"written_at_ms\":1,\"body\":{}}",
        "\"schema\":1,\"generation\":1,\"written_at_ms\":1,\"body\":",
        "\"schema\":1,\"generation\":1,\"written_at_ms\":1,\"body\":{]",
        "\"schema\":1,\"generation\":99999999999999999999,\"written_at_ms\":1,\"body\":{}}",
    };
    struct record record;
    for (size_t index = 0; index < sizeof rests / sizeof *rests; index++) {
        char *text = sealed (rests[index]);
        cr_assert_eq (records_decode (NULL, text, strlen (text), &record), RECORDS_DAMAGED, "%s",
                      text);
        free (text);
    }
}

/* Three generations of one session. */
struct three {
    char *texts[3];
    struct records_candidate candidates[3];
};

static struct three
three_make (void)
{
    struct three three;
    for (int index = 0; index < 3; index++) {
        size_t size;
        uint64_t generation = (uint64_t) index + 4;
        char key[64];
        snprintf (key, sizeof key, "session/i/s/%016llx", (unsigned long long) generation);
        three.texts[index] = records_encode (key, "{}", false, generation, index, &size);
        three.candidates[index] = (struct records_candidate){three.texts[index], size, generation};
    }
    return three;
}

static void
three_free (struct three *three)
{
    for (int index = 0; index < 3; index++)
        free (three->texts[index]);
}

Test (records, the_newest_good_generation_is_chosen)
{
    struct three three = three_make ();
    enum records_verdict verdicts[3];
    struct record record;
    cr_assert_eq (records_choose ("session/i/s/", three.candidates, 3, verdicts, &record), 2);
    cr_assert_eq (record.generation, 6);
    three.texts[2][50] ^= 1;
    cr_assert_eq (records_choose ("session/i/s/", three.candidates, 3, verdicts, &record), 1);
    cr_assert_eq (record.generation, 5);
    cr_assert_eq (verdicts[2], RECORDS_DAMAGED);
    cr_assert_eq (verdicts[1], RECORDS_GOOD);
    cr_assert_eq (verdicts[0], RECORDS_UNREAD);
    three_free (&three);
}

Test (records, a_record_under_the_key_of_another_is_damaged)
{
    size_t size;
    struct record record;
    char *text = records_encode ("image/one", "{}", false, 7, 5, &size);
    cr_assert_eq (records_decode ("image/one", text, size, &record), RECORDS_GOOD);
    cr_assert_eq (records_decode ("image/on", text, size, &record), RECORDS_DAMAGED);
    cr_assert_eq (records_decode ("image/two", text, size, &record), RECORDS_DAMAGED);
    free (text);
}

Test (records, when_none_is_good_none_is_chosen)
{
    struct three three = three_make ();
    enum records_verdict verdicts[3];
    struct record record;
    for (int index = 0; index < 3; index++)
        three.texts[index][60] ^= 1;
    cr_assert_eq (records_choose ("session/i/s/", three.candidates, 3, verdicts, &record), -1);
    cr_assert_eq (records_choose ("session/i/s/", NULL, 0, verdicts, &record), -1);
    three_free (&three);
}

Test (records, a_record_under_the_key_of_another_generation_is_damaged)
{
    struct three three = three_make ();
    enum records_verdict verdicts[3];
    struct record record;
    three.candidates[2].generation = 9;
    cr_assert_eq (records_choose ("session/i/s/", three.candidates, 3, verdicts, &record), 1);
    cr_assert_eq (verdicts[2], RECORDS_DAMAGED);
    three_free (&three);
}
