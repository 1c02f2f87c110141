/* handshake.c: see handshake.h. What libzmq 4.3 says, tried: when the mechanisms are different ones,
 * both sides say so (a server that closes before it names its own cannot be told from others). A
 * server of libzmq's closes upon a HELLO for another key without a word; others may answer ERROR. A
 * server that refuses our own key (by ZAP) answers ERROR too. */

#include "actors/handshake.h"

#include <zmq.h>

static const struct handshake_fault no_curve = {
    STUI_TROUBLE_NO_CURVE,
    "the server does not speak CURVE (it has no key), and with server_key nothing is sent in plain",
};
static const struct handshake_fault key_wanted = {
    STUI_TROUBLE_KEY_WANTED,
    "the server asks for another security mechanism, CURVE most likely, and no server_key is set",
};
static const struct handshake_fault wrong_key = {
    STUI_TROUBLE_WRONG_KEY,
    "the key of the server is another one than server_key",
};
static const struct handshake_fault wrong_or_unknown_key = {
    STUI_TROUBLE_WRONG_KEY,
    "the server refused us: its key is another one than server_key, or it knows its clients by "
    "their keys",
};
static const struct handshake_fault closed_on_key = {
    STUI_TROUBLE_WRONG_KEY,
    "the server closed the connection in the CURVE handshake: its key is another one than "
    "server_key, most likely",
};
static const struct handshake_fault refused = {
    STUI_TROUBLE_WRONG_KEY,
    "the server refused the connection's credentials",
};
static const struct handshake_fault strange = {
    STUI_TROUBLE_HANDSHAKE,
    "something else than a stui server answers there (its ZMTP handshake failed)",
};

struct handshake_fault
handshake_fault (unsigned event, uint32_t value, bool has_key)
{
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return has_key ? wrong_or_unknown_key : refused;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        return has_key ? closed_on_key : strange;
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        return has_key ? no_curve : key_wanted;
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
        return wrong_key;
    return strange;
}
