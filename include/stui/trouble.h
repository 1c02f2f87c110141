/* trouble.h: what can be wrong between stui and an image: each with its word, the error that it
 * counts as, what stui does about it by itself, and what a person can do. One row each; screens,
 * events and commands all say it from here. */

#ifndef STUI_TROUBLE_H
#define STUI_TROUBLE_H

#include <stui/types.h>

#define STUI_TRIES_AGAIN   "it is tried again and again by itself"
#define STUI_WAITS_FOR_YOU "nothing more is tried until you ask: stui image retry"

/* X (symbol, "word", error, "what stui does", "what you can do") */
#define STUI_TROUBLES(X)                                                                           \
    X (NONE, "none", UNREACHABLE, "", "")                                                          \
    X (NO_NAME, "name_not_found", NOT_FOUND, STUI_TRIES_AGAIN ", and when the network changes",    \
       "check how the host's name is spelled, and this machine's name servers")                    \
    X (NO_ROUTE, "no_route", UNREACHABLE, "it is tried at once when the network changes",          \
       "this machine has no way there: is the network up, or a VPN needed?")                       \
    X (UNREACHABLE, "unreachable", UNREACHABLE, STUI_TRIES_AGAIN ", and when the network changes", \
       "the host does not answer: is it up, and is its address right?")                            \
    X (REFUSED, "refused", UNREACHABLE, STUI_TRIES_AGAIN,                                          \
       "nothing listens on that port: start the image's server, or mend the address")              \
    X (TIMED_OUT, "timed_out", TIMEOUT, STUI_TRIES_AGAIN,                                          \
       "nothing came back: is a firewall between, or the image stopped?")                          \
    X (HANDSHAKE, "handshake_failed", UNREACHABLE, STUI_TRIES_AGAIN,                               \
       "something else than a stui server listens there: check the port")                          \
    X (WRONG_KEY, "wrong_key", AUTHENTICATION, STUI_TRIES_AGAIN,                                   \
       "the server has another key: check server_key")                                             \
    X (NO_CURVE, "no_curve", AUTHENTICATION, STUI_TRIES_AGAIN,                                     \
       "nothing there is encrypted: start the server with CURVE, or take server_key away")         \
    X (KEY_WANTED, "key_wanted", AUTHENTICATION, STUI_TRIES_AGAIN,                                 \
       "the server asks for CURVE: ask its owner for its key, and set server_key")                 \
    X (TOKEN, "token_refused", AUTHENTICATION, STUI_WAITS_FOR_YOU,                                 \
       "the image wants another token: check token_file or token_secret")                          \
    X (NO_SECRET, "no_secret", NOT_FOUND, STUI_TRIES_AGAIN ", and when it is set",                 \
       "the token is not there: stui secret set keeps it")                                         \
    X (LOCKED, "locked", LOCKED, STUI_TRIES_AGAIN ", and when it is unlocked",                     \
       "give the passphrase, or put the key file back: stui secret unlock")                        \
    X (TOO_OLD, "protocol_too_old", UNSUPPORTED, STUI_WAITS_FOR_YOU,                               \
       "load a newer server into the image")                                                       \
    X (TOO_NEW, "protocol_too_new", UNSUPPORTED, STUI_WAITS_FOR_YOU, "use a newer stui")           \
    X (FENCED, "fenced", FENCED, STUI_WAITS_FOR_YOU,                                               \
       "another stui uses this identity: a copied or restored profile?")                           \
    X (REFUSAL, "refused_by_image", INTERNAL, STUI_WAITS_FOR_YOU,                                  \
       "look at what it says, and at the image's own log")                                         \
    X (CLOSED, "closed", UNREACHABLE, STUI_TRIES_AGAIN,                                            \
       "the image's side closed the connection: did the image end?")                               \
    X (SILENT, "silent", TIMEOUT, STUI_TRIES_AGAIN,                                                \
       "the image, or the network to it, stopped answering")                                       \
    X (BUSY, "busy", TIMEOUT, "it is waited for",                                                  \
       "what runs can be interrupted: ^C, or stui image interrupt")                                \
    X (MALFORMED, "malformed", MALFORMED, STUI_TRIES_AGAIN,                                        \
       "the server in the image breaks the protocol: stui image test --conformance names the "     \
       "rule")                                                                                     \
    X (NO_CLAIM, "no_claim", STORAGE, STUI_TRIES_AGAIN,                                            \
       "the database cannot write: stui doctor says why")                                          \
    X (UNUSABLE, "unusable", MALFORMED, STUI_WAITS_FOR_YOU,                                        \
       "mend the settings of the image in the configuration")

enum stui_trouble {
#define X(symbol, word, error, next, advice) STUI_TROUBLE_##symbol,
    STUI_TROUBLES (X)
#undef X
        STUI_TROUBLE_COUNT
};

/* Static texts; of a number that is none the ones of NONE. */
const char *stui_trouble_word (enum stui_trouble trouble);
enum stui_err stui_trouble_err (enum stui_trouble trouble);
const char *stui_trouble_next (enum stui_trouble trouble);
const char *stui_trouble_advice (enum stui_trouble trouble);
/* NONE for a word that is none; accepts NULL. */
enum stui_trouble stui_trouble_from_word (const char *word);

#endif
