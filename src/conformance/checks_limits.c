/* checks_limits.c: the section Limits, as far as it can be tried without disturbing others for more
 * than a moment: not the number of clients, nor the output that waits for 10 s. */

#include <string.h>

#include "conformance/check.h"

enum {
    LARGE_MS = 20000,
    HEAD_BYTES = 1024,
    CONNECTIONS_MAX = 256,
    REFUSED_MS = 5000, /* for one connection too many to be closed */
};

/* A ping of SIZE bytes in all, whose id is behind SKIPPED bytes. */
static const char *
large_ping (struct kit *kit, const char *id, size_t skipped, size_t size)
{
    const char *front = kit_repeated (kit, "{\"pad\":\"", "x", skipped, "\",");
    const char *head = kit_text (
        kit, "%s\"id\":\"%s\",\"command\":\"ping\",\"parameters\":{\"waste\":\"", front, id);
    return kit_repeated (kit, head, "y", size - strlen (head) - 3, "\"}}");
}

static void
check_largest (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_id (kit);
    kit_send_body (line, large_ping (kit, id, 0, STUI_MESSAGE_MAX), STUI_MESSAGE_MAX);
    kit_says (kit_await_for (line, id, LARGE_MS), "result.message", "pong");
}

static void
check_too_large (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_id (kit);
    kit_send_body (line, large_ping (kit, id, 0, STUI_MESSAGE_MAX + 1), STUI_MESSAGE_MAX + 1);
    const struct kit_answer *answer = kit_next (line);
    kit_refuses (answer, "MessageTooLarge");
    kit_says (answer, "id", id);
    kit_succeeds (kit_ask (line, "ping", "{}"));
}

static void
check_too_large_without_id (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_send_body (line, large_ping (kit, kit_id (kit), HEAD_BYTES, STUI_MESSAGE_MAX + 1),
                   STUI_MESSAGE_MAX + 1);
    const struct kit_answer *answer = kit_next (line);
    kit_refuses (answer, "MessageTooLarge");
    kit_lacks (answer, "id");
    kit_succeeds (kit_ask (line, "ping", "{}"));
}

/* Others have connections too: by the last of these the image has closed one, at once. For a moment
 * nobody else gets in; the check ends when that is over, as far as the image tells. */
static void
check_connections (struct kit *kit)
{
    struct kit_line *mine = kit_claim (kit), *lines[CONNECTIONS_MAX];
    int count = 0;
    while (count < CONNECTIONS_MAX && kit_goes_on (kit))
        lines[count++] = kit_dial (kit);
    kit_expect (kit, kit_closes (lines[count - 1], REFUSED_MS),
                "a connection beyond %d to be closed at once, got it open after %d s",
                CONNECTIONS_MAX, REFUSED_MS / 1000);
    kit_succeeds (kit_ask (mine, "ping", "{}"));
    while (count > 0)
        kit_hang_up (lines[--count]);
    int64_t deadline_ms = kit_now_ms () + REFUSED_MS;
    while (kit_can (kit, "system_info") && kit_goes_on (kit)
           && kit_number (kit_ask (mine, "system_info", "{'kind':'vm'}"), "result.vm.connections")
                  >= CONNECTIONS_MAX / 2)
        kit_expect (kit, kit_now_ms () < deadline_ms,
                    "connections that have ended to give their places free, got none in %d s",
                    REFUSED_MS / 1000);
}

static const struct kit_check checks[] = {
    {"largest", "A request of 10,485,760 bytes is taken.", KIT_NEWER, NULL, check_largest},
    {"too-large",
     "A larger one is read to its end and answered MessageTooLarge, with its id when that is in "
     "its first 1,024 bytes.",
     KIT_NEWER, NULL, check_too_large},
    {"too-large-id", "MessageTooLarge has no id when that comes later.", KIT_NEWER, NULL,
     check_too_large_without_id},
    {"connections", "At most 256 connections are taken; one more is closed, and the others stay.",
     KIT_NEWER, NULL, check_connections},
    {0},
};

const struct kit_section kit_limits = {"limits", checks};
