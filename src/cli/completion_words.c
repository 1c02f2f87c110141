/* completion_words.c: see completion_words.h. Sessions are asked of an owner that runs; none is started. */

#include "cli/completion_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/event_kinds.h"
#include "cli/images.h"
#include "cli/session_list.h"
#include "runtime/config.h"
#include "runtime/config_keys.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "runtime/words.h"

enum { CONFIG_BYTES_MAX = 4 * 1024 * 1024 };

static void
print_tags (const struct cli_options *cli)
{
    struct config config;
    char *text = path_read (cli->config_path, CONFIG_BYTES_MAX, NULL);
    if (text == NULL || config_parse (text, "", &config, NULL) < 0) {
        free (text);
        return;
    }
    for (size_t i = 0; i < config.image_count; i++) {
        const char *tag = config.images[i].tags != NULL ? config.images[i].tags : "";
        size_t size;
        for (tag = words_next_tag (tag, &size); size > 0; tag = words_next_tag (tag + size, &size))
            printf ("%.*s\n", (int) size, tag);
    }
    config_fini (&config);
    free (text);
}

static void
print_keys (const struct cli_options *cli)
{
    (void) cli;
    for (size_t i = 0; config_key_at (i).word != NULL; i++)
        if (config_key_at (i).in_image)
            puts (config_key_at (i).word);
}

static void
print_kinds (const struct cli_options *cli)
{
    (void) cli;
    for (size_t i = 0; event_kinds[i] != NULL; i++)
        puts (event_kinds[i]);
}

static void
print_do (const struct cli_options *cli)
{
    const char *name;
    for (size_t i = 0; (name = cli->services->do_name (i)) != NULL; i++)
        puts (name);
}

static void
print_sessions (const struct cli_options *cli)
{
    struct client *client = client_attach (cli, NULL);
    struct json *images = client != NULL ? images_config (client) : NULL;
    struct json *list = images != NULL ? session_list_collect (client, images) : NULL;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *id = json_get_text (one, "session_id");
        if (id != NULL)
            puts (id);
    }
    json_destroy (&list);
    json_destroy (&images);
    client_close (&client);
}

static const struct {
    const char *what;
    void (*print) (const struct cli_options *cli);
} rows[] = {
    {"tags", print_tags}, {"keys", print_keys},         {"kinds", print_kinds},
    {"do", print_do},     {"sessions", print_sessions},
};

bool
completion_words_print (const struct cli_options *cli, const char *what)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp (rows[i].what, what) == 0) {
            rows[i].print (cli);
            return true;
        }
    return false;
}

const char *
completion_words_kinds (void)
{
    return "tags keys kinds do sessions";
}

const char *
completion_words_of_option (const struct option_row *option)
{
    static const char *const options[][2] = {
        {"tag", "tags"}, {"kind", "kinds"}, {"session", "sessions"}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (option->argument != NULL && strcmp (options[i][0], option->name) == 0)
            return options[i][1];
    return NULL;
}

const char *
completion_words_of_place (const char *path, const char *usage)
{
    if (strcmp (path, "image set") == 0)
        return "keys";
    if (strcmp (path, "do") == 0)
        return "do";
    bool ids = strncmp (usage, "ID", 2) == 0 || strncmp (usage, "[ID", 3) == 0;
    return ids && strncmp (path, "session ", strlen ("session ")) == 0 ? "sessions" : NULL;
}
