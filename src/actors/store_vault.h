/* store_vault.h: the vault (vault.h) of a profile in its database, and the secrets in it. Part of
 * store_db: no clock, blocks on the disk only.
 *
 *     meta/vault        the ring of keys, and how it is opened
 *     secret/NAME       {"value":…}, always sealed
 *     PROFILE/key       the root key, unless there is a passphrase (key_file.h)
 *
 * A vault is made when it is first needed. Whatever cannot be opened stays as it is. All that a new
 * passphrase changes is one batch: the record, and every secret sealed anew. What lies in older
 * exports under the old key goes with them. */

#ifndef STUI_ACTORS_STORE_VAULT_H
#define STUI_ACTORS_STORE_VAULT_H

#include <stui/types.h>

struct crypt_kdf;
struct json;
struct record;
struct store_db;

/* Reads the vault's record of the open database, and opens it by the key file; one that is open
 * already, in memory, stays, and is written anew where the record is gone. It says itself why it is not
 * open. 0, or an error of the database. */
int store_vault_load (struct store_db *self, int64_t wall_ms, struct stui_cause *cause);

/* Whether sessions are to be encrypted and their keys are not there: no more than a look. */
bool store_vault_is_shut (const struct store_db *self);

/* Has an open vault, made now when there is none. 0, or an error with CAUSE: LOCKED, or the disk's. */
int store_vault_need (struct store_db *self, int64_t wall_ms, struct stui_cause *cause);

/* Opens it with the root key in HEX; empty: with the key file, looked at again. */
int store_vault_unlock (struct store_db *self, const char *hex, struct stui_cause *cause);

/* The root key becomes that in HEX, which KDF made of a passphrase; KDF NULL: a new one in the key
 * file. CURRENT is the root key so far in hex, empty when it is in the file. */
int store_vault_rekey (struct store_db *self, const char *current, const char *hex,
                       const struct crypt_kdf *kdf, int64_t wall_ms, struct stui_cause *cause);

/* Whether sessions are sealed when they are saved, from now on and at later starts. With an error and
 * CAUSE none is saved in plain all the same: they are refused until it can be done. */
int store_vault_encrypt_sessions (struct store_db *self, bool encrypt, int64_t wall_ms,
                                  struct stui_cause *cause);

/* Whether sessions can be saved and read: LOCKED with CAUSE when they are to be sealed and the vault
 * is not open, or cannot be made. */
int store_vault_check_sessions (struct store_db *self, int64_t wall_ms, struct stui_cause *cause);

/* The record of BODY for KEY, sealed when SEALED, as records_encode. */
char *store_vault_encode (const struct store_db *self, const char *key, const char *body,
                          bool sealed, uint64_t generation, int64_t wall_ms, size_t *size);

/* A good RECORD found under KEY, which may be sealed, shows its body plain afterwards: *PLAIN is
 * what it borrows then, to be freed by crypt_free (NULL: it was not sealed). 0, LOCKED or MALFORMED
 * with CAUSE. */
int store_vault_open_record (const struct store_db *self, const char *key, struct record *record,
                             char **plain, struct stui_cause *cause);

/* Writes BODY, sealed by the open vault, as the record KEY; NULL: the record goes, and exports that
 * hold it. */
int store_vault_put (struct store_db *self, const char *key, const char *body, int64_t wall_ms,
                     struct stui_cause *cause);

/* The body of meta/vault as a backup has it that opens with the passphrase whose key is HEX: the
 * ring is the same. Caller frees; NULL with CAUSE. */
char *store_vault_wrap (const struct store_db *self, const char *hex, const struct crypt_kdf *kdf,
                        struct stui_cause *cause);

/* {state, why, argon2id: {…} or null, encrypt_sessions, aside: as store_aside_list}; caller owns. */
struct json *store_vault_report (const struct store_db *self);

/* The secrets. Each 0, or an error with CAUSE; *VALUE to be freed by crypt_free, *NAMES owned by the
 * caller. */
int store_secret_set (struct store_db *self, const char *name, const char *value, int64_t wall_ms,
                      struct stui_cause *cause);
int store_secret_get (struct store_db *self, const char *name, char **value,
                      struct stui_cause *cause);
int store_secret_remove (struct store_db *self, const char *name, int64_t wall_ms,
                         struct stui_cause *cause);
int store_secret_names (struct store_db *self, struct json **names, struct stui_cause *cause);

#endif
