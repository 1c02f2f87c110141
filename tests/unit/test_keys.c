/* test_keys.c: keys are readable, come back as they were, and take nothing hostile. */

#include "actors/checksum.h"
#include "actors/keys.h"
#include "runtime/crypt.h"

#include <string.h>

#include <criterion/criterion.h>

#define UUID "0190a5b0-0000-7000-8000-000000000001"

static int
parse (const char *text, struct keys_key *key)
{
    return keys_parse (text, strlen (text), key);
}

Test (keys, a_session_key_is_readable_and_comes_back)
{
    char text[KEYS_SIZE];
    struct keys_key key;
    cr_assert_eq (keys_session (text, UUID, "s-1", 255, NULL), 0);
    cr_assert_str_eq (text, "session/" UUID "/s-1/00000000000000ff");
    cr_assert_eq (parse (text, &key), 0);
    cr_assert_eq (key.kind, KEYS_KIND_SESSION);
    cr_assert_str_eq (key.image, UUID);
    cr_assert_str_eq (key.session, "s-1");
    cr_assert_eq (key.number, 255);
}

Test (keys, the_other_kinds_come_back)
{
    char text[KEYS_SIZE];
    struct keys_key key;
    cr_assert_eq (keys_image (text, "dev.box", NULL), 0);
    cr_assert_str_eq (text, "image/dev.box");
    cr_assert (parse (text, &key) == 0 && key.kind == KEYS_KIND_IMAGE);
    cr_assert_str_eq (key.image, "dev.box");
    keys_event (text, UINT64_MAX);
    cr_assert_str_eq (text, "event/ffffffffffffffff");
    cr_assert (parse (text, &key) == 0 && key.kind == KEYS_KIND_EVENT);
    cr_assert_eq (key.number, UINT64_MAX);
    cr_assert (parse ("meta/identity", &key) == 0 && key.kind == KEYS_KIND_IDENTITY);
    cr_assert (parse ("meta/schema", &key) == 0 && key.kind == KEYS_KIND_SCHEMA);
    cr_assert (parse ("meta/vault", &key) == 0 && key.kind == KEYS_KIND_VAULT);
    cr_assert_eq (keys_held (text, "dev.box", NULL), 0);
    cr_assert (parse (text, &key) == 0 && key.kind == KEYS_KIND_HELD);
    cr_assert_eq (keys_held_one (text, "dev.box", UUID, NULL), 0);
    cr_assert_str_eq (text, "held/dev.box/" UUID);
    cr_assert (parse (text, &key) == 0 && key.kind == KEYS_KIND_HELD_ONE);
    cr_assert_str_eq (key.image, "dev.box");
    cr_assert_str_eq (key.session, UUID);
    cr_assert_lt (keys_held_one (text, "dev.box", "a/b", NULL), 0);
    cr_assert_eq (keys_secret (text, "prod-token", NULL), 0);
    cr_assert (parse (text, &key) == 0 && key.kind == KEYS_KIND_SECRET);
    cr_assert_str_eq (key.image, "prod-token");
}

Test (keys, prefixes_end_with_a_slash_so_that_no_other_id_shares_them)
{
    char text[KEYS_SIZE];
    cr_assert_eq (keys_session_prefix (text, "a", NULL, NULL), 0);
    cr_assert_str_eq (text, "session/a/");
    cr_assert_eq (keys_session_prefix (text, "a", "b", NULL), 0);
    cr_assert_str_eq (text, "session/a/b/");
}

Test (keys, generations_sort_as_numbers)
{
    char one[KEYS_SIZE], other[KEYS_SIZE];
    keys_session (one, "a", "b", 9, NULL);
    keys_session (other, "a", "b", 16, NULL);
    cr_assert_lt (strcmp (one, other), 0);
}

Test (keys, hostile_parts_are_refused_with_a_sentence)
{
    static const char *const hostile[] = {"",    "a/b", "../x", "a b", "a\nb",
                                          "a\\", "é",   "a%2f", "a:b", "a\x7f"};
    for (size_t index = 0; index < sizeof hostile / sizeof *hostile; index++) {
        char text[KEYS_SIZE] = "untouched";
        struct stui_cause cause = {0};
        cr_assert_eq (keys_session (text, hostile[index], "s", 1, &cause), STUI_E_INVALID_REQUEST);
        cr_assert_str_eq (text, "");
        cr_assert_eq (cause.err, STUI_E_INVALID_REQUEST);
        cr_assert_eq (keys_session (text, "i", hostile[index], 1, NULL), STUI_E_INVALID_REQUEST);
        cr_assert_eq (keys_image (text, hostile[index], NULL), STUI_E_INVALID_REQUEST);
        cr_assert_not (keys_image_id_is_valid (hostile[index]));
    }
}

Test (keys, parts_have_a_greatest_length)
{
    char text[KEYS_SIZE], part[KEYS_IMAGE_MAX + 2];
    memset (part, 'a', sizeof part);
    part[KEYS_IMAGE_MAX + 1] = '\0';
    cr_assert_lt (keys_session (text, part, "s", 1, NULL), 0);
    part[KEYS_IMAGE_MAX] = '\0';
    cr_assert_eq (keys_session (text, part, "s", 1, NULL), 0);
    struct keys_key key;
    cr_assert_eq (parse (text, &key), 0);
    char place[KEYS_SIZE];
    keys_quarantine (place, text);
    cr_assert_eq (strlen (place), strlen (text) + strlen (KEYS_QUARANTINE));
}

Test (keys, bytes_that_are_no_key_of_ours_are_refused)
{
    static const char *const texts[] = {
        "",
        "session",
        "session/",
        "session/a/b",
        "session/a/b/",
        "session/a/b/00000000000000FF",
        "session/a/b/00000000000000f",
        "session/a/b/00000000000000ff0",
        "session/a/b/c/00000000000000ff",
        "session//b/00000000000000ff",
        "image/",
        "image/a/b",
        "event/1",
        "event/000000000000000g",
        "meta/identity2",
        "meta/other",
        "quarantine/image/a",
        "Image/a",
    };
    struct keys_key key;
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        cr_assert_eq (parse (texts[index], &key), STUI_E_MALFORMED, "%s", texts[index]);
    cr_assert_eq (keys_parse ("image/a\0b", 9, &key), STUI_E_MALFORMED);
    cr_assert_eq (keys_parse ("event/0000000000000\0001", 22, &key), STUI_E_MALFORMED);
}

Test (keys, an_image_without_an_id_is_known_by_its_address)
{
    char one[KEYS_IMAGE_MAX + 1], other[KEYS_IMAGE_MAX + 1], text[KEYS_SIZE];
    keys_image_from_address ("tcp://127.0.0.1:5555", one);
    keys_image_from_address ("tcp://127.0.0.1:5556", other);
    cr_assert_eq (strlen (one), strlen ("rep-") + 64);
    cr_assert_eq (strncmp (one, "rep-", 4), 0);
    cr_assert_str_neq (one, other);
    cr_assert_eq (keys_session (text, one, "s", 1, NULL), 0);
}

Test (keys, an_image_cannot_claim_the_key_of_one_without_an_id)
{
    cr_assert_not (keys_image_id_is_valid ("rep-0"));
    cr_assert (keys_image_id_is_valid (UUID));
}

Test (digest, sha256_is_that_of_fips_180_4)
{
    char hex[CRYPT_HEX_SIZE];
    crypt_sha256 ("abc", 3, hex);
    cr_assert_str_eq (hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test (checksum, xxh64_is_that_of_its_specification)
{
    cr_assert_eq (checksum_xxh64 ("", 0), UINT64_C (0xef46db3751d8e999));
    cr_assert_eq (checksum_xxh64 ("a", 1), UINT64_C (0xd24ec4f1a98c6e5b));
    cr_assert_eq (checksum_xxh64 ("abc", 3), UINT64_C (0x44bc2cf5ad770999));
    static const char long_text[] = "Nobody inspects the spammish repetition";
    cr_assert_eq (checksum_xxh64 (long_text, strlen (long_text)), UINT64_C (0xfbcea83c8a378bf1));
}
