/* path.h: where things lie (XDG), and making directories safely. Reads the environment. */

#ifndef STUI_RUNTIME_PATH_H
#define STUI_RUNTIME_PATH_H

#include <stui/types.h>

/* Each returns a text that the caller frees. */
char *path_state (const char *profile); /* $XDG_STATE_HOME/stui/PROFILE */
char *path_config (void);               /* $XDG_CONFIG_HOME/stui/config */
/* $XDG_RUNTIME_DIR/stui/PROFILE.sock, else /tmp/stui-UID/PROFILE.sock. A path that does not fit
 * sockaddr_un is an error: NULL and CAUSE. */
char *path_socket (const char *profile, struct stui_cause *cause);
/* BELOW the directory that this program lies in, whatever is there. NULL when nobody knows where. */
char *path_beside_program (const char *below);

/* Where the sockets of a profile's SSH tunnels lie, beside the control socket, or below /tmp when
 * their paths would not fit sockaddr_un there. Caller frees. */
char *path_tunnels (const char *profile);

/* PATH, which it takes over, if it is a program that we may run; NULL otherwise. */
char *path_runnable (char *path);
/* The program NAME where PATH has it; NULL. Caller frees. */
char *path_program (const char *name);
/* $STUI_SSH, or `ssh` where PATH has it. NULL and CAUSE when there is none. Caller frees. */
char *path_ssh (struct stui_cause *cause);

/* Makes PATH and its parents, 0700; refuses a last component that is a symlink, not a
 * directory, not ours or open to others. 0 or an error with CAUSE. */
int path_make_private (const char *path, struct stui_cause *cause);
/* The same for the directory that PATH, which has a slash, lies in. */
int path_make_private_parent (const char *path, struct stui_cause *cause);

/* A file's whole text; at most LIMIT bytes, valid UTF-8 without NUL. Caller frees. NULL and CAUSE
 * (NOT_FOUND, TOO_LARGE, MALFORMED, SYSTEM) otherwise. */
char *path_read (const char *path, size_t limit, struct stui_cause *cause);
/* The same of what standard input gives until its end, which may be a pipe. */
char *path_read_stdin (size_t limit, struct stui_cause *cause);
/* Written beside, synced, renamed; keeps the mode of what it replaces, else MODE. */
int path_replace (const char *path, const char *text, size_t size, int mode,
                  struct stui_cause *cause);

#endif
