/* keys.c: see keys.h. */

#include "actors/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/crypt.h"

enum { NUMBER_DIGITS = 16 };

#define REP_PREFIX "rep-"

/* By hand: each key that is read or written is looked through. */
static bool
part_is_valid (const char *part, size_t size, size_t max)
{
    if (size == 0 || size > max)
        return false;
    for (size_t index = 0; index < size; index++) {
        char byte = part[index], small = byte | 0x20;
        if (!(small >= 'a' && small <= 'z') && !(byte >= '0' && byte <= '9') && byte != '.'
            && byte != '_' && byte != '-')
            return false;
    }
    return true;
}

bool
keys_image_id_is_valid (const char *id)
{
    return part_is_valid (id, strlen (id), KEYS_IMAGE_MAX)
           && strncmp (id, REP_PREFIX, strlen (REP_PREFIX)) != 0;
}

void
keys_image_from_address (const char *address, char image[KEYS_IMAGE_MAX + 1])
{
    char hex[CRYPT_HEX_SIZE];
    crypt_sha256 (address, strlen (address), hex);
    snprintf (image, KEYS_IMAGE_MAX + 1, REP_PREFIX "%s", hex);
}

static int
part_check (const char *what, const char *part, size_t max, char *key, struct stui_cause *cause)
{
    key[0] = '\0';
    if (part_is_valid (part, strlen (part), max))
        return 0;
    return stui_fail (cause, STUI_E_INVALID_REQUEST,
                      "the %s '%.60s' cannot be stored: 1 to %zu of A-Z a-z 0-9 . _ - are allowed",
                      what, part, max);
}

int
keys_session_prefix (char key[KEYS_SIZE], const char *image, const char *session,
                     struct stui_cause *cause)
{
    int err = part_check ("image id", image, KEYS_IMAGE_MAX, key, cause);
    if (!err && session)
        err = part_check ("session id", session, KEYS_SESSION_MAX, key, cause);
    if (!err) {
        char *at = stpcpy (stpcpy (stpcpy (key, KEYS_SESSIONS), image), "/");
        if (session)
            stpcpy (stpcpy (at, session), "/");
    }
    return err;
}

int
keys_session (char key[KEYS_SIZE], const char *image, const char *session, uint64_t generation,
              struct stui_cause *cause)
{
    int err = keys_session_prefix (key, image, session, cause);
    if (!err) {
        size_t length = strlen (key);
        snprintf (key + length, KEYS_SIZE - length, "%016" PRIx64, generation);
    }
    return err;
}

int
keys_archive (char key[KEYS_SIZE], const char *image, const char *session, struct stui_cause *cause)
{
    int err = part_check ("image id", image, KEYS_IMAGE_MAX, key, cause);
    if (!err)
        err = part_check ("session id", session, KEYS_SESSION_MAX, key, cause);
    if (!err)
        snprintf (key, KEYS_SIZE, KEYS_ARCHIVE "%s/%s", image, session);
    return err;
}

/* PREFIX, NAME and REST. */
static int
key_of_name (char key[KEYS_SIZE], const char *prefix, const char *name, const char *rest,
             struct stui_cause *cause)
{
    int err = part_check ("image name", name, STUI_NAME_MAX, key, cause);
    if (!err)
        snprintf (key, KEYS_SIZE, "%s%s%s", prefix, name, rest);
    return err;
}

int
keys_image (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    return key_of_name (key, KEYS_IMAGES, name, "", cause);
}

int
keys_held (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    return key_of_name (key, KEYS_HELDS, name, "", cause);
}

int
keys_held_one (char key[KEYS_SIZE], const char *name, const char *id, struct stui_cause *cause)
{
    char rest[STUI_UUID_LEN + 2];
    int err = *id ? part_check ("id of what is held", id, STUI_UUID_LEN, key, cause) : 0;
    snprintf (rest, sizeof rest, "/%s", err ? "" : id);
    return err ? err : key_of_name (key, KEYS_HELDS, name, rest, cause);
}

int
keys_connections (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    return key_of_name (key, KEYS_CONNECTIONS, name, "/", cause);
}

int
keys_connection (char key[KEYS_SIZE], const char *name, uint64_t seq, struct stui_cause *cause)
{
    char rest[NUMBER_DIGITS + 2];
    snprintf (rest, sizeof rest, "/%016" PRIx64, seq);
    return key_of_name (key, KEYS_CONNECTIONS, name, rest, cause);
}

int
keys_last (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    return key_of_name (key, KEYS_LASTS, name, "", cause);
}

int
keys_history (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    return key_of_name (key, KEYS_HISTORIES, name, "", cause);
}

int
keys_secret (char key[KEYS_SIZE], const char *name, struct stui_cause *cause)
{
    int err = part_check ("secret's name", name, STUI_NAME_MAX, key, cause);
    if (!err)
        snprintf (key, KEYS_SIZE, KEYS_SECRETS "%s", name);
    return err;
}

void
keys_aside (char key[KEYS_SIZE], uint64_t seq)
{
    snprintf (key, KEYS_SIZE, KEYS_ASIDE "%016" PRIx64, seq);
}

void
keys_event (char key[KEYS_SIZE], uint64_t seq)
{
    snprintf (key, KEYS_SIZE, KEYS_EVENTS "%016" PRIx64, seq);
}

void
keys_quarantine (char place[KEYS_SIZE], const char *key)
{
    snprintf (place, KEYS_SIZE, KEYS_QUARANTINE "%s", key);
}

/* ---- Reading ----------------------------------------------------------------------------- */

/* What of a key is not yet read. */
struct rest {
    const char *at;
    size_t size;
};

static bool
rest_starts (struct rest *rest, const char *prefix)
{
    size_t length = strlen (prefix);
    if (rest->size < length || memcmp (rest->at, prefix, length) != 0)
        return false;
    rest->at += length;
    rest->size -= length;
    return true;
}

/* Takes a part of at most MAX bytes up to the next slash, or up to the end when it is LAST. */
static bool
rest_part (struct rest *rest, char *part, size_t max, bool last)
{
    const char *slash = memchr (rest->at, '/', rest->size);
    if (last == (slash != NULL))
        return false;
    size_t size = last ? rest->size : (size_t) (slash - rest->at);
    if (!part_is_valid (rest->at, size, max))
        return false;
    memcpy (part, rest->at, size);
    part[size] = '\0';
    size_t taken = last ? size : size + 1;
    rest->at += taken;
    rest->size -= taken;
    return true;
}

static bool
rest_number (const struct rest *rest, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    if (rest->size != NUMBER_DIGITS)
        return false;
    *number = 0;
    for (int index = 0; index < NUMBER_DIGITS; index++) {
        const char *digit = memchr (digits, rest->at[index], NUMBER_DIGITS);
        if (!digit)
            return false;
        *number = *number << 4 | (uint64_t) (digit - digits);
    }
    return true;
}

/* What follows each prefix: parts, the last of which ends the key; none: the prefix is the key. */
static const struct form {
    const char *prefix;
    enum keys_kind kind;
    size_t name_max, session_max; /* 0: no such part */
    bool number;
} forms[] = {
    {KEYS_SESSIONS, KEYS_KIND_SESSION, KEYS_IMAGE_MAX, KEYS_SESSION_MAX, true},
    {KEYS_ARCHIVE, KEYS_KIND_ARCHIVE, KEYS_IMAGE_MAX, KEYS_SESSION_MAX, false},
    {KEYS_IMAGES, KEYS_KIND_IMAGE, STUI_NAME_MAX, 0, false},
    {KEYS_HELDS, KEYS_KIND_HELD, STUI_NAME_MAX, 0, false},
    {KEYS_HELDS, KEYS_KIND_HELD_ONE, STUI_NAME_MAX, STUI_UUID_LEN, false},
    {KEYS_CONNECTIONS, KEYS_KIND_CONNECTION, STUI_NAME_MAX, 0, true},
    {KEYS_LASTS, KEYS_KIND_LAST, STUI_NAME_MAX, 0, false},
    {KEYS_HISTORIES, KEYS_KIND_HISTORY, STUI_NAME_MAX, 0, false},
    {KEYS_SECRETS, KEYS_KIND_SECRET, STUI_NAME_MAX, 0, false},
    {KEYS_ASIDE, KEYS_KIND_ASIDE, 0, 0, true},
    {KEYS_EVENTS, KEYS_KIND_EVENT, 0, 0, true},
    {KEYS_IDENTITY, KEYS_KIND_IDENTITY, 0, 0, false},
    {KEYS_SCHEMA, KEYS_KIND_SCHEMA, 0, 0, false},
    {KEYS_VAULT, KEYS_KIND_VAULT, 0, 0, false},
};

/* Whether REST, what follows the prefix, is as FORM says. */
static bool
form_take (const struct form *form, struct rest *rest, struct keys_key *key)
{
    bool number = form->number, session = form->session_max > 0;
    if (form->name_max > 0 && !rest_part (rest, key->image, form->name_max, !session && !number))
        return false;
    if (session && !rest_part (rest, key->session, form->session_max, !number))
        return false;
    if (number)
        return rest_number (rest, &key->number);
    return form->name_max > 0 || session || rest->size == 0;
}

int
keys_parse (const char *bytes, size_t size, struct keys_key *key)
{
    for (size_t index = 0; index < sizeof forms / sizeof *forms; index++) {
        struct rest rest = {bytes, size};
        memset (key, 0, sizeof *key);
        key->kind = forms[index].kind;
        if (rest_starts (&rest, forms[index].prefix) && form_take (&forms[index], &rest, key))
            return 0;
    }
    memset (key, 0, sizeof *key);
    return STUI_E_MALFORMED;
}
