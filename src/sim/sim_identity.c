/* sim_identity.c: one small file a name, written beside and renamed. It is not synced: an id lost
 * in a power cut is a new image, which is what a simulated one then is. A
 * key is: whoever has it in a configuration should not have to change it. */

#include "sim/sim_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/crypt.h"
#include "runtime/path.h"
#include "runtime/uuid.h"
#include "runtime/z85.h"
#include "sim/sim_curve.h"

void
sim_identity_new (char id[STUI_UUID_LEN + 1])
{
    unsigned char b[16];
    clock_random (b, sizeof b);
    b[6] = (unsigned char) (0x40 | (b[6] & 0x0F));
    b[8] = (unsigned char) (0x80 | (b[8] & 0x3F));
    snprintf (id, STUI_UUID_LEN + 1,
              "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
              b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
              b[15]);
}

/* $XDG_STATE_HOME/stui-image, made when it is not there. Its parents are those of the profiles,
 * which path_state knows. Caller frees. */
static char *
directory_path (void)
{
    char *profile = path_state ("x"); /* BASE/stui/x */
    *strrchr (profile, '/') = '\0';
    *strrchr (profile, '/') = '\0';
    char *path = stui_printf ("%s/stui-image", profile);
    free (profile);
    for (char *slash = strchr (path + 1, '/'); slash; slash = strchr (slash + 1, '/')) {
        *slash = '\0';
        mkdir (path, 0700);
        *slash = '/';
    }
    mkdir (path, 0700); /* where it fails, opening a file there says why */
    return path;
}

static bool
read_id (const char *path, char id[STUI_UUID_LEN + 1])
{
    char *text = path_read (path, 4096, NULL);
    bool is_id = false;
    if (text) {
        text[strcspn (text, "\r\n \t")] = '\0';
        is_id = uuid_is_valid (text);
        snprintf (id, STUI_UUID_LEN + 1, "%s", text);
    }
    free (text);
    return is_id;
}

static int
write_id (const char *path, const char *id, struct stui_cause *cause)
{
    char *beside = stui_printf ("%s.%ld", path, (long) getpid ());
    FILE *file = fopen (beside, "we");
    bool is_written = file && fprintf (file, "%s\n", id) > 0;
    if (file)
        is_written = fclose (file) == 0 && is_written;
    is_written = is_written && rename (beside, path) == 0;
    int why = errno;
    if (!is_written)
        unlink (beside);
    free (beside);
    return is_written ? 0
                      : stui_fail (cause, STUI_E_SYSTEM, "the image's id cannot be kept in %s: %s",
                                   path, strerror (why));
}

int
sim_identity_load (const char *name, char id[STUI_UUID_LEN + 1], struct stui_cause *cause)
{
    char *directory = directory_path ();
    char *path = stui_printf ("%s/%s.id", directory, name);
    int rc = 0;
    if (!read_id (path, id)) {
        sim_identity_new (id);
        rc = write_id (path, id, cause);
    }
    free (path);
    free (directory);
    return rc;
}

/* The secret key in the file at PATH, which is there. */
static int
keys_read (const char *path, struct sim_curve_keys *keys, struct stui_cause *cause)
{
    struct stat status;
    if (stat (path, &status) == 0 && (status.st_mode & 077) != 0)
        return stui_fail (cause, STUI_E_SYSTEM,
                          "the key in %s can be read by others: chmod 600 it, or remove it and "
                          "have another one made",
                          path);
    char *text = path_read (path, 4096, cause);
    if (!text)
        return cause->err;
    text[strcspn (text, "\r\n \t")] = '\0';
    bool is_key = z85_to_key (text, keys->secret_key);
    crypt_free (&text);
    if (!is_key)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "%s holds no secret key of CURVE: remove it, and another one is made",
                          path);
    crypt_box_public (keys->secret_key, keys->public_key);
    return 0;
}

int
sim_identity_keys (const char *name, struct sim_curve_keys *keys, struct stui_cause *cause)
{
    char *directory = directory_path ();
    char *path = stui_printf ("%s/%s.curve", directory, name);
    int rc;
    if (access (path, F_OK) == 0)
        rc = keys_read (path, keys, cause);
    else {
        char text[Z85_KEY_CHARACTERS + 1];
        crypt_box_pair (keys->public_key, keys->secret_key);
        z85_from_key (keys->secret_key, text);
        rc = path_replace (path, text, Z85_KEY_CHARACTERS, 0600, cause);
        crypt_wipe (text, sizeof text);
    }
    free (path);
    free (directory);
    return rc;
}
