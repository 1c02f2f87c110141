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

/* The example of "Cryptography in NaCl" (Bernstein, 2009), sections 2 to 10: Alice to Bob. */
static const unsigned char alice_secret[] =
    "\x77\x07\x6d\x0a\x73\x18\xa5\x7d\x3c\x16\xc1\x72\x51\xb2\x66\x45"
    "\xdf\x4c\x2f\x87\xeb\xc0\x99\x2a\xb1\x77\xfb\xa5\x1d\xb9\x2c\x2a";
static const unsigned char alice_public[] =
    "\x85\x20\xf0\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a"
    "\x0d\xbf\x3a\x0d\x26\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a";
static const unsigned char bob_public[] =
    "\xde\x9e\xdb\x7d\x7b\x7d\xc1\xb4\xd3\x5b\x61\xc2\xec\xe4\x35\x37"
    "\x3f\x83\x43\xc8\x5b\x78\x67\x4d\xad\xfc\x7e\x14\x6f\x88\x2b\x4f";
static const unsigned char their_shared[] =
    "\x1b\x27\x55\x64\x73\xe9\x85\xd4\x62\xcd\x51\x19\x7a\x9a\x46\xc7"
    "\x60\x09\x54\x9e\xac\x64\x74\xf2\x06\xc4\xee\x08\x44\xf6\x83\x89";
static const unsigned char their_nonce[] =
    "\x69\x69\x6e\xe9\x55\xb6\x2b\x73\xcd\x62\xbd\xa8\x75\xfc\x73\xd6\x82\x19\xe0\x03"
    "\x6b\x7a\x0b\x37";
static const unsigned char their_text[] =
    "\xbe\x07\x5f\xc5\x3c\x81\xf2\xd5\xcf\x14\x13\x16\xeb\xeb\x0c\x7b";

Test (crypt, boxes_have_the_keys_of_the_example_of_nacl)
{
    unsigned char key[CRYPT_BOX_KEY_BYTES];
    crypt_box_public (alice_secret, key);
    cr_expect_arr_eq (key, alice_public, sizeof key);
    cr_assert (crypt_box_share (bob_public, alice_secret, key));
    cr_expect_arr_eq (key, their_shared, sizeof key);
}

/* The cipher text begins as there, for what the text begins with; the tag is over all of it. */
Test (crypt, a_box_opens_for_both_and_for_nobody_else)
{
    unsigned char box[sizeof their_text + CRYPT_BOX_MAC_BYTES], text[sizeof their_text];
    crypt_box_seal (their_shared, their_nonce, their_text, sizeof their_text - 1, box);
    cr_expect_eq (box[CRYPT_BOX_MAC_BYTES], 0x8e);
    cr_expect_eq (box[CRYPT_BOX_MAC_BYTES + 1], 0x99);
    size_t size = sizeof their_text - 1 + CRYPT_BOX_MAC_BYTES;
    cr_assert (crypt_box_open (their_shared, their_nonce, box, size, text));
    cr_expect_arr_eq (text, their_text, sizeof their_text - 1);
    for (size_t i = 0; i < size; i++) {
        box[i] ^= 1;
        cr_expect_not (crypt_box_open (their_shared, their_nonce, box, size, text), "byte %zu", i);
        box[i] ^= 1;
    }
    cr_expect_not (crypt_box_open (alice_public, their_nonce, box, size, text));
    for (size_t cut = 1; cut <= size; cut++)
        cr_expect_not (crypt_box_open (their_shared, their_nonce, box, size - cut, text));
}

Test (crypt, no_key_is_shared_with_a_public_key_that_nobody_has)
{
    unsigned char zero[CRYPT_BOX_KEY_BYTES] = {0}, shared[CRYPT_BOX_KEY_BYTES];
    cr_expect_not (crypt_box_share (zero, alice_secret, shared));
}
