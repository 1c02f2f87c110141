/* fuzz_config.c: a configuration file, and a change to it. The input is a text and, behind its
 * first NUL, a value. A text that is taken can have an image added, that image set to the value
 * and removed; each result is taken too, says what was asked for, and leaves the other images
 * as they were. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/config.h"
#include "runtime/json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char newcomer[] = "fuzz-newcomer";

/* The images of TEXT as JSON but NEWCOMER, which is checked to have TAGS when it is there. */
static struct json *
images_of (const char *text, const char *value)
{
    struct config config;
    struct stui_cause cause = {0};
    int err = config_parse (text, "text", &config, &cause);
    assert (err == 0);
    const struct config_image *image = config_find (&config, newcomer);
    assert (!image || !value || strcmp (image->token_file, value) == 0);
    struct json *all = config_to_json (&config), *others = json_array ();
    for (const struct json *one = json_first (all); one; one = json_next (one))
        if (strcmp (json_get_text (one, "name"), newcomer) != 0)
            json_push (others, json_copy (one));
    json_destroy (&all);
    config_fini (&config);
    return others;
}

/* Frees CHANGED, a text that must have the images OTHERS beside the newcomer. */
static void
check_change (char *changed, const char *value, const struct json *others)
{
    struct json *now = images_of (changed, value);
    assert (json_equal (now, others));
    json_destroy (&now);
    free (changed);
}

static void
check_edits (const char *text, const char *value)
{
    struct stui_cause cause = {0};
    struct json *others = images_of (text, NULL), *settings = json_object ();
    json_set_text (settings, "address", "localhost:1");
    char *added = config_edit_add (text, newcomer, settings, &cause);
    assert (added || cause.err == STUI_E_EXISTS);
    if (added) {
        json_set (settings, "address", NULL);
        json_set_text (settings, "token_file", value);
        char *set = config_edit_set (added, newcomer, settings, &cause);
        assert (set || cause.text[0]);
        if (set)
            check_change (set, json_get_text (settings, "token_file"), others);
        char *removed = config_edit_remove (added, newcomer, &cause);
        assert (removed);
        check_change (removed, NULL, others);
        check_change (added, NULL, others);
    }
    json_destroy (&settings);
    json_destroy (&others);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *text = stui_strndup ((const char *) data, size);
    size_t length = strlen (text);
    char *value = length < size ? stui_strndup ((const char *) data + length + 1, size - length - 1)
                                : stui_strdup ("x");
    struct config config;
    struct stui_cause cause = {0};
    if (config_parse (text, "text", &config, &cause) == 0) {
        config_fini (&config);
        check_edits (text, value);
    }
    else
        assert (cause.err == STUI_E_MALFORMED && strstr (cause.text, ", expected "));
    free (text);
    free (value);
    return 0;
}
