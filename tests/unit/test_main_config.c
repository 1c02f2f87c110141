/* test_main_config.c: the configuration file as main reads, changes and tells it. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main_config.h"
#include "runtime/json.h"
#include "runtime/path.h"

static char directory[64], path[96];
static struct main_config config;

static void
setup (void)
{
    strcpy (directory, "/tmp/test-config-XXXXXX");
    cr_assert_not_null (mkdtemp (directory));
    snprintf (path, sizeof path, "%s/config", directory);
    config = (struct main_config){.path = path};
}

static void
teardown (void)
{
    main_config_fini (&config);
    char *command;
    cr_assert_gt (asprintf (&command, "rm -r %s", directory), 0);
    cr_assert_eq (system (command), 0);
    free (command);
}

static void
write_file (const char *name, const char *text)
{
    char *full;
    cr_assert_gt (asprintf (&full, "%s/%s", directory, name), 0);
    FILE *file = fopen (full, "w");
    fputs (text, file);
    fclose (file);
    free (full);
}

static int
add (const char *name, const char *settings, struct stui_cause *cause)
{
    struct json *json = json_parse_text (settings);
    int rc = main_config_add (&config, name, json, cause);
    json_destroy (&json);
    return rc;
}

/* Image NAME of the `images` message; the caller destroys *BODY. */
static const struct json *
told (const char *name, struct json **body)
{
    char *text = main_config_images (&config, true, false, false);
    *body = json_parse_text (text);
    free (text);
    const struct json *image = json_first (json_get (*body, "images"));
    while (image && strcmp (json_get_text (image, "name"), name) != 0)
        image = json_next (image);
    return image;
}

Test (main_config, file_that_is_not_there_holds_no_images, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    cr_assert_eq (main_config_load (&config, &cause), 0, "%s", cause.text);
    cr_assert_eq (config.config.image_count, 0);
}

Test (main_config, wrong_line_is_told_and_what_was_read_before_stays, .init = setup,
      .fini = teardown)
{
    struct stui_cause cause = {0};
    write_file ("config", "[image \"one\"]\naddress = localhost:1\n");
    cr_assert_eq (main_config_load (&config, &cause), 0, "%s", cause.text);
    write_file ("config", "[image \"one\"]\nadress = localhost:1\n");
    cr_assert_eq (main_config_load (&config, &cause), STUI_E_MALFORMED);
    cr_assert_not_null (strstr (cause.text, ":2:"), "%s", cause.text);
    cr_assert_eq (config.config.image_count, 1);
}

Test (main_config, images_are_added_and_removed_in_the_file, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    cr_assert_eq (add ("one", "{\"address\":\"localhost:1\"}", &cause), 0, "%s", cause.text);
    struct stat info;
    cr_assert_eq (stat (path, &info), 0);
    cr_assert_eq (info.st_mode & 0777, 0600);
    /* What somebody wrote meanwhile is kept. */
    char *text = path_read (path, 10000, NULL), *more;
    cr_assert_gt (asprintf (&more, "# mine\n\n%s[image \"two\"]\naddress = localhost:2\n", text),
                  0);
    write_file ("config", more);
    cr_assert_eq (add ("three", "{\"address\":\"localhost:3\"}", &cause), 0, "%s", cause.text);
    cr_assert_eq (config.config.image_count, 3);
    cr_assert_eq (main_config_remove (&config, "one", &cause), 0, "%s", cause.text);
    cr_assert_eq (config.config.image_count, 2);
    cr_assert_null (config_find (&config.config, "one"));
    free (text);
    text = path_read (path, 10000, NULL);
    cr_assert (strncmp (text, "# mine\n", 7) == 0, "%s", text);
    free (text);
    free (more);
}

Test (main_config, settings_are_changed_and_taken_away_in_the_file, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    write_file ("config", "[image \"one\"]\n# where it is\naddress = localhost:1\ntags = lab\n");
    struct json *change = json_parse_text ("{\"address\":\"localhost:2\",\"tags\":null}");
    cr_assert_eq (main_config_set (&config, "one", change, &cause), 0, "%s", cause.text);
    cr_assert_str_eq (config_find (&config.config, "one")->address, "tcp://localhost:2");
    cr_assert_eq (main_config_set (&config, "two", change, &cause), STUI_E_NOT_FOUND);
    json_destroy (&change);
    change = json_parse_text ("{\"ping_ms\":\"soon\"}");
    cr_assert_lt (main_config_set (&config, "one", change, &cause), 0);
    json_destroy (&change);
    char *text = path_read (path, 10000, NULL);
    cr_assert_str_eq (text, "[image \"one\"]\n# where it is\naddress = localhost:2\n");
    free (text);
}

Test (main_config, change_that_cannot_be_made_leaves_the_file_as_it_was, .init = setup,
      .fini = teardown)
{
    struct stui_cause cause = {0};
    static const char before[] = "[image \"one\"]\naddress = localhost:1\n";
    write_file ("config", before);
    cr_assert_eq (main_config_load (&config, &cause), 0);
    cr_assert_eq (add ("one", "{\"address\":\"localhost:2\"}", &cause), STUI_E_EXISTS);
    cr_assert_lt (add ("two", "{\"address\":\"nowhere\"}", &cause), 0);
    cr_assert_lt (add ("two", "{}", &cause), 0);
    cr_assert_lt (add ("a b", "{\"address\":\"localhost:2\"}", &cause), 0);
    cr_assert_lt (add ("x\"]\n[image \"y", "{\"address\":\"localhost:2\"}", &cause), 0);
    cr_assert_lt (add ("two", "{\"address\":\"localhost:2\\n[stui]\"}", &cause), 0);
    cr_assert_eq (main_config_remove (&config, "two", &cause), STUI_E_NOT_FOUND);
    char *text = path_read (path, 10000, NULL);
    cr_assert_str_eq (text, before);
    free (text);
    cr_assert_eq (config.config.image_count, 1);
}

Test (main_config, wrong_address_is_said_and_what_one_looks_like, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    write_file ("config", "[image \"one\"]\naddress = localhost:1\n");
    cr_assert_eq (add ("two", "{\"address\":\"nowhere\"}", &cause), STUI_E_MALFORMED);
    cr_assert_str_eq (cause.text, "the address 'nowhere' has no port, expected HOST:PORT, as "
                                  "in 127.0.0.1:4242");
    cr_assert_lt (add ("two", "{\"address\":\"a:1\",\"via\":\"-x y\"}", &cause), 0);
    cr_assert (
        strstr (cause.text, "nothing is changed, since this would be wrong: configuration:6:"),
        "%s", cause.text);
}

Test (main_config, is_not_changed_while_another_holds_the_lock, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    char *lock;
    cr_assert_gt (asprintf (&lock, "%s.lock", path), 0);
    int fd = open (lock, O_RDWR | O_CREAT, 0600);
    cr_assert_eq (flock (fd, LOCK_EX), 0);
    cr_assert_lt (add ("one", "{\"address\":\"localhost:1\"}", &cause), 0);
    cr_assert_not_null (strstr (cause.text, "try again"), "%s", cause.text);
    close (fd);
    cr_assert_eq (add ("one", "{\"address\":\"localhost:1\"}", &cause), 0, "%s", cause.text);
    free (lock);
}

Test (main_config, link_to_the_file_stays_a_link, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    write_file ("dotfile", "# kept elsewhere\n");
    cr_assert_eq (symlink ("dotfile", path), 0);
    cr_assert_eq (add ("one", "{\"address\":\"localhost:1\"}", &cause), 0, "%s", cause.text);
    struct stat info;
    cr_assert_eq (lstat (path, &info), 0);
    cr_assert (S_ISLNK (info.st_mode));
}

/* Symptom: `stui image test one` looked for token_file in its own directory, and for one called ~. */
Test (main_config, token_files_are_shown_where_they_are, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    setenv ("HOME", "/home/me", 1);
    write_file ("config", "[image \"one\"]\naddress = localhost:1\ntoken_file = one.token\n"
                          "[image \"two\"]\naddress = localhost:2\ntoken_file = ~/two.token\n"
                          "[image \"three\"]\naddress = localhost:3\ntoken_file = /three.token\n");
    cr_assert_eq (main_config_load (&config, &cause), 0, "%s", cause.text);
    char *text = main_config_show (&config, "", &cause);
    struct json *shown = json_parse_text (text);
    const struct json *image = json_first (json_get (shown, "images"));
    const char *file = json_get_text (image, "token_file");
    cr_assert (file[0] == '/' && strcmp (strrchr (file, '/'), "/one.token") == 0, "%s", file);
    cr_assert_eq (access (file, F_OK), -1);
    write_file ("one.token", "s3cret\n");
    cr_assert_eq (access (file, F_OK), 0, "%s is not beside the configuration", file);
    file = json_get_text (image = json_next (image), "token_file");
    cr_assert_str_eq (file, "/home/me/two.token");
    cr_assert_str_eq (json_get_text (json_next (image), "token_file"), "/three.token");
    json_destroy (&shown);
    free (text);
}

Test (main_config, token_is_told_to_registry_and_shown_to_nobody, .init = setup, .fini = teardown)
{
    struct stui_cause cause = {0};
    write_file ("one.token", "s3cret\n");
    write_file ("empty.token", "\n");
    write_file ("config", "[image \"one\"]\naddress = localhost:1\ntoken_file = one.token\n"
                          "[image \"two\"]\naddress = localhost:2\ntoken_file = /no/such/file\n"
                          "[image \"three\"]\naddress = localhost:3\ntoken_file = empty.token\n");
    cr_assert_eq (main_config_load (&config, &cause), 0, "%s", cause.text);
    struct json *body;
    cr_assert_str_eq (json_get_text (told ("one", &body), "token"), "s3cret");
    json_destroy (&body);
    const struct json *two = told ("two", &body);
    cr_assert_null (json_get_text (two, "token"));
    cr_assert_not_null (strstr (json_get_text (two, "token_error"), "/no/such/file"));
    cr_assert (json_get_bool (body, "autoconnect", false));
    cr_assert_not (json_get_bool (body, "read_only", true));
    json_destroy (&body);
    cr_assert_not_null (json_get_text (told ("three", &body), "token_error"));
    json_destroy (&body);
    char *shown = main_config_show (&config, "", &cause);
    cr_assert_null (strstr (shown, "s3cret"));
    free (shown);
    shown = main_config_show (&config, "one", &cause);
    cr_assert (strstr (shown, "\"one\"") && !strstr (shown, "\"two\""));
    free (shown);
    cr_assert_null (main_config_show (&config, "four", &cause));
    cr_assert_eq (cause.err, STUI_E_NOT_FOUND);
}
