/* tunnel_words.c: see tunnel_words.h. Pure. */

#include "actors/tunnel_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
    const char *part; /* of the line */
    enum stui_trouble trouble;
    const char *text;
};

/* Why there is no tunnel. The first that fits counts: ssh ends a changed host key with the words of an
 * unknown one. */
static const struct words tunnel_rows[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", STUI_TROUBLE_TUNNEL_HOST_CHANGED,
     "its host key is another one than the key that is known"},
    {"Host key verification failed", STUI_TROUBLE_TUNNEL_HOST_UNKNOWN,
     "its host key is not known here"},
    {"Permission denied (", STUI_TROUBLE_TUNNEL_KEY, "no key of yours was accepted there"},
    {"Too many authentication failures", STUI_TROUBLE_TUNNEL_KEY,
     "none of the first keys that ssh offered was accepted there"},
    {"Could not resolve hostname", STUI_TROUBLE_TUNNEL_NO_NAME, "its name has no address"},
    {": Connection refused", STUI_TROUBLE_TUNNEL_REFUSED,
     "connection refused: no sshd listens on that port"},
    {": No route to host", STUI_TROUBLE_TUNNEL_UNREACHABLE, "the host cannot be reached"},
    {": Network is unreachable", STUI_TROUBLE_TUNNEL_UNREACHABLE,
     "this machine has no route to it"},
    {": Connection timed out", STUI_TROUBLE_TUNNEL_TIMED_OUT, "the host did not answer"},
    {": Operation timed out", STUI_TROUBLE_TUNNEL_TIMED_OUT, "the host did not answer"},
    {"not responding.", STUI_TROUBLE_TUNNEL_TIMED_OUT, "the host stopped answering"},
    {"closed by remote host", STUI_TROUBLE_TUNNEL_DOWN, "the host closed the connection"},
    {"Connection reset by", STUI_TROUBLE_TUNNEL_DOWN, "the connection to the host was cut"},
    {"Broken pipe", STUI_TROUBLE_TUNNEL_DOWN, "the connection to the host was cut"},
};

/* Why the far side made no connection. */
static const struct words channel_rows[] = {
    {"administratively prohibited", STUI_TROUBLE_TUNNEL_DENIED, "sshd there forbids to forward it"},
    {"Connection refused", STUI_TROUBLE_REFUSED,
     "connection refused: nothing listens on that port"},
    {"Name or service not known", STUI_TROUBLE_NO_NAME, "that host does not know the name"},
    {"Temporary failure in name resolution", STUI_TROUBLE_NO_NAME,
     "that host could not resolve the name"},
    {"No address associated", STUI_TROUBLE_NO_NAME, "the name has no address there"},
    {"timed out", STUI_TROUBLE_TIMED_OUT, "it did not answer"},
    {"", STUI_TROUBLE_UNREACHABLE, "it cannot be reached from there"},
};

static const struct words *
words_find (const struct words *rows, size_t count, const char *line)
{
    for (size_t index = 0; index < count; index++)
        if (strstr (line, rows[index].part))
            return &rows[index];
    return NULL;
}

/* "debug1: channel 1: free: direct-tcpip: listening port -2 for HOST port PORT, connect from  port 0 to
 * SOCKET port 0, nchannels 5". */
static bool
channel_closed (const char *line, struct tunnel_said *said)
{
    static const char beginning[] = "debug1: channel ";
    if (strncmp (line, beginning, strlen (beginning)) != 0)
        return false;
    char *rest;
    long channel = strtol (line + strlen (beginning), &rest, 10);
    const char *free = strncmp (rest, ": free: direct-tcpip", 20) == 0 ? rest : NULL;
    const char *socket = free ? strstr (free, " to /") : NULL;
    const char *end = socket ? strstr (socket, " port ") : NULL;
    if (!end || (size_t) (end - socket) - 4 >= sizeof said->socket)
        return false;
    said->what = TUNNEL_SAYS_CHANNEL_CLOSED;
    said->channel = (int) channel;
    snprintf (said->socket, sizeof said->socket, "%.*s", (int) (end - socket) - 4, socket + 4);
    return true;
}

struct tunnel_said
tunnel_words (const char *line)
{
    struct tunnel_said said = {.what = TUNNEL_SAYS_NOTHING};
    if (channel_closed (line, &said) || strncmp (line, "debug", 5) == 0 || !*line)
        return said;
    int channel, length = 0;
    if (sscanf (line, "channel %d: open failed: %n", &channel, &length) == 1 && length > 0) {
        const struct words *row =
            words_find (channel_rows, sizeof channel_rows / sizeof *channel_rows, line + length);
        return (struct tunnel_said){.what = TUNNEL_SAYS_CHANNEL_FAILED,
                                    .channel = channel,
                                    .trouble = row->trouble,
                                    .text = row->text};
    }
    const struct words *row =
        words_find (tunnel_rows, sizeof tunnel_rows / sizeof *tunnel_rows, line);
    if (row)
        return (struct tunnel_said){
            .what = TUNNEL_SAYS_TROUBLE, .trouble = row->trouble, .text = row->text};
    return (struct tunnel_said){.what = TUNNEL_SAYS_TEXT, .text = line};
}
