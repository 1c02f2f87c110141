/* test_screens_fleet.c: golden screens of what is done with many images: welcome, an image's details, its
 * diagnosis, its edit, an evaluation in all. */

#include "unit/golden.h"

#include "ui/commands.h"

static struct stage stage;

static const char fleet[] =
    "{\"version\":9,\"images\":["
    "{\"name\":\"accounts\",\"address\":\"tcp://10.0.0.7:4242\",\"state\":\"online\","
    "\"dialect\":\"GNU Smalltalk\",\"hello\":{\"dialect_version\":\"3.2.5\",\"host\":\"ledger\","
    "\"pid\":811},\"network\":\"ok\",\"link\":\"up\",\"image\":\"answers\",\"evaluator\":\"idle\","
    "\"latency_ms\":0.42,\"sessions\":2,\"tags\":\"prod\"},"
    "{\"name\":\"build-farm\",\"address\":\"tcp://build.example:7001\",\"state\":\"offline\","
    "\"dialect\":\"Pharo\",\"network\":\"ok\",\"link\":\"down\",\"sessions\":1,\"orphans\":1,"
    "\"attempt\":6,\"trouble\":\"refused\","
    "\"cause\":\"the connection to build.example:7001 was refused: is the image started?\"},"
    "{\"name\":\"crunch\",\"address\":\"tcp://10.0.0.9:4242\",\"state\":\"online\"},"
    "{\"name\":\"lab\",\"address\":\"tcp://lab:4242\",\"state\":\"online\"},"
    "{\"name\":\"vault\",\"address\":\"tcp://vault:4242\",\"state\":\"online\"},"
    "{\"name\":\"web\",\"address\":\"tcp://web:4242\",\"state\":\"online\"}]}";

static void
show_fleet (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, fleet);
    stage_ok (&stage, MSG_IMAGE_MARKS,
              "{\"favourites\":[\"build-farm\",\"lab\"],\"recents\":["
              "{\"name\":\"accounts\",\"at_ms\":1769855000000},"
              "{\"name\":\"web\",\"at_ms\":1769840000000}]}");
}

static void
show_newcomer (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, "{\"version\":1,\"images\":[]}");
    stage_type (&stage, "localhost:4242");
    stage_pass (&stage, WELCOME_PROBE_MS);
    struct msg *answer = msg_error (stage_asked (&stage, MSG_PROBE), STUI_E_UNREACHABLE,
                                    "the connection to localhost:4242 was refused: is the image "
                                    "started?",
                                    "{\"phase\":\"connecting\",\"trouble\":\"refused\"}");
    stage_give (&stage, answer);
}

static void
show_welcome (void)
{
    show_fleet ();
    commands_run_line (&stage.ui, "welcome");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_SESSIONS_LOAD,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
              "\"image\":\"accounts\",\"name\":\"year's end\",\"open\":true,"
              "\"last_modified\":\"2026-01-31T10:25:00.000Z\"},"
              "{\"session_id\":\"018f0000-0000-7000-8000-000000000002\",\"image\":\"lab\","
              "\"name\":\"workspace\",\"open\":true,"
              "\"last_modified\":\"2026-01-30T10:00:00.000Z\"}]}");
    stage_keys (&stage, "j");
}

static void
show_image (void)
{
    static const char history[] =
        "{\"connections\":["
        "{\"seq\":3,\"down_ms\":8000,\"online_at_ms\":0,\"up_ms\":0,\"ended_at_ms\":0},"
        "{\"seq\":2,\"down_ms\":2400,\"online_at_ms\":1769851792400,\"up_ms\":3599600,"
        "\"ended_at_ms\":1769855392000,\"text\":\"the connection was closed (by the image's side), "
        "0 pings missed\"},"
        "{\"seq\":1,\"down_ms\":0,\"online_at_ms\":1769800000000,\"up_ms\":51790000,"
        "\"ended_at_ms\":1769851790000,\"text\":\"5 pings unanswered in 10013 ms\"}],"
        "\"day\":{\"availability\":0.99981,\"failures\":2,\"mtbf_ms\":27694800},"
        "\"week\":{\"availability\":0.99997},"
        "\"ever\":{\"availability\":0.99999,\"failures\":2,\"mtbf_ms\":86400000,"
        "\"reconnect_p50_ms\":2400,\"reconnect_p99_ms\":61000}}";
    show_fleet ();
    stage_keys (&stage, "j i");
    stage_ok (&stage, MSG_IMAGE_HISTORY, "{\"connections\":[]}");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_IMAGE_HISTORY, history);
}

static void
show_diagnosis (void)
{
    show_fleet ();
    stage_keys (&stage, "j D");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"build-farm\",\"address\":\"tcp://build.example:7001\"}]}");
    struct msg *answer =
        msg_error (stage_asked (&stage, MSG_PROBE), STUI_E_UNREACHABLE,
                   "the connection to build.example:7001 was refused: is the image "
                   "started?",
                   "{\"phase\":\"connecting\",\"trouble\":\"refused\"}");
    stage_give (&stage, answer);
}

static void
show_edit (void)
{
    show_fleet ();
    stage_keys (&stage, "e");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"accounts\",\"address\":\"tcp://10.0.0.7:4242\","
              "\"tags\":\"prod\"}]}");
    stage_keys (&stage, "Tab");
    stage_type (&stage, "-x");
}

/* Six images: three agree, one differs, one raised, one is away. */
static void
show_fan (void)
{
    show_fleet ();
    commands_run_line (&stage.ui, "mark all");
    commands_run_line (&stage.ui, "all Smalltalk version");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"'3.2.5'\"}");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"'3.2.5'\"}");
    stage_pass (&stage, 120);
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"doesNotUnderstand: #version\",\"result_type\":\"Error\","
              "\"has_error\":true,\"stack\":[\"SystemDictionary>>doesNotUnderstand:\"]}");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"'3.2.4 of 2013, with a patch'\"}");
    stage_error (&stage, MSG_HOLD, STUI_E_HELD, "held");
    stage_pass (&stage, 9000);
    stage_keys (&stage, "j j");
}

#define GOLDEN_TEST(name, what, show)                                                              \
    Test (screens, what)                                                                           \
    {                                                                                              \
        golden_check_all (&stage, name, show);                                                     \
    }

GOLDEN_TEST ("newcomer", a_newcomer_is_greeted_as_it_should_be, show_newcomer)
GOLDEN_TEST ("welcome", welcome_is_as_it_should_be, show_welcome)
GOLDEN_TEST ("image", details_of_an_image_are_as_they_should_be, show_image)
GOLDEN_TEST ("diagnosis", a_diagnosis_is_as_it_should_be, show_diagnosis)
GOLDEN_TEST ("edit", an_edit_is_as_it_should_be, show_edit)
GOLDEN_TEST ("fanout", a_fan_out_is_as_it_should_be, show_fan)
