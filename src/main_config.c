/* main_config.c: see main_config.h. In: the configuration file and token files. Out: the file
 * replaced, the `images` message. */

#include "main_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"

enum {
    CONFIG_FILE_MAX = 4 * 1024 * 1024, /* a thousand images take a few hundred KB */
    CONFIG_MODE = 0600,
};

/* The file's text, empty when it is not there. Caller frees; NULL and CAUSE otherwise. */
static char *
config_text (const char *path, struct stui_cause *cause)
{
    struct stui_cause found = {0};
    char *text = path_read (path, CONFIG_FILE_MAX, &found);
    if (text)
        return text;
    if (found.err == STUI_E_NOT_FOUND)
        return stui_strdup ("");
    stui_fail (cause, found.err, "%s", found.text);
    return NULL;
}

/* Makes TEXT's images and timings those that we hold, if it parses. */
static int
config_take (struct main_config *self, const char *text, struct stui_cause *cause)
{
    struct config parsed = {0};
    int rc = config_parse (text, self->path, &parsed, cause);
    if (rc < 0)
        return rc;
    config_fini (&self->config);
    self->config = parsed;
    return 0;
}

int
main_config_load (struct main_config *self, struct stui_cause *cause)
{
    char *text = config_text (self->path, cause);
    if (!text)
        return cause->err;
    int rc = config_take (self, text, cause);
    free (text);
    return rc;
}

void
main_config_fini (struct main_config *self)
{
    config_fini (&self->config);
}

/* ---- changing the file ---- */

/* The directory of PATH; caller frees. */
static char *
directory_of (const char *path)
{
    return stui_strndup (path, (size_t) (strrchr (path, '/') - path));
}

/* Opens PATH.lock and locks it. It stays on the disk: who removed it would let two in. */
static int
config_lock (const char *path, struct stui_cause *cause)
{
    char *directory = directory_of (path);
    int rc = access (directory, F_OK) == 0 ? 0 : path_make_private (directory, cause);
    free (directory);
    if (rc < 0)
        return rc;
    char *lock = stui_printf ("%s.lock", path);
    int fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, CONFIG_MODE);
    if (fd < 0)
        rc = stui_fail (cause, STUI_E_SYSTEM, "the lock file %s cannot be opened: %s", lock,
                        strerror (errno));
    else if (flock (fd, LOCK_EX | LOCK_NB) != 0)
        rc = stui_fail (cause, STUI_E_SYSTEM,
                        "another stui is changing %s at this moment: try again", path);
    free (lock);
    if (rc < 0 && fd >= 0)
        close (fd);
    return rc < 0 ? rc : fd;
}

/* One of config_edit_add, config_edit_set, config_edit_remove. */
typedef char *config_editor (const char *text, const char *name, const struct json *settings,
                             struct stui_cause *cause);

static char *
editor_remove (const char *text, const char *name, const struct json *settings,
               struct stui_cause *cause)
{
    (void) settings;
    return config_edit_remove (text, name, cause);
}

/* Edits the text of the file at PATH, whose lock is held. */
static int
config_edit (struct main_config *self, const char *path, config_editor *edit, const char *name,
             const struct json *settings, struct stui_cause *cause)
{
    char *text = config_text (path, cause);
    if (!text)
        return cause->err;
    char *edited = edit (text, name, settings, cause);
    free (text);
    if (!edited)
        return cause->err;
    struct config parsed = {0};
    int rc = config_parse (edited, self->path, &parsed, cause);
    if (rc == 0)
        rc = path_replace (path, edited, strlen (edited), CONFIG_MODE, cause);
    if (rc == 0) {
        config_fini (&self->config);
        self->config = parsed;
    }
    else {
        config_fini (&parsed);
    }
    free (edited);
    return rc;
}

static int
config_change (struct main_config *self, config_editor *edit, const char *name,
               const struct json *settings, struct stui_cause *cause)
{
    /* A link to a file kept elsewhere stays a link. */
    char *path = realpath (self->path, NULL);
    if (!path)
        path = stui_strdup (self->path);
    int lock = config_lock (path, cause);
    int rc = lock;
    if (lock >= 0) {
        rc = config_edit (self, path, edit, name, settings, cause);
        close (lock);
    }
    free (path);
    return rc;
}

/* An address that is none is said with what one looks like, not by line of the file. */
static int
address_check (const struct json *settings, struct stui_cause *cause)
{
    const char *text = json_get_text (settings, "address");
    struct address address;
    return text && address_parse (text, &address, cause) < 0 ? (int) cause->err : 0;
}

int
main_config_add (struct main_config *self, const char *name, const struct json *settings,
                 struct stui_cause *cause)
{
    if (!address_name_is_valid (name, STUI_NAME_MAX))
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "'%.70s' cannot name an image: letters, digits, '.', '_' and '-', at "
                          "most %d of them",
                          name, STUI_NAME_MAX);
    int rc = address_check (settings, cause);
    return rc < 0 ? rc : config_change (self, config_edit_add, name, settings, cause);
}

int
main_config_set (struct main_config *self, const char *name, const struct json *settings,
                 struct stui_cause *cause)
{
    int rc = address_check (settings, cause);
    return rc < 0 ? rc : config_change (self, config_edit_set, name, settings, cause);
}

int
main_config_remove (struct main_config *self, const char *name, struct stui_cause *cause)
{
    return config_change (self, editor_remove, name, NULL, cause);
}

/* ---- telling ---- */

/* The absolute path of a token file: one that is relative lies beside the configuration.
 * Caller frees. */
static char *
token_path (const struct main_config *self, const char *file)
{
    const char *home = getenv ("HOME");
    if (file[0] == '/')
        return stui_strdup (file);
    if (strncmp (file, "~/", 2) == 0 && home)
        return stui_printf ("%s/%s", home, file + 2);
    char *directory = directory_of (self->path);
    char *path = stui_printf ("%s/%s", directory, file);
    free (directory);
    return path;
}

static void
token_add (const struct main_config *self, struct json *image, const char *file)
{
    char *path = token_path (self, file);
    struct stui_cause cause = {0};
    char *token = path_read (path, STUI_TOKEN_MAX + 2, &cause); /* and the end of its line */
    if (token)
        token[strcspn (token, "\r\n")] = '\0';
    if (!token)
        json_set_text (image, "token_error", cause.text);
    else if (!*token)
        json_set_text (image, "token_error", "the token file is empty");
    else
        json_set_text (image, "token", token);
    free (token);
    free (path);
}

/* All images, or the one called ONLY, without tokens, but with the paths where these are: whoever
 * asks may have another directory and another HOME. */
static struct json *
images_json (const struct main_config *self, const char *only)
{
    struct json *all = config_to_json (&self->config), *chosen = json_array ();
    for (const struct json *image = json_first (all); image; image = json_next (image))
        if (!only || strcmp (json_get_text (image, "name"), only) == 0) {
            struct json *copy = json_copy (image);
            const char *file = json_get_text (image, "token_file");
            char *path = file ? token_path (self, file) : NULL;
            if (path)
                json_set_text (copy, "token_file", path);
            free (path);
            json_push (chosen, copy);
        }
    json_destroy (&all);
    return chosen;
}

char *
main_config_images (const struct main_config *self, bool autoconnect, bool read_only, bool fresh)
{
    struct json *all = config_to_json (&self->config), *images = json_array ();
    for (const struct json *settings = json_first (all); settings;
         settings = json_next (settings)) {
        struct json *image = json_copy (settings);
        const char *file = json_get_text (settings, "token_file");
        if (file)
            token_add (self, image, file);
        json_push (images, image);
    }
    json_destroy (&all);
    struct json *body = json_object ();
    json_set_bool (body, "autoconnect", autoconnect);
    json_set_bool (body, "read_only", read_only);
    json_set_bool (body, "fresh", fresh);
    json_set_number (body, "reap_after_s", self->config.timings.reap_after_s);
    json_set_number (body, "undo_for_s", self->config.timings.undo_for_s);
    json_set (body, "alert", config_alert_to_json (&self->config.alert));
    json_set (body, "images", images);
    char *text = json_print (body);
    json_destroy (&body);
    return text;
}

char *
main_config_show (const struct main_config *self, const char *name, struct stui_cause *cause)
{
    if (*name && !config_find (&self->config, name)) {
        stui_fail (cause, STUI_E_NOT_FOUND, "no image is called '%.64s'", name);
        return NULL;
    }
    struct json *result = json_object ();
    json_set (result, "images", images_json (self, *name ? name : NULL));
    char *text = json_print (result);
    json_destroy (&result);
    return text;
}
