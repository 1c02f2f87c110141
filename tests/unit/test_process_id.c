/* test_process_id.c: getpid, which is the program's own (process_id.c). */

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

Test (process_id, a_forked_child_has_its_own)
{
    cr_assert_eq (getpid (), (pid_t) syscall (SYS_getpid));
    pid_t child = fork ();
    if (child == 0)
        _exit (getpid () == (pid_t) syscall (SYS_getpid) && getpid () != getppid () ? 0 : 1);
    int status;
    waitpid (child, &status, 0);
    cr_assert_eq (status, 0);
    cr_assert_eq (getpid (), (pid_t) syscall (SYS_getpid), "and the parent keeps its own");
}

/* Symptom: a seventh of what the threads of a thousand images did was to ask the kernel for it, in libzmq. */
Test (process_id, libraries_ask_the_program_and_not_the_kernel)
{
    Dl_info who;
    void *asked = dlsym (RTLD_DEFAULT, "getpid");
    cr_assert_neq (dladdr (asked, &who), 0);
    cr_assert_null (strstr (who.dli_fname, "libc.so"), "libraries find that of %s", who.dli_fname);
}
