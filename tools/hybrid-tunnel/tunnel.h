/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which tunnels there are, who is at their ends, and what they may still do. Bookkeeping only: no
 * sockets, no clock, no output. A tunnel is there as long as its phone is (protocol of CTAP 2.2
 * section 11.5.1: the phone opens it, the client joins it with the routing id it heard by radio).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "message.h"

enum {
        TUNNEL_ID_SIZE = 16,
        TUNNEL_ROUTING_ID_SIZE = 3,
};

/* Why a tunnel cannot be opened or joined. */
enum {
        TUNNEL_E_IN_USE = 1, /* this tunnel id is open already */
        TUNNEL_E_FULL,       /* there are as many tunnels as may be */
        TUNNEL_E_NO_SUCH,    /* no phone waits under these ids */
        TUNNEL_E_TAKEN,      /* another client has joined */
        TUNNEL_E_UNKNOWN,    /* nobody can be contacted under this id, and nobody will be */
};

typedef enum TunnelSide {
        TUNNEL_PHONE,
        TUNNEL_CLIENT,
        _TUNNEL_SIDE_MAX,
} TunnelSide;

static inline TunnelSide tunnel_other_side(TunnelSide side) {
        return side == TUNNEL_PHONE ? TUNNEL_CLIENT : TUNNEL_PHONE;
}

typedef struct TunnelLimits {
        size_t n_tunnels;
        size_t message_size;
        size_t memory_size;     /* of all messages of all tunnels */
        uint64_t n_messages;    /* of one tunnel, in each direction */
        uint64_t lifetime_usec; /* of one tunnel, whatever happens in it */
        uint64_t idle_usec;     /* without a message in either direction; 0: no such limit */
} TunnelLimits;

typedef struct TunnelTraffic {
        uint64_t n_messages;
        uint64_t n_bytes;
} TunnelTraffic;

typedef struct Tunnel {
        uint8_t id[TUNNEL_ID_SIZE];
        uint8_t routing_id[TUNNEL_ROUTING_ID_SIZE];
        uint64_t serial; /* counts the tunnels of this server from 1: a name that tells nothing */
        uint64_t opened_usec;
        uint64_t active_usec;
        void *ends[_TUNNEL_SIDE_MAX]; /* borrowed; NULL: nobody there */
        TunnelTraffic from[_TUNNEL_SIDE_MAX];
        bool signals;         /* who opened it is to be told when it is joined */
        MessageQueue waiting; /* what the phone sent before its client came */
        TAILQ_ENTRY(Tunnel) by_age;
        TAILQ_ENTRY(Tunnel) by_activity;
} Tunnel;

TAILQ_HEAD(TunnelList, Tunnel);

typedef struct TunnelTable {
        TunnelLimits limits;
        void *by_id; /* a search tree: ids are chosen by strangers, who could spoil a hash table */
        size_t n_tunnels;
        uint64_t n_opened;             /* since the start */
        struct TunnelList by_age;      /* oldest first */
        struct TunnelList by_activity; /* longest idle first */
} TunnelTable;

void tunnel_table_init(TunnelTable *table, const TunnelLimits *limits);

/** All tunnels have been closed before. */
void tunnel_table_done(TunnelTable *table);

/**
 * A phone opens a tunnel. The tunnel is owned by the table; tunnel_close() ends it.
 * Returns 0, TUNNEL_E_IN_USE, TUNNEL_E_FULL or -ENOMEM.
 */
int tunnel_open(TunnelTable *table, const uint8_t id[static TUNNEL_ID_SIZE],
                const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE], void *phone,
                uint64_t now_usec, Tunnel **ret);

/** A client joins it. Returns 0, TUNNEL_E_NO_SUCH or TUNNEL_E_TAKEN. */
int tunnel_join(TunnelTable *table, const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE],
                const uint8_t id[static TUNNEL_ID_SIZE], void *client, uint64_t now_usec,
                Tunnel **ret);

/** Forgets and frees the tunnel, with what was still waiting in it. */
void tunnel_close(TunnelTable *table, Tunnel *tunnel);

/** Counts a message of n bytes that this side sent. False if it is one too many. */
bool tunnel_count(TunnelTable *table, Tunnel *tunnel, TunnelSide from, size_t n, uint64_t now_usec);

/** When tunnel_table_expired() is next worth a look, or UINT64_MAX. */
uint64_t tunnel_table_deadline(const TunnelTable *table);

/** A tunnel whose time is up, for the caller to close, or NULL. */
Tunnel *tunnel_table_expired(const TunnelTable *table, uint64_t now_usec);
