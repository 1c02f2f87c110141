/* sim_curve.c: see sim_curve.h. The commands lie as in the tables of CurveZMQ, one enum each. */

#include "sim/sim_curve.h"

#include <assert.h>
#include <string.h>

enum {
    KEY = CRYPT_BOX_KEY_BYTES,
    MAC = CRYPT_BOX_MAC_BYTES,
    SHORT_NONCE = 8, /* a counter, behind 16 letters that say what it is for */
    LONG_NONCE = 16, /* at random, behind 8 letters */
    COOKIE = LONG_NONCE + MAC + 2 * KEY,
    VOUCH = LONG_NONCE + MAC + 2 * KEY,
};

enum { /* HELLO: name, version 1.0, 72 zeros, the peer's short-term key, nonce, a box of 64 zeros */
       HELLO_VERSION = 6,
       HELLO_KEY = HELLO_VERSION + 2 + 72,
       HELLO_NONCE = HELLO_KEY + KEY,
       HELLO_BOX = HELLO_NONCE + SHORT_NONCE,
       HELLO_ZEROS = 64,
       HELLO_BYTES = HELLO_BOX + MAC + HELLO_ZEROS,
};

enum { /* INITIATE: name, cookie, nonce, a box of long-term key, vouch and properties */
       INITIATE_COOKIE = 9,
       INITIATE_NONCE = INITIATE_COOKIE + COOKIE,
       INITIATE_BOX = INITIATE_NONCE + SHORT_NONCE,
       INITIATE_INNER = KEY + VOUCH, /* before the properties */
       INITIATE_LEAST = INITIATE_BOX + MAC + INITIATE_INNER,
};

enum { /* MESSAGE: name, nonce, a box of flags and frame */
       MESSAGE_NONCE = 8,
       MESSAGE_BOX = MESSAGE_NONCE + SHORT_NONCE,
       FLAG_MORE = 1, /* in the box */
       FLAG_COMMAND = 2,
       ZMTP_MORE = 1, /* before a frame of ZMTP */
       ZMTP_COMMAND = 4,
};

static_assert (HELLO_BYTES == 200 && INITIATE_LEAST == 257, "as CurveZMQ says");
static_assert (SIM_CURVE_OVERHEAD == MESSAGE_BOX + MAC + 1, "as CurveZMQ says");

struct nonce {
    unsigned char bytes[CRYPT_BOX_NONCE_BYTES];
};

/* LETTERS and what is behind them. */
static struct nonce
nonce_of (const char *letters, const void *rest)
{
    struct nonce nonce;
    size_t size = strlen (letters);
    memcpy (nonce.bytes, letters, size);
    memcpy (nonce.bytes + size, rest, sizeof nonce.bytes - size);
    return nonce;
}

static void
number_put (char bytes[SHORT_NONCE], uint64_t number)
{
    for (int i = SHORT_NONCE - 1; i >= 0; i--, number >>= 8)
        bytes[i] = (char) number;
}

/* The peer's counter at BYTES is above the last one, and remembered. */
static bool
nonce_rises (struct sim_curve *self, const char *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < SHORT_NONCE; i++)
        number = number << 8 | (unsigned char) bytes[i];
    bool rises = number > self->their_nonce;
    self->their_nonce = rises ? number : self->their_nonce;
    return rises;
}

static bool
is_named (const char *bytes, const char *name)
{
    return memcmp (bytes, name, strlen (name)) == 0;
}

/* ---- The handshake --------------------------------------------------------------------------- */

/* Makes a short-term pair and a cookie that holds its secret key and the peer's public one, both in a
 * box for the peer. */
static void
welcome (struct sim_curve *self, const unsigned char their_key[KEY],
         const unsigned char shared[KEY], struct sim_bytes *out)
{
    unsigned char inner[KEY + COOKIE], secret[2 * KEY]; /* the peer's public key, our secret one */
    unsigned char random[LONG_NONCE];
    unsigned char *cookie = inner + KEY;
    memcpy (secret, their_key, KEY);
    crypt_box_pair (inner, secret + KEY);
    crypt_random (self->cookie_key, sizeof self->cookie_key);
    crypt_random (cookie, LONG_NONCE);
    crypt_box_seal (self->cookie_key, nonce_of ("COOKIE--", cookie).bytes, secret, sizeof secret,
                    cookie + LONG_NONCE);
    crypt_wipe (secret, sizeof secret);
    crypt_random (random, sizeof random);
    sim_bytes_append (out, "\7WELCOME", 8);
    sim_bytes_append (out, random, sizeof random);
    crypt_box_seal (shared, nonce_of ("WELCOME-", random).bytes, inner, sizeof inner,
                    sim_bytes_extend (out, MAC + sizeof inner));
}

enum sim_curve_verdict
sim_curve_hello (struct sim_curve *self, const char *bytes, size_t size, struct sim_bytes *out)
{
    unsigned char shared[KEY], zeros[HELLO_ZEROS];
    const unsigned char *their_key = (const unsigned char *) bytes + HELLO_KEY;
    if (size != HELLO_BYTES || !is_named (bytes, "\5HELLO") || bytes[HELLO_VERSION] != 1
        || bytes[HELLO_VERSION + 1] != 0 || !nonce_rises (self, bytes + HELLO_NONCE)
        || !crypt_box_share (their_key, self->keys->secret_key, shared))
        return SIM_CURVE_MALFORMED;
    bool opens = crypt_box_open (shared, nonce_of ("CurveZMQHELLO---", bytes + HELLO_NONCE).bytes,
                                 bytes + HELLO_BOX, size - HELLO_BOX, zeros);
    if (opens)
        welcome (self, their_key, shared, out);
    crypt_wipe (shared, sizeof shared);
    return opens ? SIM_CURVE_GOOD : SIM_CURVE_WRONG_KEY;
}

/* The box in INITIATE: whether the owner of the long-term key in it vouches for the short-term one,
 * THEIR_KEY, and means us. MY_KEY: our secret short-term key. */
static bool
is_vouched (const struct sim_curve *self, const unsigned char *inner,
            const unsigned char their_key[KEY], const unsigned char my_key[KEY])
{
    unsigned char shared[KEY], vouched[2 * KEY];
    const unsigned char *vouch = inner + KEY;
    bool is_so = crypt_box_share (inner, my_key, shared)
                 && crypt_box_open (shared, nonce_of ("VOUCH---", vouch).bytes, vouch + LONG_NONCE,
                                    VOUCH - LONG_NONCE, vouched)
                 && memcmp (vouched, their_key, KEY) == 0
                 && memcmp (vouched + KEY, self->keys->public_key, KEY) == 0;
    crypt_wipe (shared, sizeof shared);
    return is_so;
}

enum sim_curve_verdict
sim_curve_initiate (struct sim_curve *self, const char *bytes, size_t size,
                    struct sim_bytes *metadata)
{
    unsigned char secret[2 * KEY]; /* as in the cookie */
    const char *cookie = bytes + INITIATE_COOKIE;
    if (size < INITIATE_LEAST || !is_named (bytes, "\10INITIATE")
        || !nonce_rises (self, bytes + INITIATE_NONCE)
        || !crypt_box_open (self->cookie_key, nonce_of ("COOKIE--", cookie).bytes,
                            cookie + LONG_NONCE, COOKIE - LONG_NONCE, secret)
        || !crypt_box_share (secret, secret + KEY, self->shared))
        return SIM_CURVE_MALFORMED;
    struct sim_bytes inner = {0};
    size_t inner_size = size - INITIATE_BOX - MAC;
    char *opened = sim_bytes_extend (&inner, inner_size);
    bool is_good =
        crypt_box_open (self->shared, nonce_of ("CurveZMQINITIATE", bytes + INITIATE_NONCE).bytes,
                        bytes + INITIATE_BOX, size - INITIATE_BOX, opened)
        && is_vouched (self, (unsigned char *) opened, secret, secret + KEY);
    if (is_good)
        sim_bytes_append (metadata, opened + INITIATE_INNER, inner_size - INITIATE_INNER);
    sim_bytes_fini (&inner);
    crypt_wipe (secret, sizeof secret);
    crypt_wipe (self->cookie_key, sizeof self->cookie_key);
    return is_good ? SIM_CURVE_GOOD : SIM_CURVE_MALFORMED;
}

/* Appends our next counter and a box under it, of SIZE bytes that are written to it by the caller
 * before: they lie at the end of OUT, with room for MAC more behind them. */
static void
box_at_end (struct sim_curve *self, const char *letters, struct sim_bytes *out, size_t size)
{
    char *at = out->bytes + out->size - size - MAC;
    number_put (at - SHORT_NONCE, ++self->our_nonce);
    crypt_box_seal (self->shared, nonce_of (letters, at - SHORT_NONCE).bytes, at, size, at);
}

void
sim_curve_ready (struct sim_curve *self, const char *metadata, size_t size, struct sim_bytes *out)
{
    sim_bytes_append (out, "\5READY", 6);
    char *at = sim_bytes_extend (out, SHORT_NONCE + size + MAC);
    memcpy (at + SHORT_NONCE, metadata, size);
    box_at_end (self, "CurveZMQREADY---", out, size);
}

/* ---- Messages -------------------------------------------------------------------------------- */

enum sim_curve_verdict
sim_curve_open (struct sim_curve *self, char *bytes, size_t size, unsigned *flags, char **body,
                size_t *body_size)
{
    char *box = bytes + MESSAGE_BOX;
    if (size < SIM_CURVE_OVERHEAD || !is_named (bytes, "\7MESSAGE")
        || !nonce_rises (self, bytes + MESSAGE_NONCE)
        || !crypt_box_open (self->shared,
                            nonce_of ("CurveZMQMESSAGEC", bytes + MESSAGE_NONCE).bytes, box,
                            size - MESSAGE_BOX, box)
        || (unsigned char) *box > (FLAG_MORE | FLAG_COMMAND))
        return SIM_CURVE_MALFORMED;
    *flags = (*box & FLAG_MORE ? ZMTP_MORE : 0) | (*box & FLAG_COMMAND ? ZMTP_COMMAND : 0);
    *body = box + 1;
    *body_size = size - SIM_CURVE_OVERHEAD;
    return SIM_CURVE_GOOD;
}

void
sim_curve_seal (struct sim_curve *self, unsigned flags, const char *bytes, size_t size,
                struct sim_bytes *out)
{
    sim_bytes_append (out, "\7MESSAGE", MESSAGE_NONCE);
    char *at = sim_bytes_extend (out, SHORT_NONCE + 1 + size + MAC) + SHORT_NONCE;
    *at = (char) ((flags & ZMTP_MORE ? FLAG_MORE : 0) | (flags & ZMTP_COMMAND ? FLAG_COMMAND : 0));
    if (size > 0)
        memcpy (at + 1, bytes, size);
    box_at_end (self, "CurveZMQMESSAGES", out, 1 + size);
}
