/* tunnel_words.h: what ssh(1) says on stderr, at the level of -v, taken apart: why there is no tunnel, and
 * why a connection through it came to nothing. A line that is not known is no trouble: it is kept by
 * whoever reads, for when nothing better is said. After OpenSSH's messages, which are the same from 6.7
 * to 9.x. Pure. */

#ifndef STUI_ACTORS_TUNNEL_WORDS_H
#define STUI_ACTORS_TUNNEL_WORDS_H

#include <stui/trouble.h>

enum tunnel_saying {
    TUNNEL_SAYS_NOTHING,        /* that matters here: what it does, step by step */
    TUNNEL_SAYS_TEXT,           /* something that is not known */
    TUNNEL_SAYS_TROUBLE,        /* trouble, text: why there is no tunnel (any more) */
    TUNNEL_SAYS_CHANNEL_FAILED, /* channel, trouble, text: the far side made no connection for it */
    TUNNEL_SAYS_CHANNEL_CLOSED, /* channel, socket: which of our sockets it was for */
};

struct tunnel_said {
    enum tunnel_saying what;
    int channel;
    enum stui_trouble trouble;
    const char *text; /* static; of TEXT: into the line */
    char socket[108]; /* the path of a socket */
};

/* LINE is without its end; the result may point into it. */
struct tunnel_said tunnel_words (const char *line);

#endif
