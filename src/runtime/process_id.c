/* process_id.c: getpid, in place of the C library's, which asks the kernel each time. libzmq compares
 * it, for whoever might use its sockets after a fork, whenever it looks whether something has come: with
 * a thousand images that was one of seven moments of their threads. Owns what the kernel said; a
 * fork forgets it in the child. Who runs other code in place of ours (exec, posix_spawn) never comes here.
 * Threads may ask at once: they are told the same. */

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int process_id; /* 0: not asked for */

static void
process_id_forget (void)
{
    atomic_store_explicit (&process_id, 0, memory_order_relaxed);
}

__attribute__ ((constructor)) static void
process_id_begin (void)
{
    pthread_atfork (NULL, NULL, process_id_forget);
}

pid_t
getpid (void)
{
    pid_t known = atomic_load_explicit (&process_id, memory_order_relaxed);
    if (known)
        return known;
    known = (pid_t) syscall (SYS_getpid);
    atomic_store_explicit (&process_id, known, memory_order_relaxed);
    return known;
}
