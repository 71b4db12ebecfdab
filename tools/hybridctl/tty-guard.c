/* SPDX-License-Identifier: MIT */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/macro.h"
#include "tty-guard.h"

#define CURSOR_HIDE "\033[?25l"
#define CURSOR_SHOW "\033[?25h"

/* Those that end the program without its doing. */
static const int fatal_signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV };

/* Signal handlers and atexit() have no argument, so there is one terminal for all. */
static struct {
        volatile sig_atomic_t entered;
        int fd;
        bool quiet; /* keys are not echoed */
        struct termios before;
} guard;

static void write_sequence(const char *text, size_t n) {
        ssize_t k = write(guard.fd, text, n);

        (void)k; /* a terminal that is gone needs nothing */
}

/* Only what is allowed in a signal handler. */
void tty_guard_leave(void) {
        if (!guard.entered)
                return;
        guard.entered = 0;
        write_sequence(CURSOR_SHOW, sizeof(CURSOR_SHOW) - 1);
        if (guard.quiet)
                tcsetattr(guard.fd, TCSANOW, &guard.before);
}

/* The handler is gone by now, so the signal does what it always does. */
static void on_fatal_signal(int number) {
        tty_guard_leave();
        raise(number);
}

static void guard_against_the_end(void) {
        static bool guarded;
        struct sigaction action = { .sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND };
        struct sigaction before;

        if (guarded)
                return;
        guarded = true;
        atexit(tty_guard_leave);

        /* Whoever else has a handler (a sanitizer) knows better. */
        for (size_t i = 0; i < ELEMENTSOF(fatal_signals); i++)
                if (sigaction(fatal_signals[i], NULL, &before) >= 0 && before.sa_handler == SIG_DFL)
                        sigaction(fatal_signals[i], &action, NULL);
}

/* Echoed keys would move the lines that are drawn in place; what is typed is left for the shell. */
static bool stop_echo(int fd) {
        struct termios quiet;

        if (tcgetpgrp(fd) != getpgrp() || tcgetattr(fd, &guard.before) < 0)
                return false;
        quiet = guard.before;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON);
        return tcsetattr(fd, TCSANOW, &quiet) >= 0;
}

void tty_guard_enter(int fd) {
        if (guard.entered || !isatty(fd))
                return;
        guard_against_the_end();

        guard.fd = fd;
        guard.quiet = stop_echo(fd);
        guard.entered = 1;
        write_sequence(CURSOR_HIDE, sizeof(CURSOR_HIDE) - 1);
}
