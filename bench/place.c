/* place.c: see place.h. */

#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/sig.h"

enum { PATIENCE_MS = 300000, LOOK_MS = 2, WORDS_MAX = 16 };

void
bench_fail (const char *format, ...)
{
    va_list args;
    fputs ("bench: ", stderr);
    va_start (args, format);
    vfprintf (stderr, format, args);
    va_end (args);
    fputc ('\n', stderr);
    exit (EXIT_FAILURE);
}

void
bench_pass (int64_t ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep (&time, &time) != 0 && errno == EINTR)
        ;
}

/* ---- the place ---------------------------------------------------------------------------------- */

void
bench_place_open (struct bench_place *self)
{
    static const char *const places[] = {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"};
    *self = (struct bench_place){.directory = "/tmp/stui-bench-XXXXXX"};
    if (!mkdtemp (self->directory))
        bench_fail ("no directory can be made in /tmp: %s", strerror (errno));
    for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
        char *path = stui_printf ("%s/%s", self->directory, places[index]);
        mkdir (path, 0700);
        setenv (places[index], path, 1);
        free (path);
    }
    self->cli.profile = "default";
    self->cli.config_path = stui_printf ("%s/config", self->directory);
}

void
bench_place_close (struct bench_place *self)
{
    char *command = stui_printf ("rm -rf '%s'", self->directory);
    (void) !system (command);
    free (command);
    free (self->cli.config_path);
}

void
bench_place_configure (const struct bench_place *self, const char *text)
{
    FILE *file = fopen (self->cli.config_path, "w");
    if (!file || fputs (text, file) < 0 || fclose (file) != 0)
        bench_fail ("%s cannot be written", self->cli.config_path);
}

/* ---- processes ------------------------------------------------------------------------------------ */

pid_t
bench_spawn (const char *program, const char *const *words, int *out)
{
    const char *argv[WORDS_MAX + 2] = {program ? program : getenv ("STUI")};
    int ends[2];
    if (!argv[0])
        bench_fail ("STUI names no program: run it by 'make bench'");
    for (size_t count = 0; count < WORDS_MAX && words[count]; count++)
        argv[count + 1] = words[count];
    if (pipe2 (ends, O_CLOEXEC) != 0)
        bench_fail ("no pipe: %s", strerror (errno));
    pid_t pid = fork ();
    if (pid == 0) {
        int nowhere = open ("/dev/null", O_RDWR);
        const char *log = getenv ("BENCH_LOG");
        int said = log ? open (log, O_WRONLY | O_CREAT | O_APPEND, 0600) : nowhere;
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        sig_restore ();
        dup2 (nowhere, STDIN_FILENO);
        dup2 (out ? ends[1] : nowhere, STDOUT_FILENO);
        dup2 (said >= 0 ? said : nowhere, STDERR_FILENO);
        close_range (STDERR_FILENO + 1, ~0U, 0);
        execv (argv[0], (char *const *) argv);
        _exit (127);
    }
    close (ends[1]);
    if (out)
        *out = ends[0];
    else
        close (ends[0]);
    return pid;
}

int64_t
bench_end_us (pid_t pid, int signal_number, double *cpu_ms)
{
    double before_ms = cpu_ms ? bench_cpu_ms (pid) : 0;
    struct rusage usage;
    int64_t start_us = clock_mono_us ();
    kill (pid, signal_number);
    wait4 (pid, NULL, 0, &usage);
    int64_t took_us = clock_mono_us () - start_us;
    if (cpu_ms)
        *cpu_ms = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
                  + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000 - before_ms;
    return took_us;
}

pid_t
bench_sim (int count, int base, char **config)
{
    char number[16], port[16], line[256];
    int out;
    snprintf (number, sizeof number, "%d", count);
    snprintf (port, sizeof port, "%d", base);
    const char *const words[] = {"sim", number, "--print-config", base ? "--port" : NULL,
                                 port,  NULL};
    pid_t pid = bench_spawn (NULL, words, &out);
    FILE *lines = fdopen (out, "r");
    char *text = stui_strdup ("");
    bool listens = false;
    while (!listens && fgets (line, sizeof line, lines)) {
        char *longer = stui_printf ("%s%s", text, line);
        free (text);
        text = longer;
        listens = strstr (line, "listening") != NULL;
    }
    if (!listens)
        bench_fail ("%d simulated images could not be started", count);
    fclose (lines); /* it prints no more */
    if (config)
        *config = text;
    else
        free (text);
    return pid;
}

pid_t
bench_fleet_begin (struct bench_place *self, int count, const char *settings, int base)
{
    char *config;
    bench_place_open (self);
    pid_t sim = bench_sim (count, base, &config);
    char *whole = stui_printf ("[stui]\n%s\n%s", settings, config);
    bench_place_configure (self, whole);
    free (whole);
    free (config);
    return sim;
}

pid_t
bench_bare_start (const char *kind, int base, int images, int ping_ms)
{
    char port[16], count[16], ms[16], line[32] = "";
    int out;
    snprintf (port, sizeof port, "%d", base);
    snprintf (count, sizeof count, "%d", images);
    snprintf (ms, sizeof ms, "%d", ping_ms);
    const char *const words[] = {"bare", kind, port, count, ms, NULL};
    pid_t pid = bench_spawn ("/proc/self/exe", words, &out);
    FILE *lines = fdopen (out, "r");
    if (!fgets (line, sizeof line, lines))
        bench_fail ("the bare sockets did not come about");
    fclose (lines);
    return pid;
}

/* ---- the owner ---------------------------------------------------------------------------------------- */

pid_t
bench_owner_start (const struct bench_place *self)
{
    return bench_stui ("serve", "--config", self->cli.config_path);
}

struct client *
bench_attach (const struct bench_place *self)
{
    int64_t deadline_ms = clock_mono_ms () + PATIENCE_MS;
    struct stui_cause cause = {0};
    struct client *client;
    while (!(client = client_attach (&self->cli, &cause))) {
        if (clock_mono_ms () > deadline_ms)
            bench_fail ("the owner does not answer: %s", cause.text);
        bench_pass (LOOK_MS);
    }
    return client;
}

struct json *
bench_ask (struct client *client, struct msg *request)
{
    struct stui_cause cause = {0};
    struct json *result = client_ask (client, request, &cause);
    if (!result)
        bench_fail ("%s", cause.text);
    return result;
}

void
bench_await_state (struct client *client, int count, const char *state)
{
    int64_t deadline_ms = clock_mono_ms () + PATIENCE_MS;
    struct json *there = json_object ();
    uint64_t version = 0;
    while ((int) json_count (there) < count) {
        if (clock_mono_ms () > deadline_ms)
            bench_fail ("%zu of %d images became %s", json_count (there), count, state);
        struct json *news = bench_ask (client, msg_new ("registry", MSG_WATCH, 0, version));
        const struct json *image = json_first (json_get (news, "images"));
        for (; image; image = json_next (image)) {
            const char *word = json_get_text (image, "state");
            bool is_there = word && strcmp (word, state) == 0;
            json_set (there, json_get_text (image, "name"), is_there ? json_bool (true) : NULL);
        }
        version = (uint64_t) json_get_number (news, "version", 0);
        json_destroy (&news);
    }
    json_destroy (&there);
}

void
bench_ask_each (struct client *client, int count, bench_request *request, bench_take *take,
                void *context)
{
    struct stui_cause cause = {0};
    int sent = 0, answered = 0;
    while (answered < count) {
        while (sent < count && sent - answered < STUI_TERMINAL_ROOM / 2) {
            char peer[STUI_ACTOR_ID_MAX];
            snprintf (peer, sizeof peer, "image/sim-%d", ++sent);
            struct msg *msg = request (peer);
            if (client_send (client, &msg, &cause) == 0)
                bench_fail ("%s", cause.text);
        }
        struct reply reply = {0};
        if (client_next (client, clock_mono_ms () + PATIENCE_MS, &reply, &cause) != CLIENT_REPLY)
            bench_fail ("an answer did not come: %s", cause.text);
        if (reply.err)
            bench_fail ("%s", reply.text);
        take (context, reply.json);
        reply_fini (&reply);
        answered++;
    }
}

static void
result_leave (void *context, const struct json *result)
{
    (void) context, (void) result;
}

void
bench_ask_all (struct client *client, int count, bench_request *request)
{
    bench_ask_each (client, count, request, result_leave, NULL);
}

static struct msg *
session_list (const char *peer)
{
    return msg_new (peer, MSG_SESSION_LIST, 0);
}

/* Counts in CONTEXT the images that have sessions, all in step. */
static void
restored_count (void *context, const struct json *result)
{
    const struct json *session = json_first (json_get (result, "sessions"));
    bool restored = session != NULL;
    for (; session; session = json_next (session)) {
        const char *state = json_get_text (session, "state");
        restored =
            restored && state && (strcmp (state, "restored") == 0 || strcmp (state, "fresh") == 0);
    }
    *(int *) context += restored;
}

void
bench_await_restored (struct client *client, int count)
{
    for (int restored = 0; restored < count; bench_pass (LOOK_MS)) {
        restored = 0;
        bench_ask_each (client, count, session_list, restored_count, &restored);
    }
}

/* ---- /proc ---------------------------------------------------------------------------------------------- */

int
bench_count (pid_t pid, const char *what)
{
    char path[64];
    int count = 0;
    snprintf (path, sizeof path, "/proc/%ld/%.16s", (long) pid, what);
    DIR *entries = opendir (path);
    if (!entries)
        bench_fail ("process %ld has ended", (long) pid);
    for (const struct dirent *entry; (entry = readdir (entries));)
        count += entry->d_name[0] != '.';
    closedir (entries);
    return count;
}

double
bench_resident_kb (pid_t pid)
{
    char path[64];
    long whole = 0, resident = 0;
    snprintf (path, sizeof path, "/proc/%ld/statm", (long) pid);
    FILE *file = fopen (path, "r");
    if (!file || fscanf (file, "%ld %ld", &whole, &resident) != 2)
        bench_fail ("process %ld has ended", (long) pid);
    fclose (file);
    return (double) resident * (double) sysconf (_SC_PAGESIZE) / 1024;
}

double
bench_cpu_ms (pid_t pid)
{
    char path[64], text[512] = "";
    unsigned long user = 0, system = 0;
    snprintf (path, sizeof path, "/proc/%ld/stat", (long) pid);
    FILE *file = fopen (path, "r");
    if (!file || !fgets (text, sizeof text, file))
        bench_fail ("process %ld has ended", (long) pid);
    fclose (file);
    const char *after = strrchr (text, ')'); /* its name may hold anything */
    if (!after
        || sscanf (after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                   &system)
               != 2)
        bench_fail ("%s cannot be read", path);
    return (double) (user + system) * 1000 / (double) sysconf (_SC_CLK_TCK);
}

double
bench_threads_cpu_ms (pid_t pid, const char *name)
{
    char path[300], text[64];
    double sum_ms = 0;
    snprintf (path, sizeof path, "/proc/%ld/task", (long) pid);
    DIR *tasks = opendir (path);
    if (!tasks)
        bench_fail ("process %ld has ended", (long) pid);
    for (const struct dirent *task; (task = readdir (tasks));) {
        unsigned long long run_ns = 0;
        if (task->d_name[0] == '.')
            continue;
        snprintf (path, sizeof path, "/proc/%ld/task/%.16s/comm", (long) pid, task->d_name);
        FILE *file = fopen (path, "r");
        bool ours =
            file && fgets (text, sizeof text, file) && strncmp (text, name, strlen (name)) == 0;
        if (file)
            fclose (file);
        snprintf (path, sizeof path, "/proc/%ld/task/%.16s/schedstat", (long) pid, task->d_name);
        file = ours ? fopen (path, "r") : NULL;
        if (file && fscanf (file, "%llu", &run_ns) == 1)
            sum_ms += (double) run_ns / 1e6;
        if (file)
            fclose (file);
    }
    closedir (tasks);
    return sum_ms;
}

/* Stacks are the nameless writable mappings of their size: what malloc maps is smaller when it is used
 * (a part of 64 MB), or a single block of another size. */
double
bench_stacks_kb (pid_t pid)
{
    char path[64], line[256];
    struct rlimit limit;
    double sum_kb = 0;
    getrlimit (RLIMIT_STACK, &limit);
    snprintf (path, sizeof path, "/proc/%ld/smaps", (long) pid);
    FILE *file = fopen (path, "r");
    if (!file)
        bench_fail ("process %ld has ended", (long) pid);
    for (bool stack = false; fgets (line, sizeof line, file);) {
        unsigned long long begin, end, kb;
        char permits[8];
        if (sscanf (line, "%llx-%llx %7s", &begin, &end, permits) == 3 && line[0] != 'V')
            stack = end - begin == limit.rlim_cur && strcmp (permits, "rw-p") == 0;
        else if (stack && sscanf (line, "Rss: %llu kB", &kb) == 1)
            sum_kb += (double) kb;
    }
    fclose (file);
    return sum_kb;
}

pid_t
bench_terminal (const struct bench_place *place, const char *option, int *fd)
{
    struct winsize size = {.ws_row = 50, .ws_col = 200};
    const char *program = getenv ("STUI");
    pid_t pid = forkpty (fd, NULL, NULL, &size);
    if (pid == 0) {
        sig_restore ();
        setenv ("TERM", "xterm-256color", 1);
        setenv ("LC_ALL", "C.UTF-8", 1);
        execl (program, program, "--config", place->cli.config_path, option, (char *) NULL);
        _exit (127);
    }
    fcntl (*fd, F_SETFL, O_NONBLOCK);
    return pid;
}
