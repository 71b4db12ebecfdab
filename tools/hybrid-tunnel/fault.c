/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "tools/common/number.h"

typedef enum FaultArgument {
        ARGUMENT_NONE,
        ARGUMENT_NUMBER,
        ARGUMENT_NUMBER_OPTIONAL, /* 0 when it is left out */
        ARGUMENT_NUMBER_AND_CODE, /* NUMBER or NUMBER:CODE */
        ARGUMENT_URL,
} FaultArgument;

typedef struct FaultInfo {
        const char *name;
        const char *usage;
        FaultArgument argument;
        uint64_t min, max;
        const char *description;
} FaultInfo;

static const FaultInfo fault_infos[_FAULT_KIND_MAX] = {
        [FAULT_SILENT_TCP] = { "silent-tcp", "silent-tcp[:N]", ARGUMENT_NUMBER_OPTIONAL, 0,
                               UINT32_MAX,
                               "accept the connection, never begin TLS; not the first N "
                               "connections, whosever they are" },
        [FAULT_CLOSE_TLS] = { "close-tls", "close-tls[:N]", ARGUMENT_NUMBER_OPTIONAL, 0, UINT32_MAX,
                              "hang up right after the TLS handshake; not on the first N "
                              "connections, whosever they are" },
        [FAULT_STATUS] = { "status", "status:CODE", ARGUMENT_NUMBER, 200, 599,
                           "refuse the upgrade with this HTTP status" },
        [FAULT_REDIRECT] = { "redirect", "redirect:URL", ARGUMENT_URL, 0, 0,
                             "answer the upgrade with 302 and this location" },
        [FAULT_SILENT] = { "silent", "silent", ARGUMENT_NONE, 0, 0, "never answer the upgrade" },
        [FAULT_WRONG_ACCEPT] = { "wrong-accept", "wrong-accept", ARGUMENT_NONE, 0, 0,
                                 "answer with a Sec-WebSocket-Accept of another key" },
        [FAULT_NO_SUBPROTOCOL] = { "no-subprotocol", "no-subprotocol", ARGUMENT_NONE, 0, 0,
                                   "answer without Sec-WebSocket-Protocol" },
        [FAULT_WRONG_SUBPROTOCOL] = { "wrong-subprotocol", "wrong-subprotocol", ARGUMENT_NONE, 0, 0,
                                      "answer with a subprotocol that nobody asked for" },
        [FAULT_SLOW] = { "slow", "slow:BYTES_PER_SECOND", ARGUMENT_NUMBER, 1, UINT32_MAX,
                         "send the answer and all after it at this speed" },
        [FAULT_CLOSE_AFTER] = { "close-after", "close-after:N[:CODE]", ARGUMENT_NUMBER_AND_CODE, 0,
                                UINT32_MAX,
                                "close in order after N messages, with this code or 1000" },
        [FAULT_CUT_AFTER] = { "cut-after", "cut-after:N", ARGUMENT_NUMBER, 0, UINT32_MAX,
                              "end the TCP connection after N messages, with no word said" },
        [FAULT_RESET_AFTER] = { "reset-after", "reset-after:N", ARGUMENT_NUMBER, 0, UINT32_MAX,
                                "reset the TCP connection after N messages" },
        [FAULT_CUT_INSIDE] = { "cut-inside", "cut-inside:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                               "end the TCP connection in the middle of the Nth message" },
        [FAULT_DROP] = { "drop", "drop:N", ARGUMENT_NUMBER, 1, UINT32_MAX, "lose the Nth message" },
        [FAULT_DUPLICATE] = { "duplicate", "duplicate:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                              "send the Nth message twice" },
        [FAULT_REORDER] = { "reorder", "reorder:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                            "send the Nth message after the one that follows it" },
        [FAULT_FLIP] = { "flip", "flip:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                         "flip one bit in the middle of the Nth message" },
        [FAULT_TEXT_FRAME] = { "text-frame", "text-frame:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                               "send the Nth message as text" },
        [FAULT_HUGE_FRAME] = { "huge-frame", "huge-frame:N", ARGUMENT_NUMBER, 1, UINT32_MAX,
                               "send 2 MiB of zeros instead of the Nth message" },
        [FAULT_PING_FLOOD] = { "ping-flood", "ping-flood", ARGUMENT_NONE, 0, 0,
                               "send pings as fast as they are read" },
        [FAULT_NO_SIGNAL] = { "no-signal", "no-signal", ARGUMENT_NONE, 0, 0,
                              "do not tell who contacts a linked phone that it has joined" },
};

void fault_print_list(FILE *f) {
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++)
                fprintf(f, "%-24s%s\n", fault_infos[kind].usage, fault_infos[kind].description);
}

/* The name is what stands before the first colon. */
static const FaultInfo *fault_info_find(const char *text) {
        size_t n = strcspn(text, ":");

        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const FaultInfo *info = &fault_infos[kind];

                if (strlen(info->name) == n && strncmp(info->name, text, n) == 0)
                        return info;
        }

        return NULL;
}

/* Codes that may stand in a close frame (RFC 6455 section 7.4). */
static bool close_code_is_sendable(uint64_t code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) ||
               (code >= 3000 && code <= 4999);
}

static int fault_parse_number_and_code(const FaultInfo *info, char *text, Fault *fault) {
        char *colon = strchr(text, ':');

        fault->close_code = 1000;
        if (colon) {
                *colon = '\0';
                if (number_parse(colon + 1, 0, 9999, &fault->close_code) < 0 ||
                    !close_code_is_sendable(fault->close_code))
                        return -EINVAL;
        }

        return number_parse(text, info->min, info->max, &fault->number);
}

/* What goes into a header line: no control characters, no spaces. */
static bool url_is_printable(const char *url) {
        for (const char *p = url; *p; p++)
                if (*p <= ' ' || *p > '~')
                        return false;

        return strlen(url) > 0 && strlen(url) <= 1024;
}

static int fault_parse_argument(const FaultInfo *info, const char *text, Fault *fault) {
        char copy[32];

        switch (info->argument) {
        case ARGUMENT_NONE:
                return text ? -EINVAL : 0;

        case ARGUMENT_NUMBER_OPTIONAL:
                if (!text)
                        return 0;
                return number_parse(text, info->min, info->max, &fault->number);

        case ARGUMENT_NUMBER:
                return text ? number_parse(text, info->min, info->max, &fault->number) : -EINVAL;

        case ARGUMENT_NUMBER_AND_CODE:
                if (!text || strlen(text) >= sizeof(copy))
                        return -EINVAL;
                return fault_parse_number_and_code(info, strcpy(copy, text), fault);

        case ARGUMENT_URL:
                if (!text || !url_is_printable(text))
                        return -EINVAL;
                fault->text = text;
                return 0;
        }

        return -EINVAL;
}

int fault_set_add(FaultSet *set, const char *text, const char **ret_why) {
        const FaultInfo *info = fault_info_find(text);
        const char *colon = strchr(text, ':');
        Fault fault = {};

        if (!info) {
                *ret_why = "there is no fault of this name";
                return -EINVAL;
        }
        if (set->n >= FAULTS_MAX) {
                *ret_why = "these are too many faults";
                return -EINVAL;
        }

        fault.kind = (FaultKind)(info - fault_infos);
        if (fault_parse_argument(info, colon ? colon + 1 : NULL, &fault) < 0) {
                *ret_why = "its argument is missing, not needed or out of range";
                return -EINVAL;
        }

        set->items[set->n++] = fault;
        return 0;
}

const Fault *fault_find(const FaultSet *set, FaultKind kind) {
        for (size_t i = 0; i < set->n; i++)
                if (set->items[i].kind == kind)
                        return &set->items[i];

        return NULL;
}

const Fault *fault_find_number(const FaultSet *set, FaultKind kind, uint64_t number) {
        for (size_t i = 0; i < set->n; i++)
                if (set->items[i].kind == kind && set->items[i].number == number)
                        return &set->items[i];

        return NULL;
}

void fault_state_done(FaultState *state) {
        state->held = message_free(state->held);
}

/* In the middle, so that neither a type byte in front nor a tag at the end is what breaks. */
static void message_flip(Message *message) {
        if (message->n > 0)
                message->data[message->n / 2] ^= 0x10;
}

static int message_replace_with_zeros(Message **message, size_t n) {
        Message *huge;

        huge = message_new((*message)->budget, n);
        if (!huge)
                return -ENOMEM;

        huge->n = n;
        memset(huge->data, 0, n);
        message_free(*message);
        *message = huge;
        return 0;
}

/* Spoils the content of the message; it stays one message. */
static int fault_spoil(const FaultSet *set, uint64_t number, Message **message) {
        int r;

        if (fault_find_number(set, FAULT_HUGE_FRAME, number)) {
                r = message_replace_with_zeros(message, FAULT_HUGE_SIZE);
                if (r < 0)
                        return r;
        }

        if (fault_find_number(set, FAULT_FLIP, number))
                message_flip(*message);
        (*message)->text = fault_find_number(set, FAULT_TEXT_FRAME, number);
        (*message)->cut_in_half = fault_find_number(set, FAULT_CUT_INSIDE, number);
        return 0;
}

int fault_deliver(const FaultSet *set, FaultState *state, Message *message, MessageQueue *queue) {
        _cleanup_(message_freep) Message *m = message;
        _cleanup_(message_freep) Message *overtaken = TAKE_PTR(state->held);
        uint64_t number = ++state->n_messages;
        int r;

        r = fault_spoil(set, number, &m);
        if (r < 0)
                return r;

        if (fault_find_number(set, FAULT_DUPLICATE, number)) {
                Message *copy = message_copy(m);

                if (!copy)
                        return -ENOMEM;
                message_queue_push(queue, copy);
        }

        if (fault_find_number(set, FAULT_REORDER, number))
                state->held = TAKE_PTR(m);
        else if (!fault_find_number(set, FAULT_DROP, number))
                message_queue_push(queue, TAKE_PTR(m));
        if (overtaken)
                message_queue_push(queue, TAKE_PTR(overtaken));
        return 0;
}
