/* test_reaper_images.c: what is known of images, one by one and by way of the index. */

#include "actors/reaper.h"

#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

/* Two routes to a, of which the second answers; b was there last by the first of its two; d has no
 * sessions of its own; nobody knows yet which image c is. */
static const struct reaper_image images[] = {
    {.name = "b1", .key = "b", .away = true, .gone_ms = 70},
    {.name = "a1", .key = "a", .away = true, .gone_ms = 50},
    {.name = "c", .key = NULL},
    {.name = "a2", .key = "a", .answers = true},
    {.name = "d", .key = ""},
    {.name = "b2", .key = "b", .away = true, .gone_ms = 20},
};

static bool
look (const void *count, size_t index, struct reaper_image *image)
{
    if (index >= *(const size_t *) count)
        return false;
    *image = images[index];
    return true;
}

/* However many of them are listed, both ways say the same. */
Test (reaper_images, the_index_says_what_a_walk_over_the_list_says)
{
    static const char *const keys[] = {"a", "b", "", "c", "zz"};
    static const char *const names[] = {NULL, "a1", "c", "nobody"};
    for (size_t count = 0; count <= sizeof images / sizeof *images; count++) {
        struct reaper self;
        struct reaper_index index;
        reaper_init (&self, look, &count);
        reaper_index_init (&index, &self);
        for (size_t at = 0; at < 5 * 4; at++) {
            struct reaper_image one, other;
            const char *key = keys[at / 4], *name = names[at % 4];
            cr_assert_eq (reaper_presence (&self, key, name, &one),
                          reaper_index_find (&index, key, name, &other), "%s of %zu", key, count);
            cr_assert_eq (one.name, other.name, "%s of %zu", key, count);
            cr_assert_eq (one.gone_ms, other.gone_ms, "%s of %zu", key, count);
        }
        reaper_index_fini (&index);
        reaper_fini (&self);
    }
}

Test (reaper_images, what_is_not_met_is_forgotten_and_the_rest_is_saved_and_read_again)
{
    static const size_t none = 0;
    struct reaper self;
    reaper_init (&self, look, &none);
    struct json *saved = json_parse_text ("{\"m\":3,\"a\":1,\"z\":5}");
    reaper_absences_read (&self, saved);
    json_destroy (&saved);
    reaper_meet_begin (&self);
    reaper_meet (&self, "z");
    reaper_meet (&self, "k");
    reaper_meet (&self, "a");
    reaper_meet_end (&self);
    saved = reaper_absences_to_json (&self);
    struct json *wanted = json_parse_text ("{\"a\":1,\"k\":0,\"z\":5}");
    cr_assert (json_equal (saved, wanted));
    json_destroy (&wanted);
    json_destroy (&saved);
    reaper_fini (&self);
}

/* A record that is damaged is none. */
Test (reaper_images, a_record_of_another_form_is_not_read)
{
    static const size_t none = 0;
    struct reaper self;
    reaper_init (&self, look, &none);
    struct json *saved = json_parse_text ("[1,2]");
    reaper_absences_read (&self, saved);
    reaper_absences_read (&self, NULL);
    cr_assert_eq (self.absence_count, 0);
    json_destroy (&saved);
    reaper_fini (&self);
}
