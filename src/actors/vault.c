/* vault.c: see vault.h. */

#include "actors/vault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

static const char *const state_words[] = {
    [VAULT_EMPTY] = "empty",
    [VAULT_OPEN] = "open",
    [VAULT_LOCKED] = "locked",
    [VAULT_KEYLESS] = "keyless",
};
static_assert (sizeof state_words / sizeof *state_words == VAULT_STATE_COUNT, "a word per state");

const char *
vault_state_word (enum vault_state state)
{
    return state_words[state];
}

static void
ring_clear (struct vault *self)
{
    for (size_t index = 0; index < self->ring_count; index++)
        crypt_key_destroy (&self->ring[index]);
    free (self->ring);
    self->ring = NULL;
    self->ring_count = 0;
}

void
vault_fini (struct vault *self)
{
    crypt_key_destroy (&self->root);
    ring_clear (self);
    free (self->sealed_ring);
    *self = (struct vault){0};
}

/* ---- The record ---------------------------------------------------------------------------- */

/* All of the record but the ring; caller owns. */
static struct json *
vault_header (const struct vault *self)
{
    struct json *header = json_object ();
    json_set_text (header, "root", self->root_id);
    json_set_bool (header, "encrypt_sessions", self->encrypts_sessions);
    if (self->has_passphrase)
        json_set (header, "argon2id", crypt_kdf_to_json (&self->kdf));
    return header;
}

/* The place that the ring is sealed for: the record's key and its header. Caller frees. */
static char *
ring_place (const struct vault *self)
{
    struct json *header = vault_header (self);
    char *text = json_print (header);
    char *place = stui_printf ("%s %s", KEYS_VAULT, text);
    free (text);
    json_destroy (&header);
    return place;
}

/* The ring as text: a key's hex digits a line. To be freed by crypt_free. */
static char *
ring_print (const struct vault *self)
{
    char *text = stui_alloc (self->ring_count * CRYPT_HEX_SIZE + 1), *at = text;
    for (size_t index = 0; index < self->ring_count; index++) {
        crypt_key_hex (self->ring[index], at);
        at += CRYPT_HEX_SIZE;
        at[-1] = '\n';
    }
    return text;
}

static bool
ring_parse (struct vault *self, const char *text, size_t size)
{
    if (size == 0 || size % CRYPT_HEX_SIZE != 0)
        return false;
    self->ring = stui_alloc (size / CRYPT_HEX_SIZE * sizeof (struct crypt_key *));
    for (size_t at = 0; at < size; at += CRYPT_HEX_SIZE) {
        char hex[CRYPT_HEX_SIZE];
        memcpy (hex, text + at, sizeof hex - 1);
        hex[sizeof hex - 1] = '\0';
        struct crypt_key *key = crypt_key_from_hex (hex);
        crypt_wipe (hex, sizeof hex);
        if (!key)
            return false;
        self->ring[self->ring_count++] = key;
    }
    return true;
}

char *
vault_print (const struct vault *self)
{
    assert (self->state == VAULT_OPEN);
    char *place = ring_place (self), *ring = ring_print (self);
    char *sealed = crypt_seal (self->root, place, ring, strlen (ring));
    struct json *body = vault_header (self);
    json_set_text (body, "ring", sealed);
    char *text = json_print (body);
    json_destroy (&body);
    free (sealed);
    crypt_free (&ring);
    free (place);
    return text;
}

int
vault_read (struct vault *self, const struct json *body, struct stui_cause *cause)
{
    vault_fini (self);
    const char *root = json_get_text (body, "root"), *ring = json_get_text (body, "ring");
    const struct json *kdf = json_get (body, "argon2id");
    self->has_passphrase = kdf != NULL;
    self->encrypts_sessions = json_get_bool (body, "encrypt_sessions", false);
    if (!root || strlen (root) >= sizeof self->root_id || !ring
        || (kdf && !crypt_kdf_from_json (kdf, &self->kdf))) {
        vault_fini (self);
        return stui_fail (cause, STUI_E_MALFORMED, "the record %s is not what it should be",
                          KEYS_VAULT);
    }
    snprintf (self->root_id, sizeof self->root_id, "%s", root);
    self->sealed_ring = stui_strdup (ring);
    self->state = VAULT_LOCKED;
    snprintf (self->why, sizeof self->why,
              "locked: the secrets of this profile are behind a passphrase, `stui secret unlock`");
    return 0;
}

int
vault_unlock (struct vault *self, const struct crypt_key *root, struct stui_cause *cause)
{
    if (!self->sealed_ring || strcmp (crypt_key_id (root), self->root_id) != 0)
        return stui_fail (cause, STUI_E_PERMISSION, "that is not the %s of this profile",
                          self->has_passphrase ? "passphrase" : "key");
    size_t size;
    char *place = ring_place (self);
    char *ring = crypt_open (root, place, self->sealed_ring, &size);
    free (place);
    ring_clear (self);
    bool good = ring && ring_parse (self, ring, size);
    crypt_free (&ring);
    if (!good) {
        ring_clear (self);
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the record %s was altered: it does not open with its own key; a backup "
                          "has it as it was",
                          KEYS_VAULT);
    }
    crypt_key_destroy (&self->root);
    self->root = crypt_key_copy (root);
    self->state = VAULT_OPEN;
    self->why[0] = '\0';
    return 0;
}

void
vault_make (struct vault *self, const struct vault *old, const struct crypt_key *root,
            const struct crypt_kdf *kdf)
{
    size_t older = old ? old->ring_count : 0;
    *self = (struct vault){.state = VAULT_OPEN,
                           .has_passphrase = kdf != NULL,
                           .encrypts_sessions = old && old->encrypts_sessions,
                           .root = crypt_key_copy (root)};
    if (kdf)
        self->kdf = *kdf;
    snprintf (self->root_id, sizeof self->root_id, "%s", crypt_key_id (root));
    self->ring = stui_alloc ((older + 1) * sizeof (struct crypt_key *));
    self->ring[self->ring_count++] = crypt_key_random ();
    for (size_t index = 0; index < older; index++)
        self->ring[self->ring_count++] = crypt_key_copy (old->ring[index]);
}

/* ---- Bodies -------------------------------------------------------------------------------- */

char *
vault_seal (const struct vault *self, const char *key, const char *body)
{
    assert (self->state == VAULT_OPEN);
    char *sealed = crypt_seal (self->ring[0], key, body, strlen (body));
    /* By hand: base64 holds nothing that JSON would escape, and a session has up to 1 MB. */
    char *text =
        stui_printf ("{\"by\":\"%s\",\"sealed\":\"%s\"}", crypt_key_id (self->ring[0]), sealed);
    free (sealed);
    return text;
}

static const struct crypt_key *
ring_find (const struct vault *self, const char *id)
{
    for (size_t index = 0; index < self->ring_count; index++)
        if (strcmp (crypt_key_id (self->ring[index]), id) == 0)
            return self->ring[index];
    return NULL;
}

void
vault_adopt (struct vault *self, const struct vault *other)
{
    size_t most = self->ring_count + other->ring_count;
    struct crypt_key **ring = stui_alloc (most * sizeof *ring);
    memcpy (ring, self->ring, self->ring_count * sizeof *ring);
    free (self->ring);
    self->ring = ring;
    for (size_t index = 0; index < other->ring_count; index++)
        if (!ring_find (self, crypt_key_id (other->ring[index])))
            self->ring[self->ring_count++] = crypt_key_copy (other->ring[index]);
}

char *
vault_unseal (const struct vault *self, const char *key, const char *body, size_t size,
              size_t *plain_size, struct stui_cause *cause)
{
    struct json *json = json_parse (body, size, NULL);
    const char *by = json_get_text (json, "by"), *sealed = json_get_text (json, "sealed");
    const struct crypt_key *found = by ? ring_find (self, by) : NULL;
    char *plain = NULL;
    if (!by || !sealed)
        stui_fail (cause, STUI_E_MALFORMED, "%.180s is not sealed as it should be", key);
    else if (!found)
        stui_fail (cause, STUI_E_LOCKED, "%s",
                   self->state == VAULT_OPEN || !self->why[0]
                       ? "locked: it is encrypted with a key that is not this profile's: `stui "
                         "secret restore` opens it once that key, or its passphrase, is there again"
                       : self->why);
    else {
        plain = crypt_open (found, key, sealed, plain_size);
        if (!plain)
            stui_fail (cause, STUI_E_MALFORMED, "%.140s does not open: it was altered or moved",
                       key);
    }
    json_destroy (&json);
    return plain;
}
