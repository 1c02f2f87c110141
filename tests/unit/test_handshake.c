/* test_handshake.c: what libzmq says of a handshake that failed, as a trouble. */

#include "actors/handshake.h"

#include <string.h>

#include <criterion/criterion.h>
#include <zmq.h>

Test (handshake, each_failure_has_its_trouble)
{
    static const struct {
        unsigned event;
        uint32_t value;
        bool has_key;
        enum stui_trouble trouble;
        const char *part;
    } rows[] = {
        {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH, true,
         STUI_TROUBLE_NO_CURVE, "does not speak CURVE"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH, false,
         STUI_TROUBLE_KEY_WANTED, "no server_key is set"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC, true,
         STUI_TROUBLE_WRONG_KEY, "another one than server_key"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400, true, STUI_TROUBLE_WRONG_KEY, "refused us"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400, false, STUI_TROUBLE_WRONG_KEY, "credentials"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, 32, true, STUI_TROUBLE_WRONG_KEY, "most likely"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, 32, false, STUI_TROUBLE_HANDSHAKE, "something else"},
        {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED, false,
         STUI_TROUBLE_HANDSHAKE, "something else"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct handshake_fault fault =
            handshake_fault (rows[i].event, rows[i].value, rows[i].has_key);
        cr_expect_eq (fault.trouble, rows[i].trouble, "row %zu", i);
        cr_expect_not_null (strstr (fault.text, rows[i].part), "row %zu: %s", i, fault.text);
    }
}
