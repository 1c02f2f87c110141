/* image_set.c: `stui image set`: a setting of an image changed in the configuration, or the mark that it
 * is a favourite, which is the database's. */

#include "cli/image.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

/* 1: on, 0: off, -1 after saying what is wrong. */
static int
favourite_value (const char *value)
{
    if (strcmp (value, "on") == 0 || strcmp (value, "true") == 0)
        return 1;
    if (strcmp (value, "off") == 0 || strcmp (value, "false") == 0 || *value == '\0')
        return 0;
    cli_complain ("favourite is on or off, not '%s'", value);
    return -1;
}

/* The request that sets KEY of NAME to VALUE (empty: takes it away); NULL after saying what is
 * wrong. */
static struct msg *
set_request (const char *name, const char *key, const char *value)
{
    if (strcmp (key, "favourite") == 0) {
        int favourite = favourite_value (value);
        return favourite < 0 ? NULL
                             : msg_new ("store", MSG_IMAGE_MARK, 0, name, (uint64_t) favourite);
    }
    struct json *settings = json_object ();
    json_set (settings, key, *value != '\0' ? json_string (value) : json_null ());
    char *text = json_print (settings);
    struct msg *request = msg_new ("main", MSG_IMAGE_SET, 0, name, text);
    free (text);
    json_destroy (&settings);
    return request;
}

static int
image_set_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0), *key = arguments_operand (arguments, 1);
    const char *value = arguments_operand (arguments, 2);
    struct msg *request = set_request (name, key, value != NULL ? value : "");
    if (request == NULL)
        return STUI_EXIT_USAGE;
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    struct json *answer = NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL && !images_require (images, name))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL) {
        answer = images_ask (client, request);
        request = NULL;
    }
    if (answer != NULL) {
        exit_status = STUI_EXIT_DONE;
        if (value != NULL)
            printf ("%s of %s is %s now\n", key, name, value);
        else
            printf ("%s of %s is taken away\n", key, name);
    }
    msg_destroy (&request);
    json_destroy (&answer);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

const struct command image_set = {
    .name = "set",
    .changes = true,
    .usage = "NAME KEY [VALUE]",
    .summary = "change a setting of an image; without VALUE it is taken away",
    .help = "KEY is one of the configuration's: address, via, tags, token_file, server_key,\n"
            "protected, disabled, ping_ms and so on. The file is changed, comments stay.\n"
            "`favourite on|off` marks it in lists; that is kept with the profile.",
    .least = 2,
    .most = 3,
    .run = image_set_run,
};
