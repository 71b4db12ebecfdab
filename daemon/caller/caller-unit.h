/* SPDX-License-Identifier: MIT */
#pragma once

enum {
        UNIT_NAME_SIZE = 256, /* as systemd has it */
};

/**
 * The systemd unit of a process, from the text of its /proc/PID/cgroup: the innermost service or
 * scope, such as app-firefox-1234.scope. "" if there is none, or its name is none.
 */
void unit_from_cgroup(const char *text, char ret[static UNIT_NAME_SIZE]);
