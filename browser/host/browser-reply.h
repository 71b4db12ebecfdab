/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the browser's extension is told: texts of frames, see hybrid-native-host(8). All functions
 * return NULL if memory runs out; the text is the caller's, to be freed by browser_reply_free().
 */

#include <jansson.h>
#include <stdint.h>

#include "client/bus-findings.h"

/** How a request has ended well. @response is JSON, for the page. */
char *browser_reply_done(int64_t id, const char *response);

/** How a request has ended otherwise: the DOMException's name, the cause, and what people are told. */
char *browser_reply_failed(int64_t id, const char *error, const char *cause, const char *message);

/** What hybridd is, and can do. @bluetooth as in Manager.Bluetooth. */
char *browser_reply_status(int64_t id, const char *version, const char *bluetooth);

/** Findings are gathered one by one. All zeros is none. */
typedef struct BrowserFindings {
        json_t *list;
        int r; /* -ENOMEM once one could not be taken in */
} BrowserFindings;

void browser_findings_add(BrowserFindings *findings, const BusFinding *finding);
void browser_findings_done(BrowserFindings *findings);

/** All that were gathered. */
char *browser_reply_findings(int64_t id, const BrowserFindings *findings);

/** Erases and frees it. NULL is fine; returns NULL. */
char *browser_reply_free(char *text);
