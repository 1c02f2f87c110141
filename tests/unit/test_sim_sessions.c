/* test_sim_sessions.c: the sessions of a simulated image: versions, expiry, what is told of them. */

#include <criterion/criterion.h>

#include "runtime/json.h"
#include "sim/sim_sessions.h"

static struct sim_sessions sessions;

static void
teardown (void)
{
    sim_sessions_fini (&sessions);
}

TestSuite (sim_sessions, .fini = teardown);

static struct sim_session *
add (const char *id, const char *client)
{
    return sim_sessions_add (&sessions, id, client, "work", "{\"a\":1}", 3600, 1000);
}

Test (sim_sessions, are_found_by_id_and_counted_by_client)
{
    struct sim_session *one = add ("1", "me"), *two = add ("2", "you");
    add ("3", "me");
    cr_assert_eq (sim_sessions_find (&sessions, "1"), one);
    cr_assert_null (sim_sessions_find (&sessions, "4"));
    cr_assert_eq (sim_sessions_of_client (&sessions, "me"), 2);
    cr_assert_eq (sim_sessions_clients (&sessions), 2);
    sim_sessions_remove (&sessions, &two);
    cr_assert_null (sim_sessions_find (&sessions, "2"));
    cr_assert_eq (sim_sessions_clients (&sessions), 1);
}

Test (sim_sessions, an_update_raises_the_version)
{
    struct sim_session *session = add ("1", "me");
    cr_assert_eq (session->version, 1);
    sim_session_update (session, "{\"a\":2}", 5000);
    struct json *updated = sim_session_updated (session);
    cr_assert_eq (json_get_number (updated, "version", 0), 2);
    cr_assert_str_eq (session->state, "{\"a\":2}");
    cr_assert_str_eq (json_get_text (updated, "last_modified"), "1970-01-01T00:00:05.000Z");
    json_destroy (&updated);
}

Test (sim_sessions, expire_by_want_of_use)
{
    struct sim_session *session = add ("1", "me");
    cr_assert_not (sim_session_is_expired (session, 1000 + 3600000));
    cr_assert (sim_session_is_expired (session, 1001 + 3600000));
    struct json *info = sim_session_info (session, 1000 + 600000);
    cr_assert_eq (json_get_number (info, "time_until_expiry", 0), 3000);
    json_destroy (&info);
}

Test (sim_sessions, a_restored_one_has_its_parts_apart)
{
    static const char state[] = "{\"workspace_context\" : {\"text\": \"x\" } }";
    struct sim_session *session = sim_sessions_add (&sessions, "1", "me", "", state, 60, 0);
    struct sim_raw raws[SIM_SESSION_RAWS];
    sim_session_raws (session, raws);
    cr_assert_str_eq (raws[0].key, "session_state");
    cr_assert_str_eq (raws[0].text, state);
    cr_assert_str_eq (raws[1].key, "workspace_context");
    cr_assert_eq (raws[1].size, strlen ("{\"text\": \"x\" }"));
    cr_assert_eq (memcmp (raws[1].text, "{\"text\": \"x\" }", raws[1].size), 0);
    cr_assert_str_eq (raws[2].key, "inspector_state");
    cr_assert_str_eq (raws[2].text, "{}");
}
