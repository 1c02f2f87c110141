/* chaos_attach.c: see chaos_attach.h. What only the user's own profile has (secrets, SSH tunnels) the
 * stui of the run cannot use: such images are refused. */

#include "cli/chaos_attach.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/json.h"
#include "runtime/path.h"

enum { CONFIG_BYTES_MAX = 16 * 1024 * 1024 };

static const struct config_image *
attach_read (struct chaos_attach *self, const char *config_path, const char *name,
             struct stui_cause *cause)
{
    char *text = path_read (config_path, CONFIG_BYTES_MAX, cause);
    self->is_read = text != NULL && config_parse (text, config_path, &self->config, cause) == 0;
    free (text);
    if (!self->is_read)
        return NULL;
    const struct config_image *image = config_find (&self->config, name);
    if (image == NULL)
        stui_fail (cause, STUI_E_NOT_FOUND,
                   "there is no image '%s' in %s; `stui image ls` names them", name, config_path);
    return image;
}

/* 0 when the stui of the run can be told all that it needs, and may. */
static int
attach_judge (const struct config_image *image, struct stui_cause *cause)
{
    if (image->protected_)
        return stui_fail (cause, STUI_E_PERMISSION,
                          "%s is protected: chaos evaluates in it and breaks its connections; use "
                          "another image, or take `protected` out of the configuration",
                          image->name);
    if (image->via != NULL)
        return stui_fail (
            cause, STUI_E_UNSUPPORTED,
            "%s is reached by SSH, and the proxy cannot stand in a tunnel: forward its "
            "port yourself (ssh -L) and add an image with that address",
            image->name);
    if (image->token_secret != NULL || image->client_key_secret != NULL)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "%s needs a secret of your profile, which the stui of the run does not "
                          "have: add the image once more with a token_file",
                          image->name);
    return 0;
}

/* The first of its addresses. */
static int
attach_resolve (struct chaos_attach *self, const struct config_image *image,
                struct chaos_attached *attached, struct stui_cause *cause)
{
    struct address address;
    char port[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int err = address_parse (image->address, &address, cause);
    if (err < 0)
        return err;
    snprintf (port, sizeof port, "%d", address.port);
    int why = getaddrinfo (address.host, port, &hints, &found);
    if (why != 0)
        return stui_fail (
            cause, STUI_E_UNREACHABLE,
            "the address of %s, %s, was not found: %s; is its name right, the network "
            "there?",
            image->name, image->address, gai_strerror (why));
    memcpy (&self->address, found->ai_addr, found->ai_addrlen);
    attached->address = &self->address;
    attached->address_size = found->ai_addrlen;
    attached->port = (uint16_t) address.port;
    freeaddrinfo (found);
    return 0;
}

int
chaos_attach_find (struct chaos_attach *self, const char *config_path, const char *name,
                   struct chaos_attached *attached, struct stui_cause *cause)
{
    const struct config_image *image = attach_read (self, config_path, name, cause);
    if (image == NULL)
        return cause->err;
    int err = attach_judge (image, cause);
    if (err == 0)
        err = attach_resolve (self, image, attached, cause);
    if (err < 0)
        return err;
    self->settings = json_object ();
    if (image->token_file != NULL)
        json_set_text (self->settings, "token_file", image->token_file);
    if (image->server_key != NULL)
        json_set_text (self->settings, "server_key", image->server_key);
    attached->name = image->name;
    attached->settings = self->settings;
    return 0;
}

void
chaos_attach_fini (struct chaos_attach *self)
{
    if (self->is_read)
        config_fini (&self->config);
    json_destroy (&self->settings);
}
