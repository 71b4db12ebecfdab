/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the browser's extension asks for: one JSON object a frame, see hybrid-native-host(8).
 */

#include <stddef.h>
#include <stdint.h>

typedef enum BrowserCallType {
        BROWSER_CALL_CREATE,
        BROWSER_CALL_GET,
        BROWSER_CALL_CANCEL,
        BROWSER_CALL_STATUS,
        BROWSER_CALL_DIAGNOSE,
        _BROWSER_CALL_TYPE_MAX,
} BrowserCallType;

typedef struct BrowserCall {
        BrowserCallType type;
        int64_t id; /* the extension's; for "cancel" that of the request to end */

        /* "create" and "get" */
        char *origin;
        char *top_origin; /* or NULL */
        char *options;    /* JSON as hybridd takes it */
} BrowserCall;

/** Erases and frees what is in it. */
void browser_call_done(BrowserCall *call);

/**
 * Reads a frame's text of n bytes.
 * 0; -EBADMSG if it is no JSON object, or without an id: nobody can be told;
 * -EINVAL if it is another thing that makes no sense, with the id in @ret; -ENOMEM.
 */
int browser_call_parse(const char *text, size_t n, BrowserCall *ret);
