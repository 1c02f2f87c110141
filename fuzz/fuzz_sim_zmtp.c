/* fuzz_sim_zmtp.c: bytes of a peer of a simulated image, in two pieces: NULL or PLAIN, messages,
 * anything. Messages lie within what came, and nobody gets in without the password; where CURVE is
 * spoken nobody does, who does not answer what is made up for each. */

#include <assert.h>
#include <string.h>

#include "sim/sim_zmtp.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
take_all (struct sim_zmtp *peer, struct sim_bytes *out, size_t size, bool is_plain)
{
    struct sim_zmtp_message message;
    enum sim_zmtp_item item;
    while ((item = sim_zmtp_take (peer, &message, out)) != SIM_ZMTP_MORE) {
        assert (!is_plain || peer->is_proven || item != SIM_ZMTP_MESSAGE);
        assert (!peer->keys || item != SIM_ZMTP_MESSAGE);
        if (item == SIM_ZMTP_ERROR || item == SIM_ZMTP_REFUSED || item == SIM_ZMTP_DISMISSED)
            return;
        assert (message.size <= size && message.envelope_size <= SIM_ZMTP_ENVELOPE_MAX);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static struct sim_curve_keys keys = {.secret_key = "a secret of 32 bytes, not of use"};
    struct sim_zmtp peer = {.password = "secret"};
    struct sim_bytes out = {0};
    if (size == 0)
        return 0;
    bool is_plain = size >= 17 && memcmp (data + 12, "PLAIN", 5) == 0;
    if (size >= 17 && memcmp (data + 12, "CURVE", 5) == 0) {
        crypt_box_public (keys.secret_key, keys.public_key);
        peer.keys = &keys;
    }
    sim_zmtp_greet (&out);
    sim_zmtp_feed (&peer, data, size / 2);
    take_all (&peer, &out, size, is_plain);
    sim_zmtp_feed (&peer, data + size / 2, size - size / 2);
    take_all (&peer, &out, size, is_plain);
    sim_zmtp_fini (&peer);
    sim_bytes_fini (&out);
    return 0;
}
