/* no_transports.c: the archives of libzmq and czmq name four libraries that serve what stui does not use: OpenPGM
 * and NORM (multicast), Kerberos (a mechanism of security), systemd's (sockets handed down). With the dozen that
 * these need each process of a test, and each test is one, would load and start them: a third of its time. So what
 * is named is here. A context begins and ends OpenPGM, and no socket was handed down; the rest nobody calls, or
 * the test crashes. */

#include <stdlib.h>

int pgm_init (void *error);
int pgm_shutdown (void);
int sd_listen_fds (int unset_environment);

int
pgm_init (void *error)
{
    (void) error;
    return 1;
}

int
pgm_shutdown (void)
{
    return 1;
}

int
sd_listen_fds (int unset_environment)
{
    (void) unset_environment;
    return 0;
}

extern const void *const GSS_C_NT_HOSTBASED_SERVICE, *const GSS_C_NT_USER_NAME;
extern const void *const NORM_INSTANCE_INVALID, *const NORM_SESSION_INVALID,
                                                    *const NORM_OBJECT_INVALID;
extern const unsigned NORM_NODE_ANY;

const void *const GSS_C_NT_HOSTBASED_SERVICE, *const GSS_C_NT_USER_NAME;
const void *const NORM_INSTANCE_INVALID, *const NORM_SESSION_INVALID, *const NORM_OBJECT_INVALID;
const unsigned NORM_NODE_ANY;

#define NOBODY_CALLS(name)                                                                         \
    void name (void);                                                                              \
    void name (void)                                                                               \
    {                                                                                              \
        abort ();                                                                                  \
    }

NOBODY_CALLS (gss_accept_sec_context)
NOBODY_CALLS (gss_acquire_cred)
NOBODY_CALLS (gss_delete_sec_context)
NOBODY_CALLS (gss_display_name)
NOBODY_CALLS (gss_import_name)
NOBODY_CALLS (gss_init_sec_context)
NOBODY_CALLS (gss_release_buffer)
NOBODY_CALLS (gss_release_cred)
NOBODY_CALLS (gss_release_name)
NOBODY_CALLS (gss_unwrap)
NOBODY_CALLS (gss_wrap)
NOBODY_CALLS (NormCreateInstance)
NOBODY_CALLS (NormCreateSession)
NOBODY_CALLS (NormDestroyInstance)
NOBODY_CALLS (NormDestroySession)
NOBODY_CALLS (NormGetDescriptor)
NOBODY_CALLS (NormGetNextEvent)
NOBODY_CALLS (NormGetRandomSessionId)
NOBODY_CALLS (NormIsUnicastAddress)
NOBODY_CALLS (NormNodeDelete)
NOBODY_CALLS (NormObjectGetType)
NOBODY_CALLS (NormObjectGetUserData)
NOBODY_CALLS (NormObjectSetUserData)
NOBODY_CALLS (NormSetCongestionControl)
NOBODY_CALLS (NormSetDefaultSyncPolicy)
NOBODY_CALLS (NormSetDefaultUnicastNack)
NOBODY_CALLS (NormSetLoopback)
NOBODY_CALLS (NormSetMulticastInterface)
NOBODY_CALLS (NormSetRxPortReuse)
NOBODY_CALLS (NormSetTTL)
NOBODY_CALLS (NormStartReceiver)
NOBODY_CALLS (NormStartSender)
NOBODY_CALLS (NormStopInstance)
NOBODY_CALLS (NormStopReceiver)
NOBODY_CALLS (NormStopSender)
NOBODY_CALLS (NormStreamFlush)
NOBODY_CALLS (NormStreamOpen)
NOBODY_CALLS (NormStreamRead)
NOBODY_CALLS (NormStreamSeekMsgStart)
NOBODY_CALLS (NormStreamWrite)
NOBODY_CALLS (pgm_bind3)
NOBODY_CALLS (pgm_close)
NOBODY_CALLS (pgm_connect)
NOBODY_CALLS (pgm_error_free)
NOBODY_CALLS (pgm_free)
NOBODY_CALLS (pgm_freeaddrinfo)
NOBODY_CALLS (pgm_getaddrinfo)
NOBODY_CALLS (pgm_getsockopt)
NOBODY_CALLS (pgm_gsi_create_from_data)
NOBODY_CALLS (pgm_recvmsgv)
NOBODY_CALLS (pgm_send)
NOBODY_CALLS (pgm_setsockopt)
NOBODY_CALLS (pgm_socket)
NOBODY_CALLS (sd_is_socket_inet)
NOBODY_CALLS (sd_is_socket_unix)
