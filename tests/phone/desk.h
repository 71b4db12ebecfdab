/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A desktop with everything between it and the phone, in memory: the radio carries adverts at once,
 * the tunnel joins the two, and the desktop's clock jumps to its next deadline when nothing moves
 * any more. The phone under test is a whole Scan on an event loop; there is one desk at a time.
 */

#include "scan.h"
#include "unit.h"

enum {
        DESK_MESSAGES_MAX = 32,
        DESK_ADVERTS_MAX = 4,
};

typedef struct DeskMessage {
        bool to_phone;
        uint8_t *data;
        size_t n;
} DeskMessage;

typedef struct Desk {
        sd_event *event;
        TestRandom random;
        HybridEnv env;
        uint64_t now_usec;
        HybridWebauthn *webauthn;
        HybridClient *client;
        char qr_text[HYBRID_QR_TEXT_SIZE_MAX];
        char outcome[64]; /* "done", a cause, or "" as long as it goes on */
        char response[8192];
        bool client_connected; /* has joined the tunnel */

        /* What is set before the scan, and the scan. */
        FaultSet faults;
        CredentialStore *store;
        ScanSettings settings;
        Scan *scan;

        /* Between the two. */
        uint8_t adverts[DESK_ADVERTS_MAX][HYBRID_ADVERT_SIZE];
        unsigned n_adverts, n_adverts_heard;
        uint16_t uuid;
        DeskMessage queue[DESK_MESSAGES_MAX];
        unsigned n_queue;
        Channel *channel; /* the phone's end, or NULL */
        bool channel_coming_up, channel_closing;
} Desk;

/** A desktop that shows its code, and settings for a plain phone whose person says yes. */
void desk_init(Desk *desk, HybridOperation operation, const char *json);
void desk_done(Desk *desk);
#define _desk_ _cleanup_(desk_done) Desk

/** The phone scans the code. */
void desk_scan(Desk *desk);

/** Goes on until nothing moves and the desktop waits for nothing. */
void desk_run(Desk *desk);

/** The same, but leaves the desktop's clock alone. */
void desk_settle(Desk *desk);

/** What the phone's program would exit with; it must have ended. */
int desk_exit_code(const Desk *desk);
bool desk_phone_has_ended(const Desk *desk);

/** Requests that fit each other. */
extern const char desk_create_json[];
extern const char desk_get_json[];
