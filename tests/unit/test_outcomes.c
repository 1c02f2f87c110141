/* test_outcomes.c: what is kept for whoever asks later what became of code: its bounds, and as it is stored. */

#include "actors/outcomes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static const int64_t begin_ms = INT64_C (1800000000000);
static const int64_t day_ms = INT64_C (24) * 3600 * 1000;

/* Keeps one of TAG with RESULT, a JSON text, settled at AT_MS. */
static void
keep (struct outcomes *self, const char *tag, const char *result, int64_t at_ms)
{
    outcomes_keep (self, &(struct outcome){.id = (char *) tag,
                                           .tag = (char *) tag,
                                           .result = (char *) result,
                                           .err = "",
                                           .at_ms = at_ms});
}

/* SELF as another owner has it that reads it at WALL_MS; SELF is freed. */
static struct outcomes
reload (struct outcomes *self, int64_t wall_ms)
{
    struct outcomes next = {0};
    struct json *list = outcomes_to_json (self);
    outcomes_load (&next, list, wall_ms);
    json_destroy (&list);
    outcomes_fini (self);
    return next;
}

Test (outcomes, they_are_the_same_once_they_were_stored)
{
    struct outcomes self = {0};
    keep (&self, "one", "{\"result\":\"7\"}", begin_ms);
    outcomes_keep (&self, &(struct outcome){.id = "2",
                                            .tag = "two",
                                            .err = "CompileError",
                                            .text = "no",
                                            .details = "{\"line\":3}",
                                            .at_ms = begin_ms});
    size_t bytes = self.bytes;
    self = reload (&self, begin_ms);
    cr_assert_eq (self.count, 2);
    cr_assert_eq (self.bytes, bytes);
    cr_assert_str_eq (outcomes_find (&self, "one")->result, "{\"result\":\"7\"}");
    const struct outcome *two = outcomes_find (&self, "two");
    cr_assert_null (two->result);
    cr_assert_str_eq (two->id, "2");
    cr_assert_str_eq (two->err, "CompileError");
    cr_assert_str_eq (two->text, "no");
    cr_assert_str_eq (two->details, "{\"line\":3}");
    cr_assert_eq (two->at_ms, begin_ms);
    outcomes_fini (&self);
}

Test (outcomes, what_is_newer_than_the_stored_ones_stays_and_counts)
{
    struct outcomes earlier = {0}, self = {0};
    keep (&earlier, "one", "{\"result\":\"old\"}", begin_ms);
    keep (&earlier, "two", "{\"result\":\"2\"}", begin_ms);
    struct json *list = outcomes_to_json (&earlier);
    keep (&self, "one", "{\"result\":\"new\"}", begin_ms);
    outcomes_load (&self, list, begin_ms);
    cr_assert_eq (self.count, 2);
    cr_assert_eq (self.settled, 1, "since the start");
    cr_assert_str_eq (outcomes_find (&self, "one")->result, "{\"result\":\"new\"}");
    cr_assert_not_null (outcomes_find (&self, "two"));
    json_destroy (&list);
    outcomes_fini (&earlier);
    outcomes_fini (&self);
}

Test (outcomes, old_ones_go_when_another_comes_and_when_they_are_read)
{
    struct outcomes self = {0};
    keep (&self, "one", "{}", begin_ms);
    keep (&self, "two", "{}", begin_ms + 29 * day_ms);
    cr_assert_eq (self.count, 2);
    keep (&self, "three", "{}", begin_ms + 31 * day_ms);
    cr_assert_null (outcomes_find (&self, "one"));
    cr_assert_eq (self.count, 2);
    self = reload (&self, begin_ms + 60 * day_ms);
    cr_assert_null (outcomes_find (&self, "two"));
    cr_assert_eq (self.count, 1);
    outcomes_fini (&self);
}

Test (outcomes, many_are_bounded_once_they_were_stored_too)
{
    struct outcomes self = {0}, more = {0};
    char tag[16];
    for (int index = 0; index < OUTCOMES_MAX; index++) {
        snprintf (tag, sizeof tag, "old %d", index);
        keep (&self, tag, "{}", begin_ms);
        snprintf (tag, sizeof tag, "new %d", index);
        keep (&more, tag, "{}", begin_ms);
    }
    struct json *list = outcomes_to_json (&self);
    outcomes_load (&more, list, begin_ms);
    cr_assert_eq (more.count, OUTCOMES_MAX);
    cr_assert_not_null (outcomes_find (&more, "new 0"));
    cr_assert_null (outcomes_find (&more, "old 0"));
    json_destroy (&list);
    outcomes_fini (&self);
    outcomes_fini (&more);
}

Test (outcomes, what_makes_no_sense_is_left_out)
{
    static const char *const texts[] = {
        "{\"id\":\"a\",\"state\":\"held\",\"asked_by\":\"t\",\"result\":{}}",
        "{\"id\":\"a\",\"state\":\"settled\",\"asked_by\":\"\",\"result\":{}}",
        "{\"id\":\"\",\"state\":\"settled\",\"asked_by\":\"t\",\"result\":{}}",
        "{\"id\":\"a\",\"state\":\"settled\",\"asked_by\":\"t\",\"result\":7}",
        "{\"id\":\"a\",\"state\":\"settled\",\"asked_by\":\"t\",\"error_type\":\"InDoubt\"}",
        "7",
    };
    struct outcomes self = {0};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        char *text = stui_printf ("[%s]", texts[index]);
        struct json *list = json_parse_text (text);
        outcomes_load (&self, list, 0);
        cr_assert_eq (self.count, 0, "%s", text);
        json_destroy (&list);
        free (text);
    }
    outcomes_load (&self, NULL, 0);
    cr_assert_eq (self.count, 0);
    outcomes_fini (&self);
}

/* LEVELS lists, one in the other, as the only member of an object; caller frees. */
static char *
nested (int levels)
{
    char opened[128], closed[128];
    memset (opened, '[', (size_t) levels);
    memset (closed, ']', (size_t) levels);
    return stui_printf ("{\"deep\":%.*s%.*s}", levels, opened, levels, closed);
}

/* Symptom: an image whose answer was nested as deep as an answer may be made the whole list of what is held
 * unreadable: nothing of that image could be stored any more. */
Test (outcomes, an_answer_nested_too_deep_to_be_stored_does_not_take_the_others_with_it)
{
    struct outcomes self = {0};
    char *deep = nested (STUI_JSON_DEPTH - 2), *fits = nested (OUTCOMES_DEPTH_MAX - 1);
    keep (&self, "one", "{\"result\":\"7\"}", begin_ms);
    keep (&self, "deep", deep, begin_ms);
    keep (&self, "fits", fits, begin_ms);
    outcomes_keep (&self, &(struct outcome){.id = "4",
                                            .tag = "details",
                                            .err = "CompileError",
                                            .text = "no",
                                            .details = deep,
                                            .at_ms = begin_ms});
    struct json *loaded = json_object (), *list = json_object ();
    json_set (list, "settled", outcomes_to_json (&self));
    json_set (loaded, "held", list);
    char *text = json_print (loaded);
    struct json *read = json_parse_text (text);
    cr_assert_not_null (read, "what the store is to answer is no JSON: %s", text);
    cr_assert_not_null (outcomes_find (&self, "one"));
    cr_assert_str_eq (outcomes_find (&self, "fits")->result, fits);
    cr_assert_str_eq (outcomes_find (&self, "details")->text, "no");
    free (text);
    free (deep);
    free (fits);
    json_destroy (&read);
    json_destroy (&loaded);
    outcomes_fini (&self);
}

/* Symptom: a stored answer that is no object, as no image gives it, was told as if it were one. */
Test (outcomes, a_stored_answer_that_is_no_object_is_not_told)
{
    struct outcomes self = {0};
    struct json *list =
        json_parse_text ("[{\"id\":\"1\",\"state\":\"settled\",\"asked_by\":\"one\",\"at_ms\":1,"
                         "\"result\":5,\"error_type\":\"InDoubt\",\"error\":\"who knows\"},"
                         "{\"id\":\"2\",\"state\":\"settled\",\"asked_by\":\"two\",\"at_ms\":1,"
                         "\"result\":null,\"error_type\":\"InDoubt\",\"error\":\"who knows\"}]");
    outcomes_load (&self, list, 1);
    cr_assert_eq (self.count, 2);
    cr_assert_null (outcomes_find (&self, "one")->result);
    cr_assert_null (outcomes_find (&self, "two")->result);
    json_destroy (&list);
    outcomes_fini (&self);
}
