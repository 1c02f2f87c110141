/* test_vault.c: whom the vault opens for, what it opens, and what was written with it before. */

#include "actors/vault.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static struct vault vault;
static struct crypt_key *root;

static void
setup (void)
{
    root = crypt_key_random ();
    vault_make (&vault, NULL, root, NULL);
}

static void
teardown (void)
{
    vault_fini (&vault);
    crypt_key_destroy (&root);
}

TestSuite (vault, .init = setup, .fini = teardown);

/* Whether the sealed BODY opens at KEY as TEXT; ERR: why not. */
static void
assert_opens (const struct vault *with, const char *key, const char *body, const char *text,
              int err)
{
    size_t size;
    struct stui_cause cause = {0};
    char *plain = vault_unseal (with, key, body, strlen (body), &size, &cause);
    if (text)
        cr_assert_str_eq (plain, text);
    else
        cr_assert_null (plain);
    cr_assert_eq (cause.err, err, "%s", cause.text);
    crypt_free (&plain);
}

/* What meta/vault says, read back into OTHER. */
static int
read_back (struct vault *other, const char *changed)
{
    char *text = changed ? stui_strdup (changed) : vault_print (&vault);
    struct json *body = json_parse_text (text);
    int err = vault_read (other, body, NULL);
    json_destroy (&body);
    free (text);
    return err;
}

Test (vault, what_it_sealed_opens_again_after_it_was_read_back)
{
    char *body = vault_seal (&vault, "secret/a", "{\"value\":\"v\"}");
    cr_assert_null (strstr (body, "value"));
    struct vault other = {0};
    cr_assert_eq (read_back (&other, NULL), 0);
    cr_assert_eq (other.state, VAULT_LOCKED);
    assert_opens (&other, "secret/a", body, NULL, STUI_E_LOCKED);
    cr_assert_eq (vault_unlock (&other, root, NULL), 0);
    assert_opens (&other, "secret/a", body, "{\"value\":\"v\"}", 0);
    assert_opens (&other, "secret/b", body, NULL, STUI_E_MALFORMED);
    vault_fini (&other);
    free (body);
}

Test (vault, another_key_opens_nothing)
{
    struct vault other = {0};
    struct crypt_key *wrong = crypt_key_random ();
    read_back (&other, NULL);
    cr_assert_eq (vault_unlock (&other, wrong, NULL), STUI_E_PERMISSION);
    cr_assert_eq (other.state, VAULT_LOCKED);
    crypt_key_destroy (&wrong);
    vault_fini (&other);
}

/* Who writes the state directory must not be able to have sessions saved in plain. */
Test (vault, a_record_whose_choices_were_altered_does_not_open)
{
    vault.encrypts_sessions = true;
    char *text = vault_print (&vault);
    char *at = strstr (text, "true");
    cr_assert_not_null (at);
    char *changed = stui_printf ("%.*sfalse%s", (int) (at - text), text, at + 4);
    struct vault other = {0};
    cr_assert_eq (read_back (&other, changed), 0);
    cr_assert_eq (vault_unlock (&other, root, NULL), STUI_E_MALFORMED);
    cr_assert_eq (other.state, VAULT_LOCKED);
    vault_fini (&other);
    free (changed);
    free (text);
}

Test (vault, a_new_root_reads_what_was_written_and_writes_what_the_old_one_cannot_read)
{
    struct crypt_key *newer = crypt_key_random ();
    struct crypt_kdf kdf;
    crypt_kdf_new (&kdf);
    char *before = vault_seal (&vault, "k", "before");
    struct vault next;
    vault_make (&next, &vault, newer, &kdf);
    char *after = vault_seal (&next, "k", "after");
    assert_opens (&next, "k", before, "before", 0);
    assert_opens (&next, "k", after, "after", 0);
    assert_opens (&vault, "k", after, NULL, STUI_E_LOCKED);
    cr_assert (next.has_passphrase);
    free (after);
    free (before);
    vault_fini (&next);
    crypt_key_destroy (&newer);
}

Test (vault, damaged_records_and_bodies_are_told_from_locked_ones)
{
    static const char *const records[] = {"null",
                                          "[]",
                                          "{}",
                                          "{\"root\":\"x\"}",
                                          "{\"root\":\"0123456789abcdef0\",\"ring\":\"\"}",
                                          "{\"root\":\"x\",\"ring\":\"y\",\"argon2id\":{}}"};
    struct vault other = {0};
    for (size_t index = 0; index < sizeof records / sizeof *records; index++) {
        cr_assert_eq (read_back (&other, records[index]), STUI_E_MALFORMED, "%s", records[index]);
        cr_assert_eq (other.state, VAULT_EMPTY);
    }
    static const char *const bodies[] = {"", "{", "[]", "{\"by\":7}", "{\"by\":\"x\"}"};
    for (size_t index = 0; index < sizeof bodies / sizeof *bodies; index++)
        assert_opens (&vault, "k", bodies[index], NULL, STUI_E_MALFORMED);
    assert_opens (&vault, "k", "{\"by\":\"0123456789abcdef\",\"sealed\":\"AAAA\"}", NULL,
                  STUI_E_LOCKED);
}
