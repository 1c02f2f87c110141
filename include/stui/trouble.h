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
    X (DEAF, "not_answering", TIMEOUT, STUI_TRIES_AGAIN,                                           \
       "is the process stopped (kill -CONT PID lets it go on), busy or swapped out? Look at it "   \
       "with top; else no stui server listens there: check the port")                              \
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
       "another stui uses this identity: a copied or restored profile? stui image retry takes "    \
       "the image back from it")                                                                   \
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
    /* between stui and the host that an image is behind (via) */                                  \
    X (NO_SSH, "ssh_missing", NOT_FOUND, STUI_WAITS_FOR_YOU,                                       \
       "install OpenSSH's client (openssh-client), or name it in $STUI_SSH")                       \
    X (TUNNEL_NO_NAME, "tunnel_name_not_found", NOT_FOUND,                                         \
       STUI_TRIES_AGAIN ", and when the network changes",                                          \
       "check how `via` is spelled, and the Host entries of ~/.ssh/config")                        \
    X (TUNNEL_UNREACHABLE, "tunnel_unreachable", UNREACHABLE,                                      \
       STUI_TRIES_AGAIN ", and when the network changes",                                          \
       "the host of `via` does not answer: is it up, and is this machine's network?")              \
    X (TUNNEL_REFUSED, "tunnel_refused", UNREACHABLE, STUI_TRIES_AGAIN,                            \
       "nothing listens for SSH there: start sshd on the host, or mend the port in `via`")         \
    X (TUNNEL_TIMED_OUT, "tunnel_timed_out", TIMEOUT,                                              \
       STUI_TRIES_AGAIN ", and when the network changes",                                          \
       "nothing came back: is a firewall between, or the host of `via` down?")                     \
    X (TUNNEL_KEY, "tunnel_key_refused", AUTHENTICATION, STUI_WAITS_FOR_YOU,                       \
       "ssh has to get in without a question: ssh-add your key, or set IdentityFile in "           \
       "~/.ssh/config")                                                                            \
    X (TUNNEL_HOST_UNKNOWN, "tunnel_host_unknown", AUTHENTICATION, STUI_WAITS_FOR_YOU,             \
       "its key is in no known_hosts file: ssh to it once by hand, and compare the key")           \
    X (TUNNEL_HOST_CHANGED, "tunnel_host_changed", AUTHENTICATION, STUI_WAITS_FOR_YOU,             \
       "is it another machine, or somebody between? If it was set up anew: ssh-keygen -R HOST, "   \
       "and ssh to it once")                                                                       \
    X (TUNNEL_DENIED, "tunnel_denied", PERMISSION, STUI_TRIES_AGAIN,                               \
       "sshd there forbids it: see AllowTcpForwarding and PermitOpen in its sshd_config, and "     \
       "the key's options")                                                                        \
    X (TUNNEL_DOWN, "tunnel_down", UNREACHABLE, STUI_TRIES_AGAIN,                                  \
       "look at what ssh says: run ssh to that host by hand")                                      \
    X (NO_SOCKET, "no_socket", SYSTEM, STUI_TRIES_AGAIN,                                           \
       "nothing, if it passes: those of earlier attempts are being closed; else is this machine "  \
       "too busy for so many images?")                                                             \
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
/* Whether nothing more is tried until the user asks. */
bool stui_trouble_waits (enum stui_trouble trouble);
/* Whether it is the way to the host that an image is behind, not the image's own. */
bool stui_trouble_is_tunnel (enum stui_trouble trouble);
/* NONE for a word that is none; accepts NULL. */
enum stui_trouble stui_trouble_from_word (const char *word);

#endif
