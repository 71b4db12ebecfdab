/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of Request, shared by request.c (its life) and the files that each have a part of it: who
 * asks, the process that works for it, linked phones, the window, and its face on the bus.
 */

#include "daemon/caller/caller-lookup.h"
#include "daemon/phones/phones.h"
#include "daemon/request/request.h"

#define STATE_ASKING_PERMISSION "asking-permission"

enum {
        N_QR_WAITING_MAX = 4,
};

struct Request {
        Requests *requests; /* that it is one of */
        Services *services;
        Phones *phones;
        HybridOperation operation;
        char *path;
        char *sender;

        /* Until the ceremony begins. */
        char *origin;
        char *top_origin;
        char *public_key; /* it holds the challenge: private, erased when nobody can want it again */
        char *parent_window;
        char *activation_token;
        bool prompt;

        sd_bus_slot *caller_watch;   /* follows its connection */
        CallerLookup *caller_lookup; /* while we ask the bus who it is */
        sd_bus_slot *prompt_call;
        char *prompt_sender; /* who serves the prompt and may see the code; or NULL */
        Caller caller;
        const char *caller_trust; /* why it may ask: "listed" and so on; NULL: not known yet */

        /* Linked phones. */
        bool choose, remember;              /* as RequestOptions has them */
        char wanted_phone[PHONE_PATH_SIZE]; /* to begin with, or "" */
        char phone_id[PHONE_ID_SIZE];       /* that is asked, or "" */
        const char *phone_problem; /* why the last one that was asked is not there; static */
        unsigned n_choices;        /* calls of UsePhone() and UseQr() */
        PhoneRecord *offered;    /* private; wants to be remembered, and the person is to say so */
        sd_bus_message *consent; /* of RememberPhone() before the answer, which decides; or NULL */
        bool consent_refused;    /* the person said no: that is not asked again */
        bool asked_late;         /* a window was shown again for the offer */
        bool answered;           /* Response was sent */
        uint64_t answered_usec;  /* and when, by the monotonic clock */
        sd_event_source *linger_timer; /* armed from then on */

        /* For a caller that only the person can allow. */
        bool needs_permission;
        sd_event_source *permission_timer; /* armed while the person is asked */
        sd_bus_slot *window_watch;         /* follows the window, whatever it is for */
        CallerLookup *window_lookup;
        bool window_may_allow;
        bool allowed_early; /* the person was faster than our look at the window */

        char *window_candidate; /* what has answered Present(), while it is not known what it is */
        unsigned n_presents;

        /* A failure that the window shows before the caller hears of it; see request_hold(). */
        sd_event_source *hold_timer;
        char *held_error;
        char *held_cause;
        char *held_message;
        bool can_retry;
        unsigned n_attempts; /* after the first one */

        Worker *worker;
        bool listening;     /* to the process: it is known who asks */
        unsigned n_packets; /* that the process has sent */
        bool cancelled;     /* and the process told so, if it was listened to */
        HybridCause cancel_cause;
        sd_event_source *guard; /* ends it if the process does not */
        const char *worker_state;
        const char *state; /* what the bus shows; static */
        char *rp_id;       /* NULL until the ceremony accepts */
        char *asked_site; /* which other site may be asked whether the origin is related; or NULL */
        char *checked_origin;
        uint64_t expires_usec;

        /* Of the phone that answered; "" before. */
        char tunnel_host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        char rssi[8];
        bool linked; /* it was asked without a code */

        int qr_fd;                                    /* -1: none */
        sd_bus_message *qr_waiting[N_QR_WAITING_MAX]; /* calls of GetQrCode() before there is one */
        bool scanning;
        bool radio_was_usable;        /* so that what is wrong with it may pass */
        sd_event_source *radio_grace; /* armed while it is in trouble */
};

/* request-bus.c */

/** Answers the calls that wait for a code: with the code, or that there will be none. */
void request_bus_answer_waiting(Request *request);

/* request-properties.c */

/** Appends the value of a property. -EINVAL if there is none of this name. */
int request_property_append(sd_bus_message *message, const Request *request, const char *name);

/** Appends properties as a{sv}: those with these names, of which the last is NULL; or, for NULL, all. */
int request_properties_append(sd_bus_message *message, const Request *request,
                              const char *const *names);

/* request-signals.c */

/** Tells what may have changed: the state alone, all that a ceremony has found out, or these properties. */
void request_emit_state(Request *request);
void request_emit_all(Request *request);
void request_emit_changed(Request *request, const char *const *properties);

void request_emit_qr_changed(Request *request);
void request_emit_qr_withdrawn(Request *request);

/** Tells the window all that it has missed. */
int request_tell_window(Request *request);

/** Response() with code 1 or 2. */
void request_respond_failed(Request *request, const char *error, const char *cause,
                            const char *message);

/**
 * Response() with code 0; the JSON is read from the packet's descriptor. -EBADMSG if that or
 * another field is not what it should be; or another negative errno.
 */
int request_respond_done(Request *request, const LinkPacket *packet);

/* request-phone.c */

/** Whether the request waits for the person to choose; phones are to be remembered. */
bool request_waits_for_choice(const Request *request);
bool request_remembers_phones(const Request *request);

/** The ceremony may go on: with the phone that the caller named, if there is one. */
void request_use_wanted_phone(Request *request);

/** 0; -ENOENT: no such phone; -EBUSY: too late, or too often; or another negative errno. */
int request_use_phone(Request *request, const char *path);
int request_use_code(Request *request);

/** What a ceremony tells. -EBADMSG if it cannot be. */
int request_phone_lost(Request *request, const LinkPacket *packet);
int request_phone_offered(Request *request, const LinkPacket *packet);

/**
 * The person's answer. -ENOENT if nobody asked. Replies to the call: before the request has its own answer, no
 * sooner than with that, since a phone that fails is not remembered. request_free_if_over() is to follow.
 */
int request_remember_phone(Request *request, bool remember, sd_bus_message *call);

/** The request has its answer: remembers the phone that the person has agreed to, if there is one. */
void request_keep_promise(Request *request);

/** No phone is asked about any more. */
void request_drop_offer(Request *request);

/** Frees a request that is answered, and has nothing left to wait for. */
void request_free_if_over(Request *request);

/** What an attempt that failed knew of a phone. */
void request_forget_phone(Request *request);

/** Notes of a phone that is linked that it has answered. */
void request_note_use(Request *request);

/** The Response was sent: goes on in the background, or frees the request. */
void request_linger(Request *request, bool ceremony_lingers);

/** The name to be asked about, or "". */
const char *request_phone_to_remember(const Request *request);

/** Calls Prompt1.Present(). The request fails if that does. */
int request_present(Request *request);

/** The window has gone, or is no concern of ours any more. */
void request_forget_window(Request *request);

/** Shows the window once more for what the phone has offered after the end: the first has closed. */
void request_present_late(Request *request);

/** Follows the life of a connection; the slot must not outlive the request. */
int request_watch_name(Request *request, const char *name, sd_bus_slot **ret,
                       sd_bus_message_handler_t changed, sd_bus_message_handler_t installed);

/** Whether what @changed was called for tells that the connection has gone, and is no forgery. */
bool request_name_is_gone(sd_bus_message *message);

/**
 * The request has failed. True if it goes on all the same, because a window shows that first; then
 * request_let_go() ends it, and request_retry() begins anew. False if the caller is to be told now.
 */
bool request_hold(Request *request, const char *error, const char *cause, const char *text);
bool request_is_held(const Request *request);
void request_hold_done(Request *request);

/** The caller has its Response. Frees the request. */
void request_let_go(Request *request);

/** Another attempt, of a request that is held. May free it. */
void request_retry(Request *request);

/**
 * Follows the caller, finds out who it is, and lets the ceremony go on if that may ask.
 * A negative errno if that cannot be.
 */
int request_find_caller(Request *request);

/**
 * Has the request wait for request_allow(); to be called when site and origin are known, and
 * before the window is called. A negative errno if that cannot be.
 */
int request_ask_permission(Request *request);
bool request_is_asking(const Request *request);

/** The person allows it: as soon as the window is known to be fit to say so, it goes on. */
void request_allow(Request *request);

/** Ends the request with a failure that the daemon itself has found. Frees it. */
void request_fail(Request *request, HybridCause cause, const char *detail);

/** The same in words of its own, which are for people. */
void request_fail_saying(Request *request, HybridCause cause, const char *text);

/**
 * Writes down that the request has ended, and how: a @cause, or NULL for success. @aaguid may be "".
 */
void request_audit(const Request *request, const char *dom_exception, const char *cause,
                   const char *aaguid);

/** Keeps what LINK_QR_WITHDRAWN tells of a phone, for the audit. -EBADMSG if it cannot be. */
int request_keep_phone(Request *request, const LinkPacket *packet);

void request_fail_errno(Request *request, int r);

/**
 * Hands the request to a process, to which nobody listens until request_listen().
 * A negative errno if that cannot be.
 */
int request_begin(Request *request);
void request_listen(Request *request);
void request_unlisten(Request *request);

/** Tells the process to stop and to say so, which it has a few seconds for. */
int request_tell_cancel(Request *request, HybridCause cause);

/** Shows the state that a person is to see: the ceremony's, or that the radio is off. */
void request_update_state(Request *request);

/** No more adverts. Harmless when it does not scan. */
void request_stop_scan(Request *request);

/** Puts a copy in place of a string. 0 or -ENOMEM. */
int request_replace(char **variable, const char *text);
