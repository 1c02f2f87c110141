/* config_json.c: what the configuration says, as messages carry it. Pure but for the heap. */

#include "runtime/config.h"

#include "runtime/json.h"

static void
json_set_known (struct json *json, const char *key, const char *text)
{
    if (text)
        json_set_text (json, key, text);
}

struct json *
config_to_json (const struct config *config)
{
    struct json *array = json_array ();
    for (size_t index = 0; index < config->image_count; index++) {
        const struct config_image *image = &config->images[index];
        struct json *json = json_object ();
        json_set_text (json, "name", image->name);
        json_set_text (json, "address", image->address);
        json_set_known (json, "via", image->via);
        json_set_known (json, "token_file", image->token_file);
        json_set_known (json, "token_secret", image->token_secret);
        json_set_known (json, "server_key", image->server_key);
        json_set_known (json, "client_key_secret", image->client_key_secret);
        json_set_known (json, "tags", image->tags);
        json_set_bool (json, "protected", image->protected_);
        json_set_bool (json, "disabled", image->disabled);
#define X(key, otherwise, low, high) json_set_number (json, #key, image->timings.key);
        CONFIG_TIMINGS (X)
#undef X
        json_push (array, json);
    }
    return array;
}

void
config_timings_from_json (const struct json *image, struct config_timings *timings)
{
#define X(key, otherwise, low, high) timings->key = json_get_number (image, #key, otherwise);
    CONFIG_TIMINGS (X)
#undef X
}

struct json *
config_alert_to_json (const struct config_alert *alert)
{
    struct json *json = json_object ();
    json_set_number (json, "on", alert->on);
    json_set_known (json, "run", alert->run);
    json_set_bool (json, "bell", alert->bell);
    json_set_bool (json, "notify", alert->notify);
    json_set_number (json, "after_s", alert->after_s);
    json_set_number (json, "quiet_s", alert->quiet_s);
    return json;
}
