/* SPDX-License-Identifier: MIT */
#ifndef HYBRID_H
#define HYBRID_H

/*
 * libhybrid: the FIDO hybrid transport (caBLE v2.1, CTAP 2.2 section 11.5), without any input or
 * output of its own.
 *
 * Facts go in (an advert was heard, a message came, this much time has passed), actions come out
 * (show this code, connect there, send these bytes). Time is an argument, randomness is a
 * function the caller gives, and no function blocks, logs, or opens anything. A program drives a
 * session like this:
 *
 *         hybrid_client_new(&client, &env, &params, now);
 *         for (;;) {
 *                 while (hybrid_client_next_action(client, &action))
 *                         carry_out(&action);
 *                 wait for an event, or until hybrid_client_deadline(client);
 *                 tell the client what happened: hybrid_client_advert(), …, hybrid_client_tick()
 *         }
 *
 * docs/examples/two-roles.c is a whole program, with both roles; the flags to build one come from
 * `pkg-config --cflags --libs libhybrid`.
 *
 * Return values: 0 is success; a negative errno means that something broke (-ENOMEM, a failing
 * random source, misuse); a positive HYBRID_E_* is a normal outcome that the caller handles.
 * -EBADMSG is what a peer's wrong bytes lead to: the session has then failed, stays failed, and
 * says so in a FAILED action.
 *
 * All times are microseconds of one monotonic clock. Strings are UTF-8 and NUL-terminated unless a
 * length is given. Outputs are untouched when a function fails.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything else in the library is hidden. */
#pragma GCC visibility push(default)

enum {
        HYBRID_E_NOT_OURS = 1, /* an advert that is not meant for this session */
        HYBRID_E_REFUSED = 2, /* the request or reply is not acceptable; a HybridFailure says why */
        HYBRID_E_RELATED_ORIGIN = 3, /* acceptable if the site of the RP ID lists the origin */
};

enum {
        HYBRID_MESSAGE_SIZE_MAX = 64 * 1024, /* largest message on the channel, either way */
        HYBRID_REQUEST_JSON_SIZE_MAX = 64 * 1024,
        HYBRID_ADVERT_SIZE = 20,          /* service data without the CTAP 2.3 suffix */
        HYBRID_QR_TEXT_SIZE_MAX = 256,    /* "FIDO:/", digits and NUL, with every optional key */
        HYBRID_TUNNEL_HOST_SIZE_MAX = 32, /* name of a tunnel service, with NUL */
        HYBRID_AAGUID_SIZE = 16,

        HYBRID_LINK_ID_SIZE = 8,
        HYBRID_LINK_SECRET_SIZE = 32,
        HYBRID_LINK_PUBLIC_KEY_SIZE = 65,  /* uncompressed: 04 ‖ X ‖ Y */
        HYBRID_LINK_PRIVATE_KEY_SIZE = 32, /* big-endian */
        HYBRID_LINK_NAME_SIZE = 64,        /* with NUL */
        HYBRID_CONTACT_ID_SIZE_MAX = 1024,
        HYBRID_LINK_RECORD_SIZE_MAX = 1280, /* what hybrid_link_encode() writes at most */
        HYBRID_CLIENT_PAYLOAD_SIZE = 67,    /* hexadecimal, with NUL */
};

/** No deadline is pending. */
#define HYBRID_USEC_NEVER UINT64_MAX

/** Where randomness comes from. Fills all n bytes and returns 0, or a negative errno. */
typedef struct HybridEnv {
        int (*random)(void *userdata, uint8_t *buf, size_t n);
        void *userdata;
} HybridEnv;

typedef enum HybridOperation {
        HYBRID_CREATE, /* registration: authenticatorMakeCredential */
        HYBRID_GET,    /* sign-in: authenticatorGetAssertion */
} HybridOperation;

/* ----------------------------------------------------------------------------------------------
 * Why a ceremony fails
 * ------------------------------------------------------------------------------------------- */

typedef enum HybridCause {
        HYBRID_CAUSE_BAD_REQUEST,
        HYBRID_CAUSE_ORIGIN_REFUSED,
        HYBRID_CAUSE_CALLER_REFUSED,
        HYBRID_CAUSE_POLICY,
        HYBRID_CAUSE_BUSY,
        HYBRID_CAUSE_NO_ADAPTER,
        HYBRID_CAUSE_BLUETOOTH_BLOCKED,
        HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING,
        HYBRID_CAUSE_BLUETOOTH_PERMISSION,
        HYBRID_CAUSE_NO_PROMPT,
        HYBRID_CAUSE_TIMEOUT,
        HYBRID_CAUSE_TUNNEL_UNREACHABLE,
        HYBRID_CAUSE_TUNNEL_REFUSED,
        HYBRID_CAUSE_TUNNEL_TLS,
        HYBRID_CAUSE_PROXY,
        HYBRID_CAUSE_PHONE_GONE,
        HYBRID_CAUSE_TWO_PHONES,
        HYBRID_CAUSE_HANDSHAKE_FAILED,
        HYBRID_CAUSE_CHANNEL_BROKEN,
        HYBRID_CAUSE_PROTOCOL,
        HYBRID_CAUSE_NO_PASSKEY,
        HYBRID_CAUSE_ALREADY_REGISTERED,
        HYBRID_CAUSE_DECLINED,
        HYBRID_CAUSE_UNSUPPORTED,            /* as a NotSupportedError */
        HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT, /* as a ConstraintError */
        HYBRID_CAUSE_ATTESTATION,
        HYBRID_CAUSE_CANCELLED,
        HYBRID_CAUSE_CALLER_GONE,
        HYBRID_CAUSE_AUTHENTICATOR,
        HYBRID_CAUSE_INTERNAL, /* not the phone's and not the caller's doing: out of memory, a bug */
        HYBRID_CAUSE_BAD_REQUEST_SYNTAX, /* BAD_REQUEST as a SyntaxError */
        _HYBRID_CAUSE_MAX,
} HybridCause;

/** The name that goes over D-Bus, such as "two-phones". Static. */
const char *hybrid_cause_name(HybridCause cause);

/** The name of the DOMException that a browser throws for it. Static. */
const char *hybrid_cause_dom_exception(HybridCause cause);

/** Where a session was when it failed. */
typedef enum HybridStage {
        HYBRID_STAGE_REQUEST,        /* before anything was shown */
        HYBRID_STAGE_SCAN,           /* waiting for an advert */
        HYBRID_STAGE_CONNECT,        /* opening the channel */
        HYBRID_STAGE_HANDSHAKE,      /* message 1 sent */
        HYBRID_STAGE_POST_HANDSHAKE, /* waiting for what the phone says about itself */
        HYBRID_STAGE_COMMAND,        /* the person acts on the phone */
} HybridStage;

typedef struct HybridFailure {
        HybridCause cause;
        HybridStage stage;
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX]; /* tunnel service, or "" */
        int http_status;                        /* of a refused upgrade or CONNECT, or 0 */
        uint8_t ctap_status;                    /* the phone's answer, or 0 */
        bool timed_out;                         /* nothing came, rather than something wrong */
        bool adverts_seen;                      /* FIDO adverts were heard, of whatever phone */
        char detail[128];                       /* technical words for a log, or "" */
} HybridFailure;

/* ----------------------------------------------------------------------------------------------
 * Linked phones (CTAP 2.2 section 11.5.1.10): they are asked without a code
 * ------------------------------------------------------------------------------------------- */

/**
 * What a desktop keeps of a phone that agreed to be remembered. A secret as a whole: who has it can
 * ask the phone. A phone is known by its public key: a link with the same key replaces the old one.
 */
typedef struct HybridLink {
        uint16_t tunnel_server_id; /* of the session that brought it */
        uint8_t contact_id[HYBRID_CONTACT_ID_SIZE_MAX];
        size_t n_contact_id; /* at least 1 */
        uint8_t link_id[HYBRID_LINK_ID_SIZE];
        uint8_t secret[HYBRID_LINK_SECRET_SIZE];
        uint8_t public_key[HYBRID_LINK_PUBLIC_KEY_SIZE];
        char name[HYBRID_LINK_NAME_SIZE]; /* for people, without control characters; may be "" */
} HybridLink;

/**
 * A link as bytes to be stored, and back. encode() returns -EINVAL if @link is none that decode()
 * would take; decode() returns -EBADMSG if the bytes are no link. Both may return -ENOMEM.
 */
int hybrid_link_encode(const HybridLink *link, uint8_t ret[HYBRID_LINK_RECORD_SIZE_MAX],
                       size_t *ret_n);
int hybrid_link_decode(const uint8_t *record, size_t n, HybridLink *ret);

/** The name of the tunnel service that a link goes by. -EINVAL if nobody runs it. */
int hybrid_link_host(const HybridLink *link, char ret[HYBRID_TUNNEL_HOST_SIZE_MAX]);

/** Erases it. */
void hybrid_link_done(HybridLink *link);

/* ----------------------------------------------------------------------------------------------
 * Actions, the output of both sessions
 * ------------------------------------------------------------------------------------------- */

typedef enum HybridActionType {
        HYBRID_ACTION_STATE,           /* the session is in another state */
        HYBRID_ACTION_SHOW_QR,         /* show this code instead of any earlier one */
        HYBRID_ACTION_HIDE_QR,         /* a phone has answered: take the code away at once */
        HYBRID_ACTION_SCAN_START,      /* hand every FIDO advert to hybrid_client_advert() */
        HYBRID_ACTION_SCAN_STOP,       /* no more adverts are needed */
        HYBRID_ACTION_ADVERTISE_START, /* broadcast these service data under 0xFFF9 */
        HYBRID_ACTION_ADVERTISE_STOP,
        HYBRID_ACTION_CONNECT, /* open the channel to this URL */
        HYBRID_ACTION_SEND,    /* one binary message on the channel */
        HYBRID_ACTION_CLOSE,   /* send what is queued, then close the channel */
        HYBRID_ACTION_COMMAND, /* phone: a CTAP2 request to answer with hybrid_phone_reply() */
        HYBRID_ACTION_REPLY,   /* client: the phone's CTAP2 response */
        HYBRID_ACTION_FAILED,  /* the session has failed; nothing but CLOSE and the like follows */
        HYBRID_ACTION_LINKED,  /* client: the phone agreed to be remembered; keep this link */
        HYBRID_ACTION_LINK_IGNORED, /* client: linking information was wrong; said once, for a log */
} HybridActionType;

typedef struct HybridConnect {
        const char *url;
        const char *host;

        /* To contact a linked phone: the value of the header X-caBLE-Client-Payload, with which
         * goes "X-caBLE-Signal-Connection: true". Else NULL, and no such headers. */
        const char *client_payload;
} HybridConnect;

typedef struct HybridBytes {
        const uint8_t *data;
        size_t n;
} HybridBytes;

typedef struct HybridAction {
        HybridActionType type;
        union {
                int state;             /* STATE: HybridClientState or HybridPhoneState */
                const char *qr_text;   /* SHOW_QR: "FIDO:/…", a secret */
                HybridConnect connect; /* CONNECT: subprotocol "fido.cable", Origin "wss://HOST" */
                HybridBytes bytes;     /* ADVERTISE_START, SEND, COMMAND, REPLY */
                const HybridFailure *failure; /* FAILED */
                const HybridLink *link;       /* LINKED: checked; a secret */
        };
} HybridAction;

/* ----------------------------------------------------------------------------------------------
 * What a channel tells
 * ------------------------------------------------------------------------------------------- */

typedef enum HybridChannelFault {
        HYBRID_CHANNEL_CLOSED,      /* the peer closed it in order */
        HYBRID_CHANNEL_BROKEN,      /* it broke: reset, lost, cut in the middle */
        HYBRID_CHANNEL_UNREACHABLE, /* no address, no route, no answer */
        HYBRID_CHANNEL_TLS,         /* certificate or TLS trouble */
        HYBRID_CHANNEL_PROXY,       /* the proxy could not be reached or said no */
        HYBRID_CHANNEL_REFUSED,     /* an answer other than 101, or without the subprotocol */
        HYBRID_CHANNEL_VIOLATION,   /* a text frame, a message that is too large, and the like */
        HYBRID_CHANNEL_FORBIDDEN, /* a redirect to a host that may not be used, which is the detail */
} HybridChannelFault;

typedef struct HybridChannelError {
        HybridChannelFault fault;
        int http_status;  /* REFUSED, PROXY: the status, if there was one; else 0 */
        char detail[128]; /* technical words for a log, or "" */
} HybridChannelError;

/* ----------------------------------------------------------------------------------------------
 * The client platform: the desktop's side (Noise initiator)
 * ------------------------------------------------------------------------------------------- */

typedef enum HybridClientState {
        HYBRID_CLIENT_WAITING_FOR_SCAN,
        HYBRID_CLIENT_OPENING_CHANNEL,
        HYBRID_CLIENT_AWAITING_HANDSHAKE,
        HYBRID_CLIENT_AWAITING_POST_HANDSHAKE,
        HYBRID_CLIENT_READY, /* getInfo is known; waits for hybrid_client_command() */
        HYBRID_CLIENT_CONTINUE_ON_PHONE,
        HYBRID_CLIENT_DONE,
        HYBRID_CLIENT_FAILED,
        HYBRID_CLIENT_CONTACTING,      /* linked: scans, and waits for the channel */
        HYBRID_CLIENT_AWAITING_PHONE,  /* linked: waits for the phone's signal and its advert */
        HYBRID_CLIENT_AWAITING_ADVERT, /* linked: the advert is all that is missing */
        HYBRID_CLIENT_AWAITING_SIGNAL, /* linked: message 1 is sent; the signal comes first */
        HYBRID_CLIENT_LINGERING, /* the reply is in; the phone may still want to be remembered */
        _HYBRID_CLIENT_STATE_MAX,
} HybridClientState;

/** A name for logs, such as "awaiting-handshake". Static. */
const char *hybrid_client_state_name(HybridClientState state);

typedef struct HybridClient HybridClient;

typedef struct HybridClientParams {
        HybridOperation operation; /* goes into the code as a hint for the phone's words */
        uint64_t unix_time;        /* seconds since 1970, for the code */
        uint64_t timeout_usec;     /* for the whole ceremony; 0 stands for 300 s */
        uint64_t qr_lifetime_usec; /* a code is renewed after this; 0 stands for 120 s */

        /* Whether the tunnel service that a phone's advert names may be used: asked in
         * hybrid_client_advert(), before CONNECT; must not call the client. NULL: any may. */
        bool (*is_tunnel_allowed)(void *userdata, const char *host);
        void *userdata;

        /* Links can be kept. The code then says so, LINKED actions may come, and the session goes
         * on after REPLY, in state LINGERING, for as long as the person may still agree. */
        bool accept_links;
        uint64_t linger_usec; /* 0 stands for 120 s; at most 180 s */

        /* Ask this phone, without a code; NULL: show one. Copied. Nothing is linked then: what a
         * linked phone says about links cannot be checked. */
        const HybridLink *link;
} HybridClientParams;

/**
 * Whether a tunnel service has a number of its own (cable.ua5v.com, cable.auth.com). The names of
 * all others are made from a hash, by whoever wants to run one.
 */
bool hybrid_tunnel_is_assigned(const char *host);

/**
 * Starts a ceremony: makes the first code and queues SHOW_QR and SCAN_START; or, with a linked
 * phone, SCAN_START and CONNECT. is_tunnel_allowed() is then asked here; if its service may not be
 * used the session has failed at once, as its actions say.
 * @env and what it points to must outlive the client; @params is copied.
 * Returns 0, -EINVAL (also if the link is none), -ENOMEM, or what env->random() returned.
 */
int hybrid_client_new(HybridClient **ret, const HybridEnv *env, const HybridClientParams *params,
                      uint64_t now_usec);

/** Erases all keys and frees. NULL in, NULL out. */
HybridClient *hybrid_client_free(HybridClient *client);

/**
 * Service data heard under UUID 0xFFF9 or 0xFDE2, of any length.
 * Returns 0 if it was a phone that scanned our code, HYBRID_E_NOT_OURS if not (the usual case, which
 * allocates nothing), -EBADMSG if a second phone scanned it.
 */
int hybrid_client_advert(HybridClient *client, const uint8_t *service_data, size_t n,
                         uint64_t now_usec);

/**
 * The same for several sessions that wait at once, as when linked phones are contacted: each is
 * tried until one takes it. A stranger's advert costs each of them one HMAC and allocates nothing.
 * Returns what the session that took it did, and its number; HYBRID_E_NOT_OURS if none did. @ret_index
 * is set, too, when taking it failed.
 */
int hybrid_clients_advert(HybridClient *const *clients, size_t n_clients,
                          const uint8_t *service_data, size_t n, uint64_t now_usec,
                          size_t *ret_index);

/** The channel asked for in CONNECT is up. */
int hybrid_client_channel_up(HybridClient *client, uint64_t now_usec);

/**
 * The same for a linked phone. @signal: the answer to the upgrade has the header
 * X-caBLE-Signal-Connection (any value), so that the service will tell when the phone is there.
 */
int hybrid_client_contact_up(HybridClient *client, bool signal, uint64_t now_usec);

/** One message from the channel. Copied where needed. */
int hybrid_client_recv(HybridClient *client, const uint8_t *message, size_t n, uint64_t now_usec);

/** The channel is gone, or could not be opened. */
int hybrid_client_channel_down(HybridClient *client, const HybridChannelError *why,
                               uint64_t now_usec);

/**
 * In state READY: the one CTAP2 request (command byte ‖ CBOR), sent as it is.
 * -EINVAL in another state, -EMSGSIZE if it is too large.
 */
int hybrid_client_command(HybridClient *client, const uint8_t *ctap2, size_t n, uint64_t now_usec);

/**
 * The caller or the person wants to stop: tells the phone and closes. Ends in a FAILED action with
 * @cause, which is HYBRID_CAUSE_CANCELLED unless the caller knows better. Harmless when ended. In
 * state LINGERING it ends the wait, and the session is DONE: as a new ceremony may want it.
 */
int hybrid_client_cancel(HybridClient *client, HybridCause cause, uint64_t now_usec);

/** Time has passed. Call it at hybrid_client_deadline(); earlier does no harm. */
int hybrid_client_tick(HybridClient *client, uint64_t now_usec);

/** When tick() is next needed, or HYBRID_USEC_NEVER. */
uint64_t hybrid_client_deadline(const HybridClient *client);

HybridClientState hybrid_client_state(const HybridClient *client);

/**
 * The phone's getInfo response: CBOR without a status byte, borrowed for the life of the client.
 * From READY on; -ENODATA before.
 */
int hybrid_client_get_info(const HybridClient *client, const uint8_t **ret, size_t *ret_n);

/** The name of the tunnel service in use, or "" before a phone answered. Borrowed. */
const char *hybrid_client_tunnel_host(const HybridClient *client);

/**
 * Takes the next action off the queue. What it points to is borrowed until the next call on the
 * client. False if there is none. Take all of them after each input: the queue is small.
 */
bool hybrid_client_next_action(HybridClient *client, HybridAction *ret);

/* ----------------------------------------------------------------------------------------------
 * The authenticator: the phone's side (Noise responder)
 * ------------------------------------------------------------------------------------------- */

typedef enum HybridPhoneState {
        HYBRID_PHONE_OPENING_TUNNEL,
        HYBRID_PHONE_ADVERTISING,      /* waits for message 1 */
        HYBRID_PHONE_AWAITING_COMMAND, /* the channel is secure */
        HYBRID_PHONE_ANSWERING,        /* waits for hybrid_phone_reply() */
        HYBRID_PHONE_AWAITING_CLOSE,   /* has answered; waits for shutdown or a close */
        HYBRID_PHONE_DONE,
        HYBRID_PHONE_FAILED,
        HYBRID_PHONE_WAITING_FOR_CONTACT, /* linked: waits for hybrid_phone_contacted() */
        HYBRID_PHONE_LINGERING, /* the desktop is done; waits for hybrid_phone_send_link() */
        _HYBRID_PHONE_STATE_MAX,
} HybridPhoneState;

const char *hybrid_phone_state_name(HybridPhoneState state);

typedef struct HybridPhone HybridPhone;

/**
 * What a test phone may spoil, each just before it is used or sent. @data holds *n bytes and has
 * room for n_max; the function changes it in place.
 */
typedef enum HybridPhoneStep {
        HYBRID_PHONE_STEP_ADVERT,         /* 20 bytes of service data */
        HYBRID_PHONE_STEP_PSK,            /* 32 bytes */
        HYBRID_PHONE_STEP_MESSAGE_2,      /* 81 bytes */
        HYBRID_PHONE_STEP_POST_HANDSHAKE, /* plaintext without padding */
        HYBRID_PHONE_STEP_UPDATE,         /* plaintext without padding */
        HYBRID_PHONE_STEP_REPLY,          /* plaintext without padding: type ‖ status ‖ CBOR */
        HYBRID_PHONE_STEP_RECORD,         /* any of these three when padded and sealed */
} HybridPhoneStep;

/** How a phone tells a desktop, whose code says that it can keep them, about links. */
typedef enum HybridPhoneLinking {
        HYBRID_PHONE_LINKS_AT_ONCE, /* in an update, padded to a constant size, as Android does */
        HYBRID_PHONE_LINKS_FIRST,   /* in its first message, as older phones did */
        HYBRID_PHONE_LINKS_LATER,   /* when its person agrees: hybrid_phone_send_link() */
} HybridPhoneLinking;

typedef struct HybridPhoneParams {
        const char
                *qr_text; /* what was scanned; copied where needed. NULL: waits to be contacted */
        uint16_t tunnel_server_id; /* the tunnel service the phone uses; 0: cable.ua5v.com */
        const uint8_t *get_info;   /* CBOR without a status byte; copied */
        size_t n_get_info;         /* at most 4096 */
        bool send_features;        /* list the features in the post-handshake message */
        bool send_update;          /* send the constant-size update as Android does */
        bool close_after_reply;    /* hang up after one command */
        uint64_t timeout_usec;     /* for the whole session; 0 stands for 60 s */
        void (*spoil)(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max);
        void *spoil_userdata; /* spoil may be NULL */

        /* A test phone's key log: told each secret of the session as it is made, under its name:
         * qr-secret, link-secret, tunnel-id, eid-key, psk, key-to-phone, key-to-desktop,
         * handshake-hash. May be NULL. */
        void (*log_key)(void *userdata, const char *name, const uint8_t *key, size_t n);
        void *log_key_userdata;

        /* The link that this desktop is given or, without a code, has. Copied; NULL: none. Its
         * public key is that of @private_key, and its tunnel_server_id is not looked at. */
        const HybridLink *link;
        const uint8_t *private_key; /* with @link: see hybrid_phone_make_identity(); copied */
        HybridPhoneLinking linking;
} HybridPhoneParams;

/** A phone's long-term key pair, of which links have the public key. 0, -ENOMEM, or env's error. */
int hybrid_phone_make_identity(const HybridEnv *env,
                               uint8_t ret_private[HYBRID_LINK_PRIVATE_KEY_SIZE],
                               uint8_t ret_public[HYBRID_LINK_PUBLIC_KEY_SIZE]);

/**
 * A phone that has just scanned a code: queues CONNECT. Or, without a code, one that waits until
 * the desktop of @params->link contacts it; its time begins then.
 * Returns 0, -EINVAL if the text is no valid code or the link none, -ENOENT if the tunnel id is
 * unassigned, -ENOMEM, or what env->random() returned.
 */
int hybrid_phone_new(HybridPhone **ret, const HybridEnv *env, const HybridPhoneParams *params,
                     uint64_t now_usec);
HybridPhone *hybrid_phone_free(HybridPhone *phone);

/** What a tunnel service tells a phone that is contacted. All are hexadecimal. */
typedef struct HybridContact {
        const char *client_payload; /* what the desktop sent in X-caBLE-Client-Payload */
        const char *routing_id;     /* 3 bytes */
        const char *tunnel_id;      /* 16 bytes */
} HybridContact;

/**
 * In state WAITING_FOR_CONTACT: queues CONNECT if it is the desktop of this link that asks.
 * HYBRID_E_NOT_OURS if not, or if it cannot be read; the phone then goes on waiting.
 */
int hybrid_phone_contacted(HybridPhone *phone, const HybridContact *contact, uint64_t now_usec);

/** What the code or the contact asks for: what the phone shows to its person. */
HybridOperation hybrid_phone_operation(const HybridPhone *phone);

/**
 * With HYBRID_PHONE_LINKS_LATER, from AWAITING_COMMAND on: the person agrees to be remembered by
 * this desktop. Once; -EINVAL in another state, again, or where the desktop keeps no links.
 */
int hybrid_phone_send_link(HybridPhone *phone, uint64_t now_usec);

/**
 * The tunnel is up; @routing_id is the value of the header X-caBLE-Routing-ID, six hexadecimal
 * digits. -EBADMSG if it is not. A phone that was contacted knows it already: NULL.
 */
int hybrid_phone_channel_up(HybridPhone *phone, const char *routing_id, uint64_t now_usec);
int hybrid_phone_recv(HybridPhone *phone, const uint8_t *message, size_t n, uint64_t now_usec);
int hybrid_phone_channel_down(HybridPhone *phone, const HybridChannelError *why, uint64_t now_usec);

/** In state ANSWERING: the CTAP2 response, status byte ‖ CBOR. */
int hybrid_phone_reply(HybridPhone *phone, const uint8_t *ctap2, size_t n, uint64_t now_usec);

/** The person gave up: closes the channel without an answer, as an iPhone does. */
int hybrid_phone_hang_up(HybridPhone *phone, uint64_t now_usec);

int hybrid_phone_tick(HybridPhone *phone, uint64_t now_usec);
uint64_t hybrid_phone_deadline(const HybridPhone *phone);
HybridPhoneState hybrid_phone_state(const HybridPhone *phone);
bool hybrid_phone_next_action(HybridPhone *phone, HybridAction *ret);

/* ----------------------------------------------------------------------------------------------
 * WebAuthn: the JSON forms of a relying party's request and answer (WebAuthn Level 3 section 5.1)
 * ------------------------------------------------------------------------------------------- */

typedef struct HybridWebauthn HybridWebauthn;

typedef struct HybridWebauthnParams {
        HybridOperation operation;
        const char *json;   /* PublicKeyCredentialCreationOptionsJSON or …RequestOptionsJSON */
        size_t n_json;      /* at most HYBRID_REQUEST_JSON_SIZE_MAX */
        const char *origin; /* who asks, serialised: "https://login.example.com" */
        const char *top_origin; /* the page around a frame of another origin, or NULL */
        bool allow_localhost;   /* accept http://localhost */
        bool related_origins;   /* the caller can fetch a site's list of other origins */

        /* True if the domain is a public suffix, such as "co.uk". Called during new() only. */
        bool (*is_public_suffix)(void *userdata, const char *domain);
        void *userdata;

        /* In a frame of another origin; implied by top_origin, for callers who do not know that. */
        bool cross_origin;

        /* True if this relying party may have an attestation that tells this very phone from all
         * others, if it asks for one: for policies to say. Else, and if it is NULL, "enterprise" is
         * taken for "direct". Called during new() only. */
        bool (*allows_enterprise_attestation)(void *userdata, const char *rp_id);
} HybridWebauthnParams;

/**
 * Reads and checks a request: its JSON, the origin, and that the RP ID is the origin's to use.
 * Returns 0, HYBRID_E_REFUSED with @ret_failure filled in, or -ENOMEM. @params is not kept.
 *
 * With @params->related_origins also HYBRID_E_RELATED_ORIGIN: all is well but that the RP ID is of
 * another site (WebAuthn Level 3 section 5.11). *ret is made, and of use only for its RP ID and
 * origin until hybrid_webauthn_related_origins() has accepted what the site says.
 */
int hybrid_webauthn_new(HybridWebauthn **ret, const HybridWebauthnParams *params,
                        HybridFailure *ret_failure);
HybridWebauthn *hybrid_webauthn_free(HybridWebauthn *webauthn);

/**
 * After HYBRID_E_RELATED_ORIGIN: the n bytes that https://RPID/.well-known/webauthn returned with
 * status 200 and type application/json. Returns 0 if they list the origin, HYBRID_E_REFUSED with
 * @ret_failure filled in, -EINVAL if nobody asked, or -ENOMEM. The callback is as for new().
 */
int hybrid_webauthn_related_origins(HybridWebauthn *webauthn, const char *json, size_t n,
                                    bool (*is_public_suffix)(void *userdata, const char *domain),
                                    void *userdata, HybridFailure *ret_failure);

const char *hybrid_webauthn_rp_id(const HybridWebauthn *webauthn);  /* borrowed */
const char *hybrid_webauthn_origin(const HybridWebauthn *webauthn); /* borrowed, normalised */

/** What the relying party asked for, clamped to 180-600 s; 300 s if it did not say. */
uint64_t hybrid_webauthn_timeout_usec(const HybridWebauthn *webauthn);

/**
 * The CTAP2 request (command byte ‖ canonical CBOR) for a phone with this getInfo response.
 * *ret is owned by the caller: free(). HYBRID_E_REFUSED if this phone cannot do what is required;
 * -EINVAL while related origins are to be looked at.
 */
int hybrid_webauthn_command(const HybridWebauthn *webauthn, const uint8_t *get_info,
                            size_t n_get_info, uint8_t **ret, size_t *ret_n,
                            HybridFailure *ret_failure);

typedef struct HybridAuthenticator {
        bool has_aaguid; /* only a registration tells it */
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
} HybridAuthenticator;

/**
 * Turns the phone's response (status byte ‖ CBOR) into RegistrationResponseJSON or
 * AuthenticationResponseJSON, after checking that it answers this request.
 * *ret is owned by the caller and may hold secrets (PRF results): erase, then free().
 * HYBRID_E_REFUSED if the phone said no or its answer does not fit.
 */
int hybrid_webauthn_response(const HybridWebauthn *webauthn, const uint8_t *get_info,
                             size_t n_get_info, const uint8_t *reply, size_t n_reply, char **ret,
                             HybridAuthenticator *ret_authenticator, HybridFailure *ret_failure);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
