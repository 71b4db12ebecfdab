/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Misbehaviour on purpose, so that clients can be tested against it: its names, its arguments, and
 * what it does to the messages on their way to the client. Faults of the connection itself are
 * carried out where connections are (server-events.c, upgrade.c, connection-send.c), which ask
 * fault_find().
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "message.h"

typedef enum FaultKind {
        FAULT_SILENT_TCP,
        FAULT_CLOSE_TLS,
        FAULT_STATUS,
        FAULT_REDIRECT,
        FAULT_SILENT,
        FAULT_WRONG_ACCEPT,
        FAULT_NO_SUBPROTOCOL,
        FAULT_WRONG_SUBPROTOCOL,
        FAULT_SLOW,
        FAULT_CLOSE_AFTER,
        FAULT_CUT_AFTER,
        FAULT_RESET_AFTER,
        FAULT_CUT_INSIDE,
        FAULT_DROP,
        FAULT_DUPLICATE,
        FAULT_REORDER,
        FAULT_FLIP,
        FAULT_TEXT_FRAME,
        FAULT_HUGE_FRAME,
        FAULT_PING_FLOOD,
        FAULT_NO_SIGNAL,
        _FAULT_KIND_MAX,
} FaultKind;

typedef struct Fault {
        FaultKind kind;
        uint64_t number;     /* the argument, when it is a number */
        uint64_t close_code; /* close-after only */
        const char *text;    /* the argument, when it is none; borrowed from the command line */
} Fault;

enum {
        FAULTS_MAX = 32, /* on one command line */
        FAULT_HUGE_SIZE = 2 * 1024 * 1024,
};

typedef struct FaultSet {
        Fault items[FAULTS_MAX];
        size_t n;
} FaultSet;

/** Writes all names with a line of description each. */
void fault_print_list(FILE *f);

/**
 * Adds "NAME" or "NAME:ARGUMENT", which must outlive the set.
 * Returns 0, or -EINVAL with words for the user in *ret_why (static).
 */
int fault_set_add(FaultSet *set, const char *text, const char **ret_why);

/** The first fault of this kind, or NULL. */
const Fault *fault_find(const FaultSet *set, FaultKind kind);

/** The fault of this kind whose number is this one, or NULL. */
const Fault *fault_find_number(const FaultSet *set, FaultKind kind, uint64_t number);

/** What has to be remembered about the messages to one client. */
typedef struct FaultState {
        uint64_t n_messages; /* relayed so far, whatever became of them */
        Message *held;       /* waits for the next one, to be overtaken */
} FaultState;

void fault_state_done(FaultState *state);

/**
 * Puts what is to be sent instead of this message into the queue: usually the message itself.
 * Takes the message over, also when it fails. Returns 0 or -ENOMEM.
 */
int fault_deliver(const FaultSet *set, FaultState *state, Message *message, MessageQueue *queue);
