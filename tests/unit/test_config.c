/* test_config.c: what the configuration file says, the sentences for what is wrong in it, and
 * edits that keep every other byte. */

#include "runtime/config.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static const char key_z85[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

static struct config
parsed (const char *text)
{
    struct config config;
    struct stui_cause cause = {0};
    cr_assert_eq (config_parse (text, "config", &config, &cause), 0, "%s", cause.text);
    return config;
}

static void
expect_wrong (const char *text, const char *sentence)
{
    struct config config;
    struct stui_cause cause = {0};
    cr_assert_eq (config_parse (text, "file", &config, &cause), STUI_E_MALFORMED, "%s", text);
    cr_assert (strncmp (cause.text, sentence, strlen (sentence)) == 0, "'%s' for %s", cause.text,
               text);
    cr_assert (strstr (cause.text, ", expected "), "'%s'", cause.text);
    cr_assert_eq (config.image_count, 0);
    cr_assert_null (config.images);
}

/* ---- Reading --------------------------------------------------------------------------- */

Test (config, an_empty_file_has_the_defaults)
{
    struct config config = parsed ("");
    cr_assert_eq (config.image_count, 0);
    cr_assert_eq (config.timings.ping_ms, 2000);
    cr_assert_eq (config.timings.undo_for_s, 604800);
    cr_assert_eq (config.alert.on, 0);
    config_fini (&config);
    config_fini (&config);
    config_fini (NULL);
}

Test (config, reads_every_key)
{
    char *text = stui_printf ("; a comment\n"
                              "[image \"one\"] ; the first\n"
                              "  address = Localhost:4000   ; here\n"
                              "  via = me@gate.example.org\n"
                              "  token_file = /home/me/my token\n"
                              "  server_key = %s\n"
                              "  tags = a, b\n"
                              "\tprotected = yes\n"
                              "  disabled=off\n"
                              "  ping_ms: 500\n"
                              "\n# another\n[alert]\non = offline,conflict\n"
                              "run = notify-send \"x;y\"\n",
                              key_z85);
    struct config config = parsed (text);
    const struct config_image *one = config_find (&config, "one");
    cr_assert_not_null (one);
    cr_assert_str_eq (one->address, "tcp://localhost:4000");
    cr_assert_str_eq (one->via, "me@gate.example.org");
    cr_assert_str_eq (one->token_file, "/home/me/my token");
    cr_assert_str_eq (one->server_key, key_z85);
    cr_assert_str_eq (one->tags, "a, b");
    cr_assert (one->protected_);
    cr_assert_not (one->disabled);
    cr_assert_eq (one->timings.ping_ms, 500);
    cr_assert_eq (one->timings.handshake_ms, 5000);
    cr_assert_eq (config.alert.on, 1U << STUI_ALERT_OFFLINE | 1U << STUI_ALERT_CONFLICT);
    cr_assert_str_eq (config.alert.run, "notify-send \"x;y\"");
    cr_assert_null (config_find (&config, "One"));
    config_fini (&config);
    free (text);
}

Test (config, alerts_have_kinds_and_defaults)
{
    struct config config = parsed ("[alert]\non = all\nbell = off\nafter_s = 0\n");
    cr_assert_eq (config.alert.on, (1U << STUI_ALERT_COUNT) - 1);
    cr_assert_not (config.alert.bell);
    cr_assert (config.alert.notify);
    cr_assert_eq (config.alert.after_s, 0);
    cr_assert_eq (config.alert.quiet_s, 300);
    cr_assert_null (config.alert.run);
    config_fini (&config);
    config = parsed ("[alert]\non =  store ,\tonline\n");
    cr_assert_eq (config.alert.on, 1U << STUI_ALERT_STORE | 1U << STUI_ALERT_ONLINE);
    config_fini (&config);
}

Test (config, keys_and_a_theme_are_kept_for_terminals)
{
    struct config config = parsed ("[stui]\ntheme = color-blind\n[keys]\nretry = F5 r\n"
                                   "\nclose =\n");
    cr_assert_eq (config.theme, STUI_THEME_COLOR_BLIND);
    cr_assert_eq (config.binding_count, 2);
    cr_assert_str_eq (config.bindings[0].command, "retry");
    cr_assert_str_eq (config.bindings[0].keys, "F5 r");
    cr_assert_eq (config.bindings[0].line, 4);
    cr_assert_str_eq (config.bindings[1].keys, "");
    config_fini (&config);
}

Test (config, stui_settings_apply_to_images_before_and_after_them)
{
    struct config config = parsed ("[image \"a\"]\naddress=h:1\nping_ms=50\n"
                                   "[stui]\nping_ms=100\nsuspect_after=4\n"
                                   "[image \"b\"]\naddress=h:2\n"
                                   "[stui]\noffline_after=9\n");
    cr_assert_eq (config.images[0].timings.ping_ms, 50);
    cr_assert_eq (config.images[0].timings.suspect_after, 4);
    cr_assert_eq (config.images[1].timings.ping_ms, 100);
    cr_assert_eq (config.images[1].timings.offline_after, 9);
    config_fini (&config);
}

Test (config, windows_line_ends_and_a_byte_order_mark_are_no_matter)
{
    struct config config = parsed ("\xEF\xBB\xBF[image \"a\"]\r\naddress = h:1\r\n\r\n");
    cr_assert_str_eq (config.images[0].address, "tcp://h:1");
    config_fini (&config);
}

/* The library alone cuts section names at 49 bytes and lines at 199. */
Test (config, long_names_and_lines_are_not_cut)
{
    char name[STUI_NAME_MAX + 1] = "", run[901] = "";
    memset (name, 'n', STUI_NAME_MAX);
    memset (run, 'r', 900);
    char *text = stui_printf ("[image \"%s\"]\naddress = h:1\n[alert]\nrun = %s\n", name, run);
    struct config config = parsed (text);
    cr_assert_not_null (config_find (&config, name));
    cr_assert_str_eq (config.alert.run, run);
    config_fini (&config);
    free (text);
}

Test (config, a_wrong_line_is_reported_with_what_was_expected)
{
    expect_wrong ("\n\n[stuy]\n", "file:3: an unknown section [stuy]");
    expect_wrong ("[Image \"a\"]\n", "file:1: an unknown section");
    expect_wrong ("[image]\n", "file:1: an unknown section");
    expect_wrong ("[image one]\n", "file:1: an unknown section");
    expect_wrong ("[image \"\"]\n", "file:1: the image name \"\"");
    expect_wrong ("[image \"a b\"]\n", "file:1: the image name \"a b\"");
    expect_wrong ("[stui\n", "file:1: '[stui' is no setting");
    expect_wrong ("[stui] ping_ms = 5\n", "file:1: ");
    expect_wrong ("[stui]\nping\n", "file:2: 'ping' is no setting");
    expect_wrong ("ping_ms = 1000\n", "file:1: ping_ms before any section");
    expect_wrong ("[stui]\n; c\naddress = h:1\n", "file:3: address is no key of this section");
    expect_wrong ("[alert]\nping_ms = 100\n", "file:2: ping_ms is no key of this section");
    expect_wrong ("[image \"a\"]\naddress=h:1\nrun = x\n", "file:3: run is no key");
    expect_wrong ("[stui]\nping_ms = 9\n", "file:2: ping_ms is '9', expected a number from 10 to");
    expect_wrong ("[stui]\nping_ms = 10s\n", "file:2: ping_ms is '10s'");
    expect_wrong ("[stui]\nping_ms = -10\n", "file:2: ping_ms is '-10'");
    expect_wrong ("[stui]\nping_ms = 99999999999999999999\n", "file:2: ping_ms is '999");
    expect_wrong ("[stui]\nping_ms =\n", "file:2: ping_ms is ''");
    expect_wrong ("[stui]\nping_ms=50\nping_ms=60\n", "file:3: ping_ms a second time");
    expect_wrong ("[stui]\ntheme = pink\n", "file:2: theme is 'pink', expected terminal, dark");
    expect_wrong ("[keys]\nretry = r\nretry = F5\n", "file:3: retry a second time");
}

Test (config, wrong_values_of_an_image_are_reported)
{
    expect_wrong ("[image \"a\"]\naddress = nowhere\n", "file:2: the address 'nowhere'");
    expect_wrong ("[image \"a\"]\naddress = udp://h:1\n", "file:2: the address 'udp://h:1'");
    expect_wrong ("\n[image \"a\"]\nvia = h\n", "file:2: the image \"a\" has no address");
    expect_wrong ("[image \"a\"]\naddress=h:1\n[image \"a\"]\n", "file:3: a second section");
    expect_wrong ("[image \"a\"]\nvia = -oProxyCommand=x\n", "file:2: via is '-oProxyCommand");
    expect_wrong ("[image \"a\"]\nvia = me@-x\n", "file:2: via is");
    expect_wrong ("[image \"a\"]\nvia = -oX@h\n", "file:2: via is");
    expect_wrong ("[image \"a\"]\nvia = two words\n", "file:2: via is");
    expect_wrong ("[image \"a\"]\nvia = @h\n", "file:2: via is");
    expect_wrong ("[image \"a\"]\nserver_key = short\n", "file:2: server_key is");
    expect_wrong ("[image \"a\"]\nprotected = maybe\n", "file:2: protected is 'maybe'");
    expect_wrong ("[image \"a\"]\ntags = a,,b\n", "file:2: tags is");
    expect_wrong ("[image \"a\"]\ntags =\n", "file:2: tags is");
    expect_wrong ("[alert]\non = ,\n", "file:2: on is");
    expect_wrong ("[alert]\non = offline, offlin\n",
                  "file:2: on is 'offline, offlin', expected all, or words");
    expect_wrong ("[alert]\non = offline,\n", "file:2: on is");
    expect_wrong ("[alert]\nquiet_s = 0\n", "file:2: quiet_s is '0', expected a number from 1");
}

Test (config, timings_that_contradict_each_other_are_reported)
{
    expect_wrong ("\n[stui]\nbackoff_min_ms=500\nbackoff_max_ms=400\n", "file:2: backoff_min_ms");
    expect_wrong ("[stui]\nsuspect_after=5\n", "file:1: suspect_after is 5 and offline_after 5");
    expect_wrong ("[stui]\nbackoff_min_ms=500\n[image \"a\"]\naddress=h:1\nbackoff_max_ms=400\n",
                  "file:3: backoff_min_ms is 500");
}

Test (config, a_line_that_is_too_long_is_reported)
{
    char run[1100] = "";
    memset (run, 'r', sizeof run - 1);
    char *text = stui_printf ("[alert]\nrun = %s\n", run);
    expect_wrong (text, "file:2: a line of 1105 bytes, expected at most 1000");
    free (text);
}

Test (config, goes_into_json_and_back)
{
    struct config config = parsed ("[stui]\nping_ms=77\n[image \"a\"]\naddress=h:1\ntags=x\n"
                                   "undo_for_s=99\n[image \"b\"]\naddress=h:2\nprotected=1\n");
    struct json *json = config_to_json (&config);
    cr_assert_eq (json_count (json), 2);
    const struct json *a = json_at (json, 0), *b = json_at (json, 1);
    cr_assert_str_eq (json_get_text (a, "name"), "a");
    cr_assert_str_eq (json_get_text (a, "address"), "tcp://h:1");
    cr_assert_str_eq (json_get_text (a, "tags"), "x");
    cr_assert_null (json_get (a, "via"));
    cr_assert (json_get_bool (b, "protected", false));
    cr_assert_not (json_get_bool (b, "disabled", true));
    struct config_timings timings;
    config_timings_from_json (a, &timings);
    cr_assert_eq (memcmp (&timings, &config.images[0].timings, sizeof timings), 0);
    config_timings_from_json (NULL, &timings);
    cr_assert_eq (timings.ping_ms, 2000);
    json_destroy (&json);
    config_fini (&config);
}

/* ---- Editing --------------------------------------------------------------------------- */

enum edit { ADD, SET, REMOVE };

/* What EDIT of IMAGE with SETTINGS (JSON) makes of TEXT; NULL and CAUSE. Caller frees. */
static char *
edited (enum edit edit, const char *text, const char *image, const char *settings,
        struct stui_cause *cause)
{
    struct json *json = json_parse_text (settings);
    char *result = edit == ADD   ? config_edit_add (text, image, json, cause)
                   : edit == SET ? config_edit_set (text, image, json, cause)
                                 : config_edit_remove (text, image, cause);
    json_destroy (&json);
    return result;
}

static void
expect_edited (enum edit edit, const char *text, const char *image, const char *settings,
               const char *expected)
{
    struct stui_cause cause = {0};
    char *result = edited (edit, text, image, settings, &cause);
    cr_assert_not_null (result, "%s", cause.text);
    cr_assert_str_eq (result, expected);
    free (result);
}

static void
expect_no_edit (enum edit edit, const char *text, const char *image, const char *settings, int err)
{
    struct stui_cause cause = {0};
    cr_assert_null (edited (edit, text, image, settings, &cause), "%s", settings);
    cr_assert_eq (cause.err, err, "%d: %s", cause.err, cause.text);
    cr_assert_neq (cause.text[0], '\0');
}

static const char two[] = "# mine\n"
                          "\n"
                          "; about a\n"
                          "[image \"a\"]\n"
                          "    address = h:1   ; comment\n"
                          "    # between\n"
                          "    tags=x\n"
                          "\n"
                          "; about b\n"
                          "[image \"b\"]\n"
                          "address = h:2\n";

Test (config, adding_appends_a_section)
{
    expect_edited (ADD, "", "a",
                   "{\"address\":\"h:1\",\"ping_ms\":50,\"protected\":true,\"via\":null}",
                   "[image \"a\"]\naddress = h:1\nping_ms = 50\nprotected = true\n");
    expect_edited (ADD, "# x", "a", "{\"address\":\"h:1\"}",
                   "# x\n\n[image \"a\"]\naddress = h:1\n");
    expect_edited (ADD, "[stui]\r\nping_ms=50\r\n", "a", "{\"address\":\"h:1\"}",
                   "[stui]\r\nping_ms=50\r\n\r\n[image \"a\"]\r\naddress = h:1\r\n");
    expect_no_edit (ADD, two, "a", "{\"address\":\"h:1\"}", STUI_E_EXISTS);
    expect_no_edit (ADD, two, "c", "{}", STUI_E_MALFORMED);
    expect_no_edit (ADD, two, "c\"]", "{\"address\":\"h:1\"}", STUI_E_MALFORMED);
    expect_no_edit (ADD, two, "c", "{\"address\":\"h:1\",\"colour\":\"red\"}", STUI_E_MALFORMED);
}

Test (config, setting_changes_the_value_alone)
{
    expect_edited (SET, two, "a", "{\"address\":\"g:9\"}",
                   "# mine\n\n; about a\n[image \"a\"]\n    address = g:9   ; comment\n"
                   "    # between\n    tags=x\n\n; about b\n[image \"b\"]\naddress = h:2\n");
    expect_edited (SET, two, "a", "{\"via\":\"me@g\",\"tags\":null}",
                   "# mine\n\n; about a\n[image \"a\"]\n    address = h:1   ; comment\n"
                   "    # between\n    via = me@g\n\n; about b\n[image \"b\"]\naddress = h:2\n");
    expect_edited (SET, two, "b", "{}", two);
    expect_edited (SET, two, "b", "{\"via\":null}", two);
}

Test (config, setting_minds_line_ends)
{
    expect_edited (SET, "[image \"a\"]\r\n address = h:1\r\n", "a",
                   "{\"address\":\"g:1\",\"tags\":\"t\"}",
                   "[image \"a\"]\r\n address = g:1\r\n tags = t\r\n");
    expect_edited (SET, "[image \"a\"]\naddress = h:1", "a", "{\"tags\":\"t\"}",
                   "[image \"a\"]\naddress = h:1\ntags = t");
}

Test (config, removing_takes_the_section_and_its_comments)
{
    expect_edited (REMOVE, two, "a", "{}", "# mine\n\n; about b\n[image \"b\"]\naddress = h:2\n");
    expect_edited (REMOVE, two, "b", "{}",
                   "# mine\n\n; about a\n[image \"a\"]\n    address = h:1   ; comment\n"
                   "    # between\n    tags=x\n");
    expect_edited (REMOVE, "[image \"a\"]\naddress=h:1\n# for b\n[image \"b\"]\naddress=h:2\n", "a",
                   "{}", "# for b\n[image \"b\"]\naddress=h:2\n");
    expect_edited (REMOVE, "[image \"a\"]\naddress=h:1", "a", "{}", "");
    expect_no_edit (REMOVE, two, "c", "{}", STUI_E_NOT_FOUND);
    expect_no_edit (SET, two, "c", "{}", STUI_E_NOT_FOUND);
}

Test (config, removing_what_was_added_leaves_the_text_as_it_was)
{
    static const char *const texts[] = {"", two, "# x\n", "[stui]\r\nping_ms=50\r\n"};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        char *added = edited (ADD, texts[index], "new", "{\"address\":\"h:1\"}", NULL);
        expect_edited (REMOVE, added, "new", "{}", texts[index]);
        free (added);
    }
}

Test (config, no_value_breaks_out_of_its_line)
{
    static const char *const values[] = {
        "\"x\\n[alert]\\nrun = rm\"",
        "\"x\\rrun = rm\"",
        "\"x\\u001b\"",
        "\" x\"",
        "\"x \"",
        "\"\"",
        "\"x ; y\"",
        "\";x\"",
        "[]",
        "{}",
        "\"x\\u007f\"",
        "\"x\\ty\"",
    };
    for (size_t index = 0; index < sizeof values / sizeof *values; index++) {
        char *settings = stui_printf ("{\"address\":\"h:1\",\"token_file\":%s}", values[index]);
        expect_no_edit (ADD, "", "a", settings, STUI_E_MALFORMED);
        expect_no_edit (SET, two, "a", settings, STUI_E_MALFORMED);
        free (settings);
    }
    expect_no_edit (SET, two, "a", "{\"tags = y\\n[alert]\\nrun\":\"x\"}", STUI_E_MALFORMED);
    expect_no_edit (SET, two, "a", "{\"\":\"x\"}", STUI_E_MALFORMED);
    expect_no_edit (SET, two, "a", "{\"address\":null}", STUI_E_MALFORMED);
}

Test (config, a_key_of_another_section_is_not_touched)
{
    expect_edited (SET, "[image \"a\"]\naddress=h:1\n[image \"b\"]\naddress=h:2\ntags=x\n", "a",
                   "{\"tags\":\"y\"}",
                   "[image \"a\"]\naddress=h:1\ntags = y\n[image \"b\"]\naddress=h:2\ntags=x\n");
}

Test (config, a_token_may_be_a_secret_and_never_stands_in_the_file)
{
    struct config config;
    struct stui_cause cause = {0};
    cr_assert_eq (config_parse ("[stui]\nencrypt_sessions = on\n"
                                "[image \"one\"]\naddress = h:1\ntoken_secret = prod\n",
                                "f", &config, &cause),
                  0, "%s", cause.text);
    cr_assert_str_eq (config.images[0].token_secret, "prod");
    cr_assert_eq (config.encrypt_sessions, CONFIG_ON);
    config_fini (&config);
    cr_assert_eq (config_parse ("[stui]\nencrypt_sessions = off\n", "f", &config, &cause), 0);
    cr_assert_eq (config.encrypt_sessions, CONFIG_OFF);
    config_fini (&config);
    static const char *const wrong[] = {
        "client_key_secret = mine\n", "token_secret = prod\ntoken_file = f\n",
        "token_secret = a/b\n",       "token_secret =\n",
        "token = s3cret\n",           "encrypt_sessions = on\n"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        char *text = stui_printf ("[image \"one\"]\naddress = h:1\n%s", wrong[index]);
        cr_assert_eq (config_parse (text, "f", &config, &cause), STUI_E_MALFORMED, "%s", text);
        cr_assert_null (strstr (cause.text, "s3cret"), "%s", cause.text);
        free (text);
    }
    cr_assert_eq (
        config_parse ("[image \"one\"]\naddress = h:1\ntoken = s3cret\n", "f", &config, &cause),
        STUI_E_MALFORMED);
    cr_assert_not_null (strstr (cause.text, "token_secret"), "%s", cause.text);
}
