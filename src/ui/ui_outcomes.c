/* ui_outcomes.c: see ui_outcomes.h. The supervisor knows an evaluation by the tag that it was asked for with, so
 * it can be asked again over another link, of another start of stui, and by the next terminal that opens the
 * session. It is asked when the owner is another, the image came or went, one was settled, or another number of
 * evaluations is held or in doubt. Pure but for the heap. */

#include "ui/ui_outcomes.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/eval_text.h"

static bool
is_open (const struct output *output)
{
    return output->kind == OUTPUT_HELD || output->kind == OUTPUT_IN_DOUBT;
}

/* A number that is another one when something may have become of what is open in IMAGE; never 0. */
static uint64_t
news_of (const struct ui *self, const struct model_image *image)
{
    enum { PRIME = 1000003 };
    uint64_t news = self->model.owner_pid * 2 + (image->state == STUI_IMAGE_ONLINE);
    news = news * PRIME + (uint64_t) image->held;
    news = news * PRIME + (uint64_t) image->in_doubt;
    return (news * PRIME + (uint64_t) image->settled) | 1u << 31;
}

void
ui_outcomes_pursue (struct ui *self, struct workspace *workspace)
{
    const struct model_image *image = model_find (&self->model, workspace->image);
    size_t open = 0;
    if (self->now.mono_ms >= workspace->outcomes_ms)
        workspace->outcomes_ms = STUI_NEVER;
    if (workspace->outcomes_ms != STUI_NEVER || !image || !workspace->loaded
        || self->model.link != MODEL_LINKED)
        return;
    for (size_t index = 0; index < workspace->output_count; index++)
        open += is_open (&workspace->outputs[index]) && workspace->outputs[index].ref != 0;
    for (size_t index = workspace->output_count; index-- > 0 && open < UI_OUTCOMES_MAX;) {
        struct output *output = &workspace->outputs[index];
        char peer[STUI_ACTOR_ID_MAX + 1];
        if (!is_open (output) || output->ref || !output->tag
            || output->news == news_of (self, image) || (output->foreign && !workspace->mine)
            || self->ask_count >= UI_ASKS_MAX / 2)
            continue;
        struct msg *msg =
            msg_new (ui_peer (workspace->image, peer), MSG_AWAIT, self->last_ref + 1, output->tag);
        struct ui_ask *ask = ui_ask_about (self, UI_ASK_OUTCOME, workspace, msg);
        output->ref = ask ? ask->ref : 0;
        output->news = news_of (self, image);
        open++;
    }
}

bool
ui_outcomes_awaits (const struct workspace *workspace, const struct output *output)
{
    return output->kind == OUTPUT_IN_DOUBT && output->tag && !output->doubted
           && (!output->foreign || workspace->mine || workspace->was_mine);
}

/* OUTPUT is of KIND by now, with TEXT, which is taken over. */
static void
output_settle (struct ui *self, struct workspace *workspace, struct output *output,
               enum output_kind kind, char *text)
{
    if (output->kind != kind || !output->text || strcmp (output->text, text) != 0)
        workspace_end_output (workspace, output, kind, text, self->now);
    free (text);
}

/* Whether an error ERR says what became of an evaluation, and not only that nobody could be asked. */
static bool
is_outcome (int err)
{
    return err != STUI_E_ACTOR_ENDED && err != STUI_E_STOPPING && err != STUI_E_LOCKED
           && err != STUI_E_QUEUE_FULL && err != STUI_E_UNREACHABLE && err != STUI_E_UNKNOWN_VERB
           && err != STUI_E_NOT_FOUND;
}

void
ui_outcomes_answer (struct ui *self, struct workspace *workspace, const struct msg *msg,
                    const struct json *result)
{
    struct output *output = workspace_find_output (workspace, msg->ref);
    if (!output)
        return;
    int err = result ? 0 : stui_err_from_word (msg_text (msg, 0));
    output->ref = 0;
    output->doubted = err == STUI_E_NOT_FOUND || err == STUI_E_IN_DOUBT;
    if (!result && err == STUI_E_NOT_FOUND && output->kind == OUTPUT_HELD)
        output_settle (self, workspace, output, OUTPUT_REFUSED,
                       stui_strdup ("held no more: it was sent or dropped, 6 shows the events"));
    else if (result || is_outcome (err)) {
        enum output_kind kind;
        char *text = eval_text_outcome (workspace->image, output->mode, msg, result, &kind);
        bool news = is_open (output) && kind != OUTPUT_HELD && kind != OUTPUT_IN_DOUBT;
        if (news)
            ui_news (self, kind == OUTPUT_RESULT ? ROLE_SUCCESS : ROLE_WARNING, "%s: %s",
                     workspace->image, text);
        output_settle (self, workspace, output, kind, text);
    }
    else if (err != STUI_E_NOT_FOUND) { /* nobody could be asked: there may be somebody soon */
        output->news = 0;
        workspace->outcomes_ms = self->now.mono_ms + UI_AGAIN_MS;
    }
}
