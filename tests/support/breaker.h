/* breaker.h: a proxy between a client and one image that speaks ZMTP on both sides and breaks
 * exactly one rule of the protocol: it changes, drops, doubles, holds back or adds messages. One
 * connection to the image for each of the client's. For the conformance kit, which has to notice
 * each of them: a row of the table (breaker_rules.c) is one rule, and what the kit must say.
 *
 * It runs in a thread of its own. A rule's functions are called there, for one message at a time;
 * what they leave alone is passed on byte for byte. */

#ifndef TESTS_SUPPORT_BREAKER_H
#define TESTS_SUPPORT_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct breaker;
struct breaker_turn;

struct breaker_rule {
    const char *name;    /* what it does wrong, for messages */
    const char *check;   /* the check that must fail */
    const char *says;    /* a part of what that says */
    const char *follows; /* the checks that fail with it, blanks between; NULL */
    bool needs_real; /* simulated images do not keep the rule themselves: a real one behind it */
    void (*on_greeting) (char *greeting);                   /* the client's, 64 bytes */
    bool (*drops_command) (const char *bytes, size_t size); /* of the image */
    void (*on_request) (struct breaker_turn *turn);
    void (*on_reply) (struct breaker_turn *turn); /* events too */
};

extern const struct breaker_rule breaker_rules[]; /* ending with a NULL name */

/* Listens on a free port, for the image at TARGET (tcp://127.0.0.1:PORT). */
struct breaker *breaker_open (const char *target, const struct breaker_rule *rule);
void breaker_close (struct breaker **self);
/* tcp://127.0.0.1:PORT; borrowed. */
const char *breaker_address (const struct breaker *self);

/* ---- for rules ------------------------------------------------------------------------------ */

/* One message on its way. */
struct breaker_turn {
    struct breaker *breaker;
    struct breaker_pair *pair;
    const char *command; /* of the request, or of the one that is answered; "" for events */
    const char *text;    /* the body, NUL-terminated */
    struct json *json;   /* owned: the body; NULL: none. To be changed by way of breaker_change */
    bool is_changed, is_dropped;
    char *replaced;      /* owned: what the body becomes instead; NULL */
    bool loses_envelope; /* but for one empty frame */
};

/* The body, to be changed; it is written anew. NULL when it is no JSON. */
struct json *breaker_change (struct breaker_turn *turn);
/* Sends one more message on the same connection, now: to the image, to the client. */
void breaker_send_up (struct breaker_turn *turn, const char *text);
void breaker_send_down (struct breaker_turn *turn, const char *text);
/* Holds the message back: so long; or until breaker_release on its connection. */
void breaker_delay (struct breaker_turn *turn, int64_t delay_ms);
void breaker_hold (struct breaker_turn *turn);
/* What was held goes out right behind the message of this turn. */
void breaker_release (struct breaker_turn *turn);

/* A rule's memory: of the connection, and a set of texts of all of them. */
int64_t *breaker_number (struct breaker_turn *turn);
/* Whether TEXT was put there before; puts it. VALUE (NULL: none) is kept with it. */
bool breaker_put (struct breaker_turn *turn, const char *text, const char *value);
/* The value that was put with TEXT; NULL. */
const char *breaker_found (struct breaker_turn *turn, const char *text);

#endif
