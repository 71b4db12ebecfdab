/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What hybridd and the process of one ceremony say to each other: packets over a socket pair
 * (SOCK_SEQPACKET), each a type, some fields, and at most one file descriptor.
 *
 * hybridd trusts what comes from there as little as it can: the process at the other end reads
 * what phones and tunnel services send. A packet that does not have its type's shape ends the
 * ceremony.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

typedef enum LinkType {
        /* hybridd -> ceremony */
        LINK_BEGIN,  /* LinkBegin's fields, in their order */
        LINK_ADVERT, /* RSSI (one byte, signed), service data */
        LINK_CANCEL, /* name of the cause */

        /* ceremony -> hybridd */
        LINK_ACCEPTED,     /* RP ID, origin, expiry (decimal, CLOCK_MONOTONIC microseconds) */
        LINK_QR,           /* fd: sealed memfd with the text */
        LINK_QR_WITHDRAWN, /* of the phone that answered: tunnel host, RSSI (decimal); or "", "" */
        LINK_SCAN_START,   /* - */
        LINK_SCAN_STOP,    /* - */
        LINK_STATE,        /* name of the state, as on D-Bus */
        LINK_DONE,         /* LinkDone's fields; fd: sealed memfd with the response JSON */
        LINK_FAILED,       /* LinkFailed's fields */
        LINK_ASK_SITE,     /* RP ID: may its site be asked for related origins? */

        /* hybridd -> ceremony */
        LINK_SITE_MAY_BE_ASKED, /* - */
        LINK_USE_PHONE,         /* fd: sealed memfd with a link; ask that phone now */
        LINK_USE_CODE,          /* - ; show a code instead */

        /* ceremony -> hybridd */
        LINK_PHONE_LOST, /* name of the cause: the linked phone is not there; a code follows */
        LINK_LINKED,     /* LinkLinked's fields; fd: sealed memfd with the link */
        _LINK_TYPE_MAX,
} LinkType;

enum {
        LINK_N_FIELDS_MAX = 24,
        LINK_PACKET_SIZE_MAX = 128 * 1024,
};

/** The fields of LINK_BEGIN. */
enum {
        LINK_BEGIN_OPERATION, /* "create" or "get" */
        LINK_BEGIN_ORIGIN,
        LINK_BEGIN_TOP_ORIGIN,      /* "" for none */
        LINK_BEGIN_JSON,            /* the request's options */
        LINK_BEGIN_ALLOW_LOCALHOST, /* "yes" or "no" */
        LINK_BEGIN_CONNECT_AHEAD,   /* hosts, separated by blanks */
        LINK_BEGIN_RESOLVE,         /* tests: NAME=ADDRESS:PORT, separated by blanks */
        LINK_BEGIN_CA_FILE,         /* tests: path, or "" */
        LINK_BEGIN_EXTRA_CA_FILE,   /* path, or "" */
        LINK_BEGIN_PROXY,           /* the proxy's URL, a secret; or "" */
        LINK_BEGIN_NO_PROXY,        /* who is reached without it; or "" */
        LINK_BEGIN_RELATED_ORIGINS, /* "yes" or "no" */
        LINK_BEGIN_TUNNEL_HOSTS,    /* policy: those allowed, separated by blanks; "": any */
        LINK_BEGIN_HASHED_TUNNELS,  /* policy: "yes", "no" or "" */
        LINK_BEGIN_TUNNEL_PLACE,    /* policy: where it says so */
        LINK_BEGIN_AAGUIDS,         /* policy: those allowed, separated by blanks; "": any */
        LINK_BEGIN_AAGUID_PLACE,    /* policy: where it says so */
        LINK_BEGIN_ENTERPRISE_RPS,  /* policy: who may have enterprise attestation; "": nobody */
        LINK_BEGIN_REMEMBER,        /* "yes": phones may say what they can be reached by; or "no" */
        LINK_BEGIN_CHOOSE,          /* "yes": wait for LINK_USE_PHONE or LINK_USE_CODE; or "no" */
        LINK_BEGIN_N_FIELDS,
};

/** The fields of LINK_DONE. */
enum {
        LINK_DONE_AAGUID, /* as people write it, or "" */
        LINK_DONE_NAME,   /* of the authenticator, for people; or "" */
        LINK_DONE_CHANNEL,
        LINK_DONE_TUNNEL_HOST,
        LINK_DONE_LINKED,  /* "yes": a linked phone was asked; or "no" */
        LINK_DONE_LINGERS, /* "yes": LINK_LINKED may still come, until the process ends; or "no" */
        LINK_DONE_N_FIELDS,
};

/** The fields of LINK_LINKED. */
enum {
        LINK_LINKED_ID, /* of the phone's key: 32 hexadecimal digits */
        LINK_LINKED_NAME,
        LINK_LINKED_TUNNEL_HOST,
        LINK_LINKED_N_FIELDS,
};

/** The fields of LINK_FAILED. */
enum {
        LINK_FAILED_DOM_EXCEPTION,
        LINK_FAILED_CAUSE,
        LINK_FAILED_MESSAGE,
        LINK_FAILED_DETAIL, /* for the log */
        LINK_FAILED_AAGUID, /* as people write it, of what was refused; or "" */
        LINK_FAILED_N_FIELDS,
};

typedef struct LinkField {
        const char *data; /* NUL-terminated; advert bytes may contain NULs */
        size_t n;
} LinkField;

typedef struct LinkPacket {
        LinkType type;
        LinkField fields[LINK_N_FIELDS_MAX];
        size_t n_fields;
        int fd; /* -1: none; a handler that keeps it sets it to -1 */
} LinkPacket;

typedef struct Link Link;

typedef struct LinkEvents {
        /* A well-formed packet, borrowed for the call. May free the link. */
        void (*packet)(void *userdata, LinkPacket *packet);
        /* The other process has gone, or sent what is no packet. The last event. */
        void (*gone)(void *userdata);
} LinkEvents;

/** Takes the socket over, also on failure. 0 or a negative errno. */
int link_new(Link **ret, sd_event *event, int fd, const LinkEvents *events, void *userdata);
Link *link_free(Link *link);
DEFINE_CLEANUP(Link *, link_free);

/**
 * Takes packets from the socket, or leaves them there for a while. A new link listens.
 */
void link_listen(Link *link, bool listen);

/** Makes a pair of connected sockets, close-on-exec. */
int link_socket_pair(int ret_fds[static 2]);

/**
 * Sends a packet at once. Strings are NUL-terminated and the list ends with NULL.
 * 0; -EAGAIN if the other side does not keep up; or another negative errno.
 */
int link_send(Link *link, LinkType type, ...) __attribute__((sentinel));

/** The same with a descriptor, which stays the caller's. */
int link_send_fd(Link *link, LinkType type, int fd, ...) __attribute__((sentinel));

/** One field of bytes. */
int link_send_bytes(Link *link, LinkType type, const uint8_t *data, size_t n);
