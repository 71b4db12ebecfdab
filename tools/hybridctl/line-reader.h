/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-event.h>

enum {
        LINE_SIZE_MAX = 4096, /* longer lines are cut in pieces */
};

/** What a child prints, line by line. Must not move while it is open. */
typedef struct LineReader {
        int fd;
        sd_event_source *source;
        char line[LINE_SIZE_MAX];
        size_t n;
        void (*on_line)(void *userdata, const char *line);
        void *userdata;
} LineReader;

/**
 * A pipe that is read by the event loop. The other end, to be given to a child and then closed, is
 * in *ret_fd. 0 or a negative errno.
 */
int line_reader_open(LineReader *reader, sd_event *event, int *ret_fd,
                     void (*on_line)(void *userdata, const char *line), void *userdata);

/** Harmless for one that is zeroed or closed. */
void line_reader_close(LineReader *reader);
