/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "consent.h"
#include "question.h"
#include "tools/common/number.h"

#define ACCURACY_USEC 1000

#define USEC_PER_SEC 1000000ULL

enum {
        DELAY_SECONDS_MAX = 600,
        LINE_SIZE = 256,
};

struct Consent {
        sd_event *event;
        ConsentPolicy policy;
        consent_decided_t decided;
        void *userdata;
        int terminal_fd;         /* -1: nobody is asked */
        sd_event_source *source; /* a question is open */
};

int consent_policy_parse(const char *text, ConsentPolicy *ret) {
        static const struct {
                const char *name;
                ConsentMode mode;
        } modes[] = { { "yes", CONSENT_YES }, { "no", CONSENT_NO }, { "ask", CONSENT_ASK } };
        uint64_t seconds;

        for (size_t i = 0; i < ELEMENTSOF(modes); i++)
                if (strcmp(text, modes[i].name) == 0) {
                        *ret = (ConsentPolicy){ .mode = modes[i].mode };
                        return 0;
                }

        if (strncmp(text, "delay:", strlen("delay:")) != 0 ||
            number_parse(text + strlen("delay:"), 0, DELAY_SECONDS_MAX, &seconds) < 0)
                return -EINVAL;
        *ret = (ConsentPolicy){ .mode = CONSENT_DELAY, .delay_usec = seconds * USEC_PER_SEC };
        return 0;
}

/* By default somebody is asked who can be expected to look: messages go to a terminal, too. */
static int open_terminal(Consent *consent) {
        const char *path = consent->policy.terminal ? consent->policy.terminal : "/dev/tty";
        bool looks = consent->policy.terminal || isatty(STDERR_FILENO);

        if (consent->policy.mode == CONSENT_ASK ||
            (consent->policy.mode == CONSENT_DEFAULT && looks))
                consent->terminal_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
        if (consent->policy.mode == CONSENT_ASK && consent->terminal_fd < 0)
                return -ENOTTY;
        if (consent->policy.mode == CONSENT_DEFAULT)
                consent->policy.mode = consent->terminal_fd >= 0 ? CONSENT_ASK : CONSENT_YES;
        return 0;
}

int consent_new(Consent **ret, sd_event *event, const ConsentPolicy *policy,
                consent_decided_t decided, void *userdata) {
        _cleanup_(consent_freep) Consent *consent = calloc(1, sizeof(*consent));
        int r;

        if (!consent)
                return -ENOMEM;
        *consent = (Consent){
                .event = sd_event_ref(event),
                .policy = *policy,
                .decided = decided,
                .userdata = userdata,
                .terminal_fd = -1,
        };

        r = open_terminal(consent);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(consent);
        return 0;
}

Consent *consent_free(Consent *consent) {
        if (!consent)
                return NULL;

        consent_withdraw(consent);
        if (consent->terminal_fd >= 0)
                close(consent->terminal_fd);
        sd_event_unref(consent->event);
        free(consent);
        return NULL;
}

static void decide(Consent *consent, bool approved) {
        consent->source = sd_event_source_disable_unref(consent->source);
        consent->decided(consent->userdata, approved);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        Consent *consent = userdata;

        decide(consent, consent->policy.mode != CONSENT_NO);
        return 0;
}

static void say(const Consent *consent, const char *text) {
        if (consent->terminal_fd >= 0)
                (void)!write(consent->terminal_fd, text, strlen(text));
}

/* A whole line, as terminals deliver them. The end of input means no. */
static int on_terminal(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Consent *consent = userdata;
        char line[LINE_SIZE];
        ssize_t n;

        n = read(fd, line, sizeof(line));
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0 || line[0] == 'n' || line[0] == 'N')
                decide(consent, false);
        else if (line[0] == 'y' || line[0] == 'Y')
                decide(consent, true);
        else
                say(consent, "Please answer y or n: ");
        return 0;
}

int consent_ask(Consent *consent, const char *question) {
        char text[QUESTION_SIZE + sizeof(" [y/n] ")];

        consent_withdraw(consent);
        if (consent->policy.mode != CONSENT_ASK)
                return sd_event_add_time_relative(consent->event, &consent->source, CLOCK_BOOTTIME,
                                                  consent->policy.delay_usec, ACCURACY_USEC,
                                                  on_time, consent);

        snprintf(text, sizeof(text), "%s [y/n] ", question);
        say(consent, text);
        return sd_event_add_io(consent->event, &consent->source, consent->terminal_fd, EPOLLIN,
                               on_terminal, consent);
}

void consent_withdraw(Consent *consent) {
        if (!consent->source)
                return;

        consent->source = sd_event_source_disable_unref(consent->source);
        say(consent, "\n");
}
