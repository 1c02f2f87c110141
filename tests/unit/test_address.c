/* test_address.c: addresses in one form, and names. */

#include "runtime/address.h"

#include <criterion/criterion.h>

#include <string.h>

static void
expect_form (const char *text, const char *form, bool numeric)
{
    struct address address;
    struct stui_cause cause = {0};
    cr_assert_eq (address_parse (text, &address, &cause), 0, "%s: %s", text, cause.text);
    char formatted[STUI_ADDRESS_MAX];
    address_format (&address, formatted);
    cr_assert_str_eq (formatted, form);
    cr_assert_eq (address.numeric, numeric, "%s", text);
    struct address again;
    cr_assert_eq (address_parse (formatted, &again, NULL), 0);
    cr_assert_str_eq (again.host, address.host);
}

static void
expect_refused (const char *text, const char *sentence)
{
    struct address address;
    struct stui_cause cause = {0};
    cr_assert_eq (address_parse (text, &address, &cause), STUI_E_MALFORMED, "%s", text);
    cr_assert (strstr (cause.text, sentence), "'%s' for %s", cause.text, text);
    cr_assert (strstr (cause.text, ", as in 127.0.0.1:4242"), "'%s' for %s", cause.text, text);
}

Test (address, two_spellings_of_one_listener_are_one_text)
{
    expect_form ("localhost:4000", "tcp://localhost:4000", false);
    expect_form ("TCP://Build.Example.ORG:65535", "tcp://build.example.org:65535", false);
    expect_form ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", true);
    expect_form ("[::1]:4000", "tcp://[::1]:4000", true);
    expect_form ("tcp://[2001:DB8:0:0:0:0:0:1]:4000", "tcp://[2001:db8::1]:4000", true);
    expect_form ("[fe80::1%eth0]:4000", "tcp://[fe80::1%eth0]:4000", true);
    expect_form ("my_host-1:4000", "tcp://my_host-1:4000", false);
    expect_form ("1and1.de:80", "tcp://1and1.de:80", false);
    expect_form ("host.:80", "tcp://host.:80", false);
}

Test (address, says_what_is_wrong)
{
    expect_refused ("localhost", "no port");
    expect_refused ("", "no port");
    expect_refused ("[::1]", "no port");
    expect_refused ("udp://localhost:1", "not tcp://");
    expect_refused ("ipc:///tmp/x:1", "not tcp://");
    expect_refused ("localhost:0", "expected 1 to 65535");
    expect_refused ("localhost:65536", "expected 1 to 65535");
    expect_refused ("localhost:080", "expected 1 to 65535");
    expect_refused ("localhost:99999999999999", "expected 1 to 65535");
    expect_refused ("localhost:12x", "expected 1 to 65535");
    expect_refused ("localhost:", "expected 1 to 65535");
    expect_refused ("localhost:1/", "expected 1 to 65535");
    expect_refused ("::1:4000", "in brackets");
    expect_refused (":4000", "names no host");
    expect_refused ("*:4000", "names no host");
    expect_refused ("[::g]:4000", "names no host");
    expect_refused ("[::1%]:4000", "names no host");
    expect_refused ("[::1%e\"h]:4000", "names no host");
    expect_refused ("[]:4000", "names no host");
    expect_refused ("256.0.0.1:4000", "names no host");
    expect_refused ("127.1:4000", "names no host");
    expect_refused ("a..b:4000", "names no host");
    expect_refused ("-a.b:4000", "names no host");
    expect_refused ("a-.b:4000", "names no host");
    expect_refused ("a b:4000", "names no host");
    expect_refused ("a;b:4000", "names no host");
}

Test (address, names_are_as_long_as_dns_takes)
{
    char text[400] = "";
    for (int labels = 0; labels < 25; labels++)
        strcat (text, "123456789.");
    strcat (text, "abc:1");
    struct address address;
    cr_assert_eq (address_parse (text, &address, NULL), 0);
    strcpy (strchr (text, ':'), "d:1");
    cr_assert_eq (address_parse (text, &address, NULL), STUI_E_MALFORMED);
    memset (text, 'a', 64);
    strcpy (text + 64, ":1");
    cr_assert_eq (address_parse (text, &address, NULL), STUI_E_MALFORMED);
    cr_assert_eq (address_parse (text + 1, &address, NULL), 0);
}

Test (address, names_of_images_and_profiles)
{
    cr_assert (address_name_is_valid ("one", 64));
    cr_assert (address_name_is_valid ("A.b_c-9", 7));
    cr_assert_not (address_name_is_valid ("A.b_c-9", 6));
    cr_assert_not (address_name_is_valid ("", 64));
    cr_assert_not (address_name_is_valid (".", 64));
    cr_assert_not (address_name_is_valid ("..", 64));
    cr_assert_not (address_name_is_valid ("a/b", 64));
    cr_assert_not (address_name_is_valid ("a b", 64));
    cr_assert_not (address_name_is_valid ("é", 64));
    cr_assert_not (address_name_is_valid ("a#1", 64));
}
