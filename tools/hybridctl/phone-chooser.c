/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "linked-phones.h"
#include "phone-chooser.h"
#include "tools/common/complain.h"
#include "tools/common/printable.h"
#include "words/words.h"

enum {
        ANSWER_SIZE = 16,
        TEXT_SIZE = 512,
};

typedef struct Chooser {
        const LinkedPhones *phones;
        size_t chosen; /* from 1; 0: not yet */
        bool ended;
} Chooser;

bool phone_chooser_is_possible(void) {
        return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) &&
               tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void print_list(const LinkedPhones *phones, HybridOperation operation) {
        const Situation situation = {
                .state = "choose-phone",
                .create = operation == HYBRID_CREATE,
                .site = "",
                .caller = "",
                .path = "",
                .kind = "",
                .origin = "",
                .phone = "",
                .cause = "",
                .message = "",
        };
        char text[TEXT_SIZE], name[TEXT_SIZE];

        words_of_state(&situation, text, sizeof(text));
        fprintf(stderr, "%s\n", text);
        for (size_t i = 0; i < phones->n; i++) {
                words_of_last_use(phones->phones[i].last_used, (unsigned long long)time(NULL), text,
                                  sizeof(text));
                printable(phones->phones[i].name, strlen(phones->phones[i].name), name,
                          sizeof(name));
                fprintf(stderr, "  %zu  %s%s%s%s\n", i + 1, name, text[0] ? " (" : "", text,
                        text[0] ? ")" : "");
        }
        fprintf(stderr, "  %zu  %s\n", phones->n + 1, words_phrase(PHRASE_ANOTHER_PHONE));
}

static void prompt(const Chooser *chooser) {
        fprintf(stderr, "1-%zu [1]: ", chooser->phones->n + 1);
}

/* Nothing is the first one, which was used last. */
static size_t read_number(const char *line) {
        unsigned long number;
        char *end;

        if (line[0] == '\n')
                return 1;
        number = strtoul(line, &end, 10);
        return line[0] >= '0' && line[0] <= '9' && *end == '\n' ? number : 0;
}

static int on_line(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Chooser *chooser = userdata;
        char line[ANSWER_SIZE] = {};
        ssize_t n;

        n = read(fd, line, sizeof(line) - 1);
        if (n <= 0) {
                chooser->ended = true; /* ^D, or a terminal that has gone */
                return 0;
        }
        chooser->chosen = read_number(line);
        if (chooser->chosen > chooser->phones->n + 1)
                chooser->chosen = 0;
        if (chooser->chosen == 0)
                prompt(chooser);
        return 0;
}

static int wait_for_answer(sd_event *event, const Interrupts *interrupts, Chooser *chooser) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *source = NULL;
        int r;

        r = sd_event_add_io(event, &source, STDIN_FILENO, EPOLLIN, on_line, chooser);
        while (r >= 0 && chooser->chosen == 0 && !chooser->ended && interrupts->n == 0)
                r = sd_event_run(event, UINT64_MAX);
        if (r < 0) {
                complain("terminal: %s; name the phone with --phone", strerror(-r));
                return r;
        }
        if (chooser->chosen == 0) {
                fputs("\n", stderr);
                return -ECANCELED;
        }
        return 0;
}

int phone_chooser_ask(sd_event *event, sd_bus *bus, Interrupts *interrupts,
                      HybridOperation operation, char **ret) {
        _cleanup_(linked_phones_done) LinkedPhones phones = {};
        Chooser chooser = { .phones = &phones };
        int r;

        /* What stands in the way of this is told by the request that follows, or does not matter. */
        if (linked_phones_look(bus, &phones) < 0 || phones.n == 0)
                return 0;

        print_list(&phones, operation);
        prompt(&chooser);
        r = wait_for_answer(event, interrupts, &chooser);
        if (r < 0 || chooser.chosen > phones.n)
                return r;
        *ret = strdup(phones.phones[chooser.chosen - 1].path);
        return *ret ? 0 : complain_oom();
}
