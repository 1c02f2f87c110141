/* supervise_route.c: the way to an image: its name resolved, or a tunnel of netwatch's through SSH, and why
 * a connection through that came to nothing. A socket that leads into a tunnel can always be connected
 * to; what failed beyond it only ssh knows. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

void
supervise_place_key (const struct supervise *self, char key[KEYS_IMAGE_MAX + 1])
{
    char *place = stui_printf ("%s%s%s", self->via, self->via[0] ? " " : "", self->address);
    keys_image_from_address (place, key);
    free (place);
}

void
supervise_resolve (struct supervise *self)
{
    struct address address;
    if (address_parse (self->address, &address, NULL) != 0) {
        supervise_fail (self, LIFE_EV_REFUSED, STUI_TROUBLE_UNUSABLE,
                        "'%s' is no address: expected tcp://HOST:PORT", self->address);
        return;
    }
    if (self->via[0]) {
        supervise_live (self, LIFE_EV_BEHIND);
        return;
    }
    if (address.numeric) {
        memcpy (self->endpoint, self->address, sizeof self->endpoint);
        supervise_live (self, LIFE_EV_RESOLVED);
        return;
    }
    uint64_t ref = supervise_ask (self, ASK_RESOLVE, NULL);
    supervise_send (self, msg_new ("netwatch", MSG_RESOLVE, ref, address.host));
}

void
supervise_route_resolved (struct supervise *self, const struct json *result, const char *error)
{
    const struct json *addresses = json_get (result, "addresses");
    const char *first = json_text (json_at (addresses, 0));
    if (!first) {
        self->network = STUI_NETWORK_NO_NAME;
        supervise_fail (self, LIFE_EV_UNRESOLVED, STUI_TROUBLE_NO_NAME, "%s",
                        error ? error : "its name has no address");
        return;
    }
    const char *colon = strrchr (self->address, ':');
    snprintf (self->endpoint, sizeof self->endpoint,
              strchr (first, ':') ? "tcp://[%s]%s" : "tcp://%s%s", first, colon ? colon : "");
    supervise_live (self, LIFE_EV_RESOLVED);
}

/* ---- Tunnels ---------------------------------------------------------------------------------- */

void
supervise_route_leave (struct supervise *self)
{
    if (self->tunnelled)
        supervise_send (self, msg_new ("netwatch", MSG_TUNNEL_LEFT, 0, self->via));
    self->tunnelled = false;
}

/* Which trouble netwatch's error MSG is. */
static enum stui_trouble
tunnel_trouble (const struct msg *msg)
{
    struct json *details = json_parse_text (msg_text (msg, 2));
    enum stui_trouble trouble = stui_trouble_from_word (json_get_text (details, "trouble"));
    json_destroy (&details);
    return trouble != STUI_TROUBLE_NONE ? trouble : STUI_TROUBLE_TUNNEL_DOWN;
}

void
supervise_route_tunnel (struct supervise *self, const struct msg *msg, const struct json *result)
{
    const char *endpoint = json_get_text (result, "endpoint");
    if (endpoint) {
        snprintf (self->endpoint, sizeof self->endpoint, "%s", endpoint);
        supervise_live (self, LIFE_EV_RESOLVED);
        return;
    }
    enum stui_trouble trouble =
        msg->verb == MSG_ERROR ? tunnel_trouble (msg) : STUI_TROUBLE_TUNNEL_DOWN;
    if (trouble == STUI_TROUBLE_TUNNEL_NO_NAME)
        self->network = STUI_NETWORK_NO_NAME;
    supervise_fail (self, stui_trouble_waits (trouble) ? LIFE_EV_REFUSED : LIFE_EV_UNRESOLVED,
                    trouble, "%s",
                    msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the tunnel has no way to it");
}

/* The link is gone already; the attempt goes on until it is known why, or its time is over. */
void
supervise_route_explain (struct supervise *self, enum stui_trouble trouble, const char *why)
{
    stui_fail (&self->link_why, stui_trouble_err (trouble), "%s", why);
    self->link_trouble = trouble;
    if (self->link_open)
        supervise_do (self, SUPERVISE_CLOSE, NULL, NULL);
    self->link_open = false;
    uint64_t ref = supervise_ask (self, ASK_TUNNEL_WHY, NULL);
    supervise_send (self, msg_new ("netwatch", MSG_TUNNEL_WHY, ref, self->via, self->address));
}

void
supervise_route_explained (struct supervise *self, const struct msg *msg)
{
    if (self->link_open || self->phase < LIFE_CONNECTING || self->phase >= LIFE_LIVE)
        return; /* its time was over, or it was let go */
    if (msg->verb == MSG_OK) {
        supervise_fail (self, LIFE_EV_CLOSED, self->link_trouble, "%s", self->link_why.text);
        return;
    }
    enum stui_trouble trouble = tunnel_trouble (msg);
    /* What failed is not the step that seemed to be reached, but the way before it. */
    self->phase = stui_trouble_is_tunnel (trouble) ? LIFE_TUNNELLING : LIFE_CONNECTING;
    supervise_fail (self, stui_trouble_waits (trouble) ? LIFE_EV_REFUSED : LIFE_EV_CLOSED, trouble,
                    "%s", msg_text (msg, 1));
}
