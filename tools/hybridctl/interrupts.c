/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <signal.h>

#include "base/macro.h"
#include "interrupts.h"

void interrupts_raise(Interrupts *interrupts) {
        interrupts->n++;
        if (interrupts->on_interrupt)
                interrupts->on_interrupt(interrupts->userdata);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        interrupts_raise(userdata);
        return 0;
}

int interrupts_add(Interrupts *interrupts, sd_event *event) {
        static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
        sigset_t set;
        int r;

        sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;

        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_event_add_signal(event, NULL, signals[i], on_signal, interrupts);
                if (r < 0)
                        return r;
        }
        return 0;
}
