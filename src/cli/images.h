/* images.h: what several subcommands ask of an owner: the configured images, which names are
 * meant, and their states once they have settled. */

#ifndef STUI_CLI_IMAGES_H
#define STUI_CLI_IMAGES_H

#include "cli/client.h"
#include "runtime/words.h"

struct arguments;

/* Attaches or starts an owner; NULL after saying why on stderr. */
struct client *images_open (const struct cli_options *cli);

/* As client_ask, but says on stderr what went wrong. */
struct json *images_ask (struct client *client, struct msg *request);

/* Asks the supervisor of each of IMAGES by VERB, which has no fields, as many at a time as there are
 * places; TAKE is told the answers, and what is refused because there is none. False when the owner
 * went away, after saying so. */
typedef void images_take (void *context, const char *name, const struct reply *reply);
bool images_ask_each (struct client *client, const struct json *images, enum msg_verb verb,
                      images_take *take, void *context);

/* The settings of all configured images by name, an array that the caller owns; NULL after saying
 * why. */
struct json *images_config (struct client *client);
/* IMAGES in the order of their names as people count: image2 before image10. Caller owns. */
struct json *images_by_name (const struct json *images);
/* The settings of image NAME in that array; NULL when there is none. */
const struct json *images_find (const struct json *images, const char *name);
/* Whether NAME is a favourite in MARKS, as image_marks answers; accepts NULL. */
bool images_is_favourite (const struct json *marks, const char *name);
/* When somebody last worked with it, or null when that was long ago. Caller owns. */
struct json *images_used_at (const struct json *marks, const char *name);
/* Whether IMAGES has NAME; says on stderr that it has not, with the near misses. */
bool images_require (const struct json *images, const char *name);

/* The names that are meant: the operands from FIRST to before LAST, those with one of the --tag
 * options, or with --all all. An array that the caller owns, by name for tags; NULL after saying which is
 * unknown or that none is meant. */
struct json *images_select (const struct json *images, const struct arguments *arguments,
                            size_t first, size_t last);

/* The same, all operands being names; when none is meant, all images, which may be none. */
struct json *images_select_or_all (const struct json *images, const struct arguments *arguments);

/* The options that name images, for commands whose operands do. */
#define IMAGES_TAG_OPTION                                                                          \
    {                                                                                              \
        "tag", 0, "TAG", "the images that have this tag (may be repeated)"                         \
    }
#define IMAGES_ALL_OPTION                                                                          \
    {                                                                                              \
        "all", 0, NULL, "all images"                                                               \
    }

/* The option by which a protected image is changed: the same for all commands that change one. */
#define IMAGES_YES_OPTION                                                                          \
    {                                                                                              \
        "yes", 0, "NAME", "change the image NAME although it is protected (may be repeated)"       \
    }
/* Whether each of NAMES may be changed: it is not protected in IMAGES, or --yes names it. Says on
 * stderr which may not, and what to do. */
bool images_confirm (const struct json *images, const struct json *names,
                     const struct arguments *arguments);
/* Whether --yes names the image NAME. */
bool images_is_confirmed (const struct arguments *arguments, const char *name);
bool images_confirm_one (const struct json *images, const char *name,
                         const struct arguments *arguments);

/* Starts the supervisors of NAMES (an array; NULL: all). False after saying why. */
bool images_connect (struct client *client, const struct json *names);

/* When an image needs no more waiting for. */
enum images_patience {
    IMAGES_ATTEMPTED, /* it is online, had one failed attempt, or waits for the user */
    IMAGES_ONLINE,    /* it is online, or failed for good */
};

/* Waits until each of NAMES has settled or LIMIT_MS are over. An object, name: state, that the
 * caller owns; NULL after saying why. */
struct json *images_settle (struct client *client, const struct json *names,
                            enum images_patience patience, int64_t limit_ms);

/* Whether STATE settles it. Pure. */
bool images_is_settled (const struct json *state, enum images_patience patience);

/* A table of STATES, in the order of NAMES. */
void images_print_table (const struct cli_options *cli, const struct json *names,
                         const struct json *states);

/* The names of IMAGES: an array that the caller owns. */
struct json *images_names (const struct json *images);

/* What the image of STATE is to another one, in words; empty: nothing. Returns TEXT. */
char *images_kin (const struct json *state, char text[WORDS_KIN_SIZE]);

#endif
