/* test_tunnel_words.c: what OpenSSH 9.2 really wrote on stderr, and what it is taken for. */

#include "actors/tunnel_words.h"

#include <criterion/criterion.h>

static void
expect_trouble (const char *line, enum stui_trouble trouble)
{
    struct tunnel_said said = tunnel_words (line);
    cr_expect_eq (said.what, TUNNEL_SAYS_TROUBLE, "%s", line);
    cr_expect_eq (said.trouble, trouble, "%s", line);
    cr_expect_not_null (said.text);
}

Test (tunnel_words, why_there_is_no_tunnel)
{
    expect_trouble ("me@127.0.0.1: Permission denied (publickey).", STUI_TROUBLE_TUNNEL_KEY);
    expect_trouble ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
                    STUI_TROUBLE_TUNNEL_HOST_CHANGED);
    expect_trouble ("Host key verification failed.", STUI_TROUBLE_TUNNEL_HOST_UNKNOWN);
    expect_trouble ("ssh: connect to host 127.0.0.1 port 9: Connection refused",
                    STUI_TROUBLE_TUNNEL_REFUSED);
    expect_trouble ("ssh: connect to host 10.0.0.1 port 22: No route to host",
                    STUI_TROUBLE_TUNNEL_UNREACHABLE);
    expect_trouble ("ssh: connect to host 10.0.0.1 port 22: Connection timed out",
                    STUI_TROUBLE_TUNNEL_TIMED_OUT);
    expect_trouble ("ssh: Could not resolve hostname x.invalid: Name or service not known",
                    STUI_TROUBLE_TUNNEL_NO_NAME);
    expect_trouble ("Timeout, server 10.0.0.1 not responding.\r", STUI_TROUBLE_TUNNEL_TIMED_OUT);
    expect_trouble ("Connection to 10.0.0.1 closed by remote host.", STUI_TROUBLE_TUNNEL_DOWN);
}

Test (tunnel_words, why_a_connection_came_to_nothing)
{
    struct tunnel_said said =
        tunnel_words ("channel 3: open failed: connect failed: Connection refused");
    cr_assert_eq (said.what, TUNNEL_SAYS_CHANNEL_FAILED);
    cr_assert_eq (said.channel, 3);
    cr_assert_eq (said.trouble, STUI_TROUBLE_REFUSED);
    said = tunnel_words ("channel 12: open failed: administratively prohibited: open failed");
    cr_assert_eq (said.channel, 12);
    cr_assert_eq (said.trouble, STUI_TROUBLE_TUNNEL_DENIED);
    said = tunnel_words ("channel 1: open failed: unknown channel type: ");
    cr_assert_eq (said.trouble, STUI_TROUBLE_UNREACHABLE);
}

Test (tunnel_words, whose_connection_it_was)
{
    struct tunnel_said said = tunnel_words (
        "debug1: channel 1: free: direct-tcpip: listening port -2 for 127.0.0.1 port 22899, "
        "connect "
        "from  port 0 to /run/user/0/stui/default.ssh/12-00ff-1.2 port 0, nchannels 5");
    cr_assert_eq (said.what, TUNNEL_SAYS_CHANNEL_CLOSED);
    cr_assert_eq (said.channel, 1);
    cr_assert_str_eq (said.socket, "/run/user/0/stui/default.ssh/12-00ff-1.2");
}

Test (tunnel_words, what_says_nothing_and_what_is_not_known)
{
    static const char *const nothing[] = {
        "",
        "debug1: Entering interactive session.",
        "debug1: channel 1: free: mux-control, nchannels 3",
        "debug1: channel 1: free: direct-tcpip: to nowhere",
        "debug1: connect to address 10.0.0.1 port 22: Connection refused",
    };
    for (size_t index = 0; index < sizeof nothing / sizeof *nothing; index++)
        cr_expect_eq (tunnel_words (nothing[index]).what, TUNNEL_SAYS_NOTHING, "%s",
                      nothing[index]);
    struct tunnel_said said = tunnel_words ("Bad owner or permissions on /root/.ssh/config");
    cr_assert_eq (said.what, TUNNEL_SAYS_TEXT);
    cr_assert_str_eq (said.text, "Bad owner or permissions on /root/.ssh/config");
}
