/* test_via.c: hosts behind which images are: what ssh is given, and what is never given to it. */

#include "runtime/via.h"

#include <criterion/criterion.h>
#include <string.h>

static void
expect (const char *text, const char *destination, const char *port)
{
    struct via via;
    struct stui_cause cause = {0};
    cr_assert_eq (via_parse (text, &via, &cause), 0, "%s: %s", text, cause.text);
    cr_assert_str_eq (via.destination, destination);
    cr_assert_str_eq (via.port, port);
}

Test (via, is_a_host_with_or_without_user_and_port)
{
    expect ("gate", "gate", "");
    expect ("me@gate.example.org", "me@gate.example.org", "");
    expect ("me@gate:2222", "me@gate", "2222");
    expect ("me@site@gate", "me@site@gate", "");
}

Test (via, an_ipv6_address_loses_its_brackets)
{
    expect ("[2001:db8::1]", "2001:db8::1", "");
    expect ("me@[fe80::1%eth0]:22", "me@fe80::1%eth0", "22");
}

Test (via, nothing_that_ssh_could_take_for_an_option_or_a_shell_for_more)
{
    static const char *const wrong[] = {
        "",           "-oProxyCommand=x",
        "me@-x",      "@gate",
        "me@",        "two words",
        "gate;x",     "$(x)",
        "gate:",      "g:0",
        "g:65536",    "g:022",
        "::1",        "[]",
        "[::1",       "[::1]x",
        "g:22x",      "a/b",
        "me@[::1]:x",
    };
    struct via via;
    struct stui_cause cause;
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        cr_expect_eq (via_parse (wrong[index], &via, &cause), STUI_E_MALFORMED, "'%s'",
                      wrong[index]);
        cr_expect_not_null (strstr (cause.text, "[USER@]HOST[:PORT]"));
    }
}

Test (via, one_that_is_too_long_is_refused)
{
    char text[STUI_VIA_MAX + 1];
    struct via via;
    memset (text, 'a', STUI_VIA_MAX);
    text[STUI_VIA_MAX] = '\0';
    cr_expect_eq (via_parse (text, &via, NULL), STUI_E_MALFORMED);
    text[STUI_VIA_MAX - 1] = '\0';
    cr_expect_eq (via_parse (text, &via, NULL), 0);
}
