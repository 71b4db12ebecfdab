/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Misbehaviour on purpose, so that desktops can be tested against it: its names and what it leads
 * to. It is carried out where it belongs: spoiler.c changes bytes on their way, make-credential.c
 * and get-assertion.c give wrong answers, scan.c hangs up and keeps silent.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hybrid.h"

typedef enum FaultKind {
        /* The advert. */
        FAULT_NO_ADVERT,
        FAULT_ADVERT_MAC,
        FAULT_ADVERT_RESERVED,
        FAULT_ADVERT_UNASSIGNED,
        FAULT_TWO_ADVERTS,

        /* The handshake. */
        FAULT_WRONG_PSK,
        FAULT_BAD_POINT,
        FAULT_WRONG_MAC,
        FAULT_SHORT_MESSAGE_2,
        FAULT_LONG_MESSAGE_2,
        FAULT_SILENT_MESSAGE_2,
        FAULT_CLOSE_AFTER_MESSAGE_1,
        FAULT_CUT_AFTER_MESSAGE_1,

        /* What the phone says about itself, and what it says unasked. */
        FAULT_POST_HANDSHAKE_GARBAGE,
        FAULT_POST_HANDSHAKE_TRAILING,
        FAULT_POST_HANDSHAKE_NO_CTAP,
        FAULT_POST_HANDSHAKE_TAG,
        FAULT_SILENT_POST_HANDSHAKE,
        FAULT_CLOSE_AFTER_POST_HANDSHAKE,
        FAULT_SHUTDOWN_FIRST,
        FAULT_LINK_MAC,
        FAULT_LINK_POINT,
        FAULT_LINK_IDENTITY,

        /* The record that the reply is in. */
        FAULT_RECORD_TAG,
        FAULT_BAD_PADDING,
        FAULT_WRONG_COUNTER,
        FAULT_UNKNOWN_TYPE,
        FAULT_SECOND_REPLY,
        FAULT_SILENT_REPLY,
        FAULT_CLOSE_BEFORE_REPLY,
        FAULT_CUT_BEFORE_REPLY,

        /* The reply. */
        FAULT_REPLY_EMPTY,
        FAULT_REPLY_STATUS,
        FAULT_REPLY_TRAILING,
        FAULT_REPLY_DUPLICATE_KEYS,
        FAULT_REPLY_DEEP_CBOR,
        FAULT_REPLY_OTHER_RP,
        FAULT_REPLY_NO_UP,
        FAULT_REPLY_OTHER_CREDENTIAL,
        FAULT_REPLY_WRONG_ALG,
        FAULT_REPLY_EXTENSION,

        _FAULT_KIND_MAX,
} FaultKind;

typedef enum FaultArgument {
        FAULT_ARGUMENT_NONE,
        FAULT_ARGUMENT_BYTE,          /* two hexadecimal digits */
        FAULT_ARGUMENT_BYTE_OPTIONAL, /* the table says which, when it is left out */
        FAULT_ARGUMENT_KEY_OPTIONAL,  /* a point on P-256, uncompressed, in hexadecimal digits */
} FaultArgument;

typedef struct FaultInfo {
        const char *name;
        FaultArgument argument;
        uint8_t default_argument;
        const char *description;
        const char *outcome; /* on the desktop: "done", the name of a cause, or NULL: it depends */
} FaultInfo;

const FaultInfo *fault_info(FaultKind kind);

/** The faults of one run; all zero is none. */
typedef struct FaultSet {
        bool is_set[_FAULT_KIND_MAX];
        uint8_t argument[_FAULT_KIND_MAX];
        uint8_t key[HYBRID_LINK_PUBLIC_KEY_SIZE]; /* of the fault that takes one; or all zero */
} FaultSet;

static inline bool fault_is_set(const FaultSet *set, FaultKind kind) {
        return set->is_set[kind];
}

/**
 * Adds "NAME" or "NAME:ARGUMENT".
 * Returns 0, or -EINVAL with words for the user in *ret_why (static).
 */
int fault_set_add(FaultSet *set, const char *text, const char **ret_why);

/** Writes all names with a line of description each. */
void fault_print_list(FILE *f);
