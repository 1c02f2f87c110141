/* sim_faults.c: see sim_faults.h. */

#include "sim/sim_faults.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "sim/sim_bytes.h"

static const struct {
    const char *word, *help;
} rows[SIM_FAULTS_COUNT] = {
#define X(symbol, word, has, help) [SIM_FAULTS_##symbol] = {word, help},
    SIM_FAULTS (X)
#undef X
};

const char *
sim_faults_word (enum sim_faults_kind kind)
{
    return (unsigned) kind < SIM_FAULTS_COUNT ? rows[kind].word : NULL;
}

const char *
sim_faults_help (enum sim_faults_kind kind)
{
    return (unsigned) kind < SIM_FAULTS_COUNT ? rows[kind].help : NULL;
}

void
sim_faults_destroy (struct sim_faults **self_p)
{
    struct sim_faults *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->rules[i].command_count; j++)
            free (self->rules[i].commands[j]);
    free (self);
    *self_p = NULL;
}

/* ---- Which ----------------------------------------------------------------------------------- */

static bool
is_about (const struct sim_faults_rule *rule, const struct sim_faults_reply *reply)
{
    bool is_image = rule->image_count == 0, is_command = rule->command_count == 0;
    for (size_t i = 0; i < rule->image_count; i++)
        is_image |= (int64_t) reply->image >= rule->images[i].low
                    && (int64_t) reply->image <= rule->images[i].high;
    for (size_t i = 0; i < rule->command_count; i++)
        is_command |= strcmp (rule->commands[i], reply->command) == 0;
    return is_image && is_command && reply->since_ms >= rule->after_ms;
}

/* Randomness of the NUMBERth reply that rule INDEX is about: of nothing else. */
static struct random_source
random_of (const struct sim_faults *self, size_t image, size_t index, uint64_t number)
{
    struct random_source random = {.state = self->seed};
    const uint64_t parts[] = {image, index, number};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        random.state = random_next (&random) ^ parts[i];
    return random;
}

static int64_t
within (struct sim_faults_range range, struct random_source *random)
{
    return range.low + (int64_t) random_below (random, (uint64_t) (range.high - range.low) + 1);
}

struct sim_faults_deed
sim_faults_at (const struct sim_faults *self, uint64_t *counts,
               const struct sim_faults_reply *reply)
{
    struct sim_faults_deed deed = {.kind = SIM_FAULTS_NONE};
    for (size_t i = 0; i < self->count; i++) {
        const struct sim_faults_rule *rule = &self->rules[i];
        if (!is_about (rule, reply))
            continue;
        uint64_t number = ++counts[i]; /* also when another rule was quicker */
        struct random_source random = random_of (self, reply->image, i, number);
        bool is_due = rule->chance > 0
                          ? (int64_t) random_below (&random, SIM_FAULTS_CERTAIN) < rule->chance
                          : number % (uint64_t) rule->every == 0;
        if (!is_due || deed.kind != SIM_FAULTS_NONE)
            continue;
        deed = (struct sim_faults_deed){
            .kind = rule->kind,
            .ms = within (rule->ms, &random),
            .bytes = within (rule->bytes, &random),
            .is_new_identity = rule->is_new_identity,
            .random = random_next (&random),
        };
    }
    return deed;
}

/* ---- What is made of a text ------------------------------------------------------------------ */

static char *
print_and_destroy (struct json *json)
{
    char *text = json_print (json);
    json_destroy (&json);
    return text;
}

/* Each breaks another rule of the protocol. */
static char *
wrong_text (uint64_t random, const char *text, size_t size)
{
    enum { NO_JSON, STRAY_ID, NO_STATUS, NO_OBJECT, OTHER_RESULT, WRONGS };
    struct json *reply = json_parse (text, size, NULL);
    switch (reply ? random % WRONGS : NO_JSON) {
    case STRAY_ID:
        json_set_text (reply, "id", "0195f000-0000-7000-8000-00000000dead");
        break;
    case NO_STATUS:
        json_set_text (reply, "status", "perhaps");
        break;
    case NO_OBJECT:
        json_destroy (&reply);
        reply = json_array ();
        break;
    case OTHER_RESULT:
        json_set (reply, "result", json_number (42));
        break;
    default:
        json_destroy (&reply);
        return stui_strndup (text, size / 2);
    }
    return print_and_destroy (reply);
}

/* The same reply, with a member more at its beginning that makes it so large. */
static char *
huge_text (int64_t bytes, const char *text, size_t *size)
{
    static const char begin[] = "{\"padding\":\"", end[] = "\",";
    size_t fixed = sizeof begin - 1 + sizeof end - 1 + *size - 1;
    size_t padding = (size_t) bytes > fixed ? (size_t) bytes - fixed : 0;
    struct sim_bytes all = {0};
    sim_bytes_append (&all, begin, sizeof begin - 1);
    memset (sim_bytes_extend (&all, padding), 'x', padding);
    sim_bytes_append (&all, end, sizeof end - 1);
    sim_bytes_append (&all, text + 1, *size - 1);
    *size = all.size;
    return all.bytes;
}

char *
sim_faults_spoil (const struct sim_faults_deed *deed, const char *text, size_t *size)
{
    if (deed->kind == SIM_FAULTS_HUGE)
        return huge_text (deed->bytes, text, size);
    char *wrong = wrong_text (deed->random, text, *size);
    *size = strlen (wrong);
    return wrong;
}
