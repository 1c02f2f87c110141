/* passphrase.c: see passphrase.h. Owns the terminal's echo while it reads. */

#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

enum { CONTROL_C = 3 };

/* A line of FD, byte by byte: what is behind it is for whoever reads next. */
static char *
line_read (int fd, bool typed, struct stui_cause *cause)
{
    char line[CRYPT_PASSPHRASE_MAX + 1];
    size_t size = 0;
    ssize_t got;
    char byte = '\0';
    while ((got = read (fd, &byte, 1)) == 1 && byte != '\n' && !(typed && byte == CONTROL_C)
           && size < sizeof line)
        line[size++] = byte;
    int err = 0;
    if (typed && got == 1 && byte == CONTROL_C)
        err = stui_fail (cause, STUI_E_STOPPING, "given up, nothing was changed");
    else if (got < 0)
        err = stui_fail (cause, STUI_E_SYSTEM, "descriptor %d cannot be read: %s", fd,
                         strerror (errno));
    else if (size == sizeof line)
        err = stui_fail (cause, STUI_E_TOO_LARGE, "the line is longer than %d bytes",
                         CRYPT_PASSPHRASE_MAX);
    else if (size == 0)
        err = stui_fail (cause, STUI_E_INVALID_REQUEST, "nothing was given: a line was expected");
    char *text = NULL;
    if (!err) {
        line[size - (line[size - 1] == '\r')] = '\0';
        text = stui_strndup (line, size);
        if (strlen (text) == 0 || !utf8_is_valid (text, strlen (text))) {
            stui_fail (cause, STUI_E_INVALID_REQUEST, "what was given is no line of UTF-8");
            crypt_free (&text);
        }
    }
    crypt_wipe (line, sizeof line);
    return text;
}

char *
passphrase_read_line (int fd, const char *question, struct stui_cause *cause)
{
    struct termios before;
    if (fd >= 0 || tcgetattr (STDIN_FILENO, &before) < 0)
        return line_read (fd >= 0 ? fd : STDIN_FILENO, false, cause);
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t) (ECHO | ISIG); /* ^C is read here, so that echo comes back */
    silent.c_lflag |= ICANON | ECHONL;
    silent.c_cc[VEOL] = CONTROL_C;
    fprintf (stderr, "%s: ", question);
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    char *text = line_read (STDIN_FILENO, true, cause);
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    if (!text && cause->err == STUI_E_STOPPING)
        fputc ('\n', stderr);
    return text;
}

bool
passphrase_has_more (int fd)
{
    struct pollfd waits = {.fd = fd >= 0 ? fd : STDIN_FILENO, .events = POLLIN};
    char byte;
    bool typed = fd < 0 && isatty (STDIN_FILENO);
    return !typed && poll (&waits, 1, 0) == 1 && read (waits.fd, &byte, 1) == 1;
}

int
passphrase_fd (const struct arguments *arguments)
{
    enum { FD_MAX = 1023 };
    struct stui_cause cause = {0};
    int64_t fd = arguments_number (arguments, "passphrase-fd", -1, 0, FD_MAX, &cause);
    if (cause.err == 0 && fd >= 0 && fcntl ((int) fd, F_GETFD) < 0)
        stui_fail (&cause, STUI_E_INVALID_REQUEST, "--passphrase-fd: descriptor %d is not open",
                   (int) fd);
    if (cause.err == 0)
        return (int) fd;
    cli_complain ("%s", cause.text);
    return -2;
}

struct crypt_key *
passphrase_new_key (int fd, const char *question, struct crypt_kdf *kdf, struct stui_cause *cause)
{
    bool typed = fd < 0 && isatty (STDIN_FILENO);
    char *text = passphrase_read_line (fd, question, cause);
    char *again = text && typed ? passphrase_read_line (fd, "the same again", cause) : NULL;
    struct crypt_key *key = NULL;
    crypt_kdf_new (kdf);
    if (text && typed && again && strcmp (text, again) != 0)
        stui_fail (cause, STUI_E_INVALID_REQUEST,
                   "the two are not the same: nothing was changed, try again");
    else if (text && (!typed || again))
        key = crypt_key_from_passphrase (text, kdf, cause);
    crypt_free (&again);
    crypt_free (&text);
    return key;
}

struct json *
passphrase_vault (struct client *client, struct stui_cause *cause)
{
    return client_ask (client, msg_new ("store", MSG_SECRET_LIST, 0), cause);
}

struct crypt_key *
passphrase_key (const struct json *vault, int fd, struct stui_cause *cause)
{
    struct crypt_kdf kdf;
    if (!crypt_kdf_from_json (json_get (vault, "argon2id"), &kdf)) {
        stui_fail (cause, STUI_E_INVALID_REQUEST, "this profile has no passphrase");
        return NULL;
    }
    char *text = passphrase_read_line (fd, "passphrase", cause);
    struct crypt_key *key = text ? crypt_key_from_passphrase (text, &kdf, cause) : NULL;
    crypt_free (&text);
    return key;
}

int
passphrase_unlock (struct client *client, int fd, struct stui_cause *cause)
{
    struct json *vault = passphrase_vault (client, cause), *answer = NULL;
    const char *state = json_get_text (vault, "state");
    char hex[CRYPT_HEX_SIZE] = "";
    int err = vault ? 0 : cause->err;
    if (!err && strcmp (state ? state : "", "locked") == 0) {
        struct crypt_key *key = passphrase_key (vault, fd, cause);
        if (key)
            crypt_key_hex (key, hex);
        else
            err = cause->err;
        crypt_key_destroy (&key);
    }
    bool is_shut = !err && state && (hex[0] != '\0' || strcmp (state, "keyless") == 0);
    if (is_shut) {
        answer = client_ask (client, msg_new ("store", MSG_VAULT_UNLOCK, 0, hex), cause);
        err = answer ? 0 : cause->err;
    }
    crypt_wipe (hex, sizeof hex);
    json_destroy (&answer);
    json_destroy (&vault);
    return err;
}
