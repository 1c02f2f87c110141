/* test_crypt.c: what is sealed opens for its key, at its place, unaltered, and for nothing else. */

#include "runtime/crypt.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

/* draft-irtf-cfrg-xchacha-03, A.3.1: key 80..9f, nonce 40..57, this additional data and text. */
#define DRAFT_KEY   "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define DRAFT_PLACE "PQRS\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7"
#define DRAFT_SEALED                                                                               \
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXvW0XnT6D1DuVdleUk8DpOVcqFwAlK/rMvtKQLCE5bLtzHH8bC0qm"         \
    "RAvzqC9O2n45rmTGcIxUwhbLlrcuEhO0Ui+Mm6QNtdlFsRtpuYLBu54/P6wrw2lIj3ayODVl0//5IflmTJdj"         \
    "fal2iBL2FcaLE7UuwIdZJMHHmHlH3q/YeArPSQ=="
#define DRAFT_TEXT                                                                                 \
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " \
    "sunscreen would be it."

static char *
text_open (const struct crypt_key *key, const char *place, const char *sealed)
{
    size_t size;
    char *text = crypt_open (key, place, sealed, &size);
    if (text)
        cr_assert_eq (size, strlen (text));
    return text;
}

Test (crypt, opens_the_example_of_the_xchacha_draft)
{
    struct crypt_key *key = crypt_key_from_hex (DRAFT_KEY);
    char *text = text_open (key, DRAFT_PLACE, DRAFT_SEALED);
    cr_assert_str_eq (text, DRAFT_TEXT);
    crypt_free (&text);
    crypt_key_destroy (&key);
}

/* Computed by the reference implementation, libargon2: 2 passes over 8 MB, salt 00..0f. */
Test (crypt, argon2id_derives_the_reference_implementations_key)
{
    struct crypt_kdf kdf;
    struct json *json = json_parse_text ("{\"salt\":\"000102030405060708090a0b0c0d0e0f\","
                                         "\"operations\":2,\"memory_bytes\":8388608}");
    cr_assert (crypt_kdf_from_json (json, &kdf));
    struct json *back = crypt_kdf_to_json (&kdf);
    cr_assert (json_equal (json, back));
    json_destroy (&back);
    json_destroy (&json);
    struct crypt_key *key = crypt_key_from_passphrase ("correct horse", &kdf, NULL);
    char hex[CRYPT_HEX_SIZE];
    crypt_key_hex (key, hex);
    cr_assert_str_eq (hex, "5d6feb78fec962f9fe4465119605b64a5dbce8acde9e8ae0c8b3d4c2f518c9a4");
    crypt_key_destroy (&key);
    cr_assert_null (key);
}

Test (crypt, a_text_comes_back_for_its_key_at_its_place_and_for_nothing_else)
{
    struct crypt_key *key = crypt_key_random (), *other = crypt_key_random ();
    char *sealed = crypt_seal (key, "secret/one", "the token", 9);
    char *text = text_open (key, "secret/one", sealed);
    cr_assert_str_eq (text, "the token");
    crypt_free (&text);
    cr_assert_null (text);
    cr_assert_null (text_open (other, "secret/one", sealed), "a wrong key");
    cr_assert_null (text_open (key, "secret/two", sealed), "a moved record");
    char *again = crypt_seal (key, "secret/one", "the token", 9);
    cr_assert_str_neq (sealed, again, "a nonce is never used twice");
    free (again);
    free (sealed);
    crypt_key_destroy (&other);
    crypt_key_destroy (&key);
}

Test (crypt, no_altered_cut_or_lengthened_text_opens)
{
    struct crypt_key *key = crypt_key_random ();
    char *sealed = crypt_seal (key, "place", "some words", 10);
    size_t length = strlen (sealed);
    for (size_t at = 0; at < length; at++) {
        char was = sealed[at];
        if (was == '=')
            continue; /* without it, it is another text: below */
        sealed[at] = was == 'A' ? 'w' : 'A';
        cr_assert_null (text_open (key, "place", sealed), "byte %zu", at);
        sealed[at] = '\0';
        cr_assert_null (text_open (key, "place", sealed), "cut at %zu", at);
        sealed[at] = was;
    }
    char *longer = malloc (length + 5);
    strcpy (mempcpy (longer, sealed, length), "AAAA");
    cr_assert_null (text_open (key, "place", longer));
    static const char *const none[] = {"", "=", "AAAA", "no base64 at all"};
    for (size_t index = 0; index < sizeof none / sizeof *none; index++)
        cr_assert_null (text_open (key, "place", none[index]));
    free (longer);
    free (sealed);
    crypt_key_destroy (&key);
}

Test (crypt, keys_are_read_back_from_hex_and_bear_a_name_that_is_not_themselves)
{
    struct crypt_key *key = crypt_key_random ();
    char hex[CRYPT_HEX_SIZE], back[CRYPT_HEX_SIZE];
    crypt_key_hex (key, hex);
    struct crypt_key *same = crypt_key_from_hex (hex);
    crypt_key_hex (same, back);
    cr_assert_str_eq (hex, back);
    cr_assert_str_eq (crypt_key_id (key), crypt_key_id (same));
    cr_assert_eq (strlen (crypt_key_id (key)), CRYPT_ID_SIZE - 1);
    cr_assert_null (strstr (hex, crypt_key_id (key)));
    static const char *const wrong[] = {"", "00", "g", "no key"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++)
        cr_assert_null (crypt_key_from_hex (wrong[index]));
    hex[CRYPT_HEX_SIZE - 2] = 'x';
    cr_assert_null (crypt_key_from_hex (hex));
    crypt_key_destroy (&same);
    crypt_key_destroy (&key);
    crypt_key_destroy (&key);
}

Test (crypt, a_damaged_record_cannot_ask_for_any_memory_it_likes)
{
    struct crypt_kdf kdf;
    struct stui_cause cause = {0};
    crypt_kdf_new (&kdf);
    kdf.memory_bytes = (uint64_t) 1 << 40;
    cr_assert_null (crypt_key_from_passphrase ("x", &kdf, &cause));
    cr_assert_eq (cause.err, STUI_E_MALFORMED);
    crypt_kdf_new (&kdf);
    kdf.operations = 1000000;
    cr_assert_null (crypt_key_from_passphrase ("x", &kdf, &cause));
}
