/* image.h: a real GNU Smalltalk image in a process of its own, for tests.
 *
 * It is started by smalltalk/gst/stui-image (or $STUI_IMAGE) with a private XDG_STATE_HOME.
 * The process id is the image's own, and the image dies with the test that started it. */

#ifndef TEST_SUPPORT_IMAGE_H
#define TEST_SUPPORT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define IMAGE_ARGS_MAX 8

struct image {
    pid_t pid;        //  0 when it does not run
    int port;         //  where it listens, kept over a restart
    int out;          //  its standard output: end of file when it has ended
    char address[64]; //  tcp://127.0.0.1:PORT
    char name[65];
    char state_dir[256];                  //  its XDG_STATE_HOME
    bool owns_state_dir;                  //  made by image_start, removed by image_stop
    const char *args[IMAGE_ARGS_MAX + 1]; //  borrowed, further arguments of the launcher
};

/* Starts an image and waits until it says that it listens. state_dir NULL: a new one. port
 * 0: a free one. args: further arguments, NULL-terminated, borrowed until image_stop, or
 * NULL. Answers 0, or -1 with a sentence on stderr. */
int image_start (struct image *self, const char *name, const char *state_dir, int port,
                 const char *const *args);

/* Kills it (SIGKILL) and waits for its end. Does nothing when it does not run. */
void image_kill (struct image *self);

/* Waits for its end and answers its wait status. */
int image_wait (struct image *self);

/* Starts it again after image_kill or image_wait: same name, port, state and arguments. */
int image_restart (struct image *self);

/* Kills it, and removes its state if image_start made it. Accepts a zeroed image. */
void image_stop (struct image *self);

/* Resident memory of the process in KB, or -1. */
long image_resident_kb (const struct image *self);

/* Runs the launcher to its end, for its refusals, with a state of its own. Answers its exit status, its stderr in
 * text (size bytes with the NUL). */
int image_launcher_status (const char *const *args, char *text, size_t size);

#endif
