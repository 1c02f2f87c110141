/* fuzz_tunnel.c: what ssh writes, part of which is the other side's words, and what its control socket
 * answers: whatever it is, a tunnel goes on or falls, and whoever waits is answered. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actors/ssh_mux.h"
#include "actors/tunnels.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

/* How many answers are among the actions, which are forgotten. */
static size_t
answers_take (struct tunnels *tunnels)
{
    size_t answers = 0;
    for (size_t index = 0; index < tunnels->action_count; index++) {
        struct tunnels_action *action = &tunnels->actions[index];
        assert (utf8_is_valid (action->text, strlen (action->text)));
        if (action->what != TUNNELS_SEND)
            continue;
        assert (utf8_is_valid (action->msg->text, action->msg->text_size));
        answers++;
        msg_destroy (&action->msg);
    }
    tunnels->action_count = 0;
    return answers;
}

static void
check_lines (char *text)
{
    struct tunnels tunnels;
    struct msg *ask =
        msg_new ("image/one#1", MSG_TUNNEL, 1, "gate", "tcp://127.0.0.1:1", (uint64_t) 1);
    struct msg *why = msg_new ("image/one#1", MSG_TUNNEL_WHY, 2, "gate", "tcp://127.0.0.1:1");
    tunnels_init (&tunnels, "/d/7-00aa", 7);
    tunnels_ask (&tunnels, ask, 1000);
    size_t answers = 0;
    char *rest = text, *line;
    for (int lines = 0; (line = strsep (&rest, "\n")) != NULL; lines++) {
        tunnels_said (&tunnels, 1, line, 1000);
        if (lines == 4)
            tunnels_ready (&tunnels, 1, 1000);
    }
    tunnels_why (&tunnels, why, 1000);
    tunnels_ended (&tunnels, 1, STUI_TROUBLE_TUNNEL_DOWN, NULL, 1000);
    answers += answers_take (&tunnels);
    assert (answers == 2);
    msg_destroy (&ask);
    msg_destroy (&why);
    tunnels_fini (&tunnels);
}

static void
check_packets (const uint8_t *bytes, size_t size)
{
    struct ssh_mux_answer answer;
    int taken;
    while ((taken = ssh_mux_take (bytes, size, &answer)) > 0) {
        assert ((size_t) taken <= size);
        bytes += taken;
        size -= (size_t) taken;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    char *text = stui_memdup (bytes, size);
    check_packets (bytes, size);
    check_lines (text);
    free (text);
    return 0;
}
