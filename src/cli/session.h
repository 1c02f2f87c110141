/* session.h: the subcommands of `stui session` that have files of their own. */

#ifndef STUI_CLI_SESSION_H
#define STUI_CLI_SESSION_H

struct command;

extern const struct command command_session_show, command_session_rename, command_session_note,
    command_session_tag, command_session_duplicate, command_session_export, command_session_import,
    command_session_diff, command_session_switch, command_session_cleanup, command_session_undo,
    command_session_adopt;

#endif
