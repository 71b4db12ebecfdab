/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "line-reader.h"

static void take_lines(LineReader *reader) {
        char *end;

        while ((end = memchr(reader->line, '\n', reader->n)) || reader->n == LINE_SIZE_MAX - 1) {
                size_t n_line = end ? (size_t)(end - reader->line) : reader->n;
                size_t n_taken = end ? n_line + 1 : n_line;

                reader->line[n_line] = '\0';
                reader->on_line(reader->userdata, reader->line);
                reader->n -= n_taken;
                memmove(reader->line, reader->line + n_taken, reader->n);
        }
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        LineReader *reader = userdata;
        ssize_t k;

        k = read(fd, reader->line + reader->n, LINE_SIZE_MAX - 1 - reader->n);
        if (k < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (k <= 0) {
                reader->source = sd_event_source_disable_unref(reader->source);
                return 0;
        }

        reader->n += (size_t)k;
        take_lines(reader);
        return 0;
}

int line_reader_open(LineReader *reader, sd_event *event, int *ret_fd,
                     void (*on_line)(void *userdata, const char *line), void *userdata) {
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        *reader = (LineReader){ .fd = fds[0], .on_line = on_line, .userdata = userdata };

        r = sd_event_add_io(event, &reader->source, fds[0], EPOLLIN, on_readable, reader);
        if (r < 0) {
                close(fds[1]);
                line_reader_close(reader);
                return r;
        }

        *ret_fd = fds[1];
        return 0;
}

void line_reader_close(LineReader *reader) {
        if (!reader->on_line)
                return;

        reader->source = sd_event_source_disable_unref(reader->source);
        close(reader->fd);
        reader->on_line = NULL;
}
