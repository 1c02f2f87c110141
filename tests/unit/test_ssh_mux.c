/* test_ssh_mux.c: packets of OpenSSH's multiplexing protocol, byte by byte. */

#include "actors/ssh_mux.h"

#include <criterion/criterion.h>
#include <string.h>

Test (ssh_mux, a_forwarding_is_asked_for)
{
    unsigned char packet[SSH_MUX_PACKET_MAX];
    static const unsigned char expected[] = {
        0,    0, 0, 33,                                           /* bytes that follow */
        0x10, 0, 0, 6,  0,   0,   0,   7,    0,    0,    0,    1, /* open, request 7, local */
        0,    0, 0, 4,  '/', 'a', '/', 'b',  0xff, 0xff, 0xff, 0xfe,
        0,    0, 0, 1,  'h', 0,   0,   0x10, 0x92,
    };
    size_t size = ssh_mux_forward (packet, 7, "/a/b", "h", 4242);
    cr_assert_eq (size, sizeof expected);
    cr_assert_eq (memcmp (packet, expected, size), 0);
    char host[SSH_MUX_PACKET_MAX];
    memset (host, 'h', sizeof host);
    host[sizeof host - 1] = '\0';
    cr_assert_eq (ssh_mux_forward (packet, 7, "/a/b", host, 4242), 0, "it does not fit");
}

Test (ssh_mux, answers_are_taken_when_they_are_whole)
{
    static const unsigned char bytes[] = {
        0, 0, 0, 8,  0,    0, 0, 1, 0, 0, 0, 4,                            /* hello */
        0, 0, 0, 8,  0x80, 0, 0, 1, 0, 0, 0, 7,                            /* ok, 7 */
        0, 0, 0, 15, 0x80, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0, 3, 'n', 'o', 't', /* failure, 8 */
    };
    struct ssh_mux_answer answer;
    cr_assert_eq (ssh_mux_take (bytes, 12, &answer), 12);
    cr_assert (answer.is_hello);
    for (size_t size = 0; size < 12; size++)
        cr_assert_eq (ssh_mux_take (bytes + 12, size, &answer), 0);
    cr_assert_eq (ssh_mux_take (bytes + 12, 12, &answer), 12);
    cr_assert (answer.ok && !answer.is_hello && answer.id == 7);
    cr_assert_eq (ssh_mux_take (bytes + 24, 19, &answer), 19);
    cr_assert (!answer.ok && answer.id == 8);
    cr_assert_str_eq (answer.why, "not");
}

Test (ssh_mux, what_makes_no_sense_is_said_so)
{
    struct ssh_mux_answer answer;
    static const unsigned char other_version[] = {0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5};
    static const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    static const unsigned char other_type[] = {0, 0, 0, 8, 0x80, 0, 0, 9, 0, 0, 0, 5};
    static const unsigned char long_text[] = {0, 0, 0, 13,   0x80, 0,    0,    2,  0,
                                              0, 0, 1, 0xff, 0xff, 0xff, 0xff, 'x'};
    cr_assert_eq (ssh_mux_take (other_version, sizeof other_version, &answer), -1);
    cr_assert_eq (ssh_mux_take (endless, sizeof endless, &answer), -1);
    cr_assert_eq (ssh_mux_take (other_type, sizeof other_type, &answer), -1);
    cr_assert_eq (ssh_mux_take (long_text, sizeof long_text, &answer), 17);
    cr_assert_str_eq (answer.why, "x");
}
