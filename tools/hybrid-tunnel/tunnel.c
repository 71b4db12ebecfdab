/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tunnel.h"

void tunnel_table_init(TunnelTable *table, const TunnelLimits *limits) {
        *table = (TunnelTable){ .limits = *limits };
        TAILQ_INIT(&table->by_age);
        TAILQ_INIT(&table->by_activity);
}

void tunnel_table_done(TunnelTable *table) {
        assert(table->n_tunnels == 0);
}

static int compare_ids(const void *a, const void *b) {
        const Tunnel *x = a, *y = b;

        return memcmp(x->id, y->id, sizeof(x->id));
}

static Tunnel *tunnel_find(const TunnelTable *table, const uint8_t id[static TUNNEL_ID_SIZE]) {
        Tunnel key, **found;

        memcpy(key.id, id, sizeof(key.id));
        found = tfind(&key, &table->by_id, compare_ids);
        return found ? *found : NULL;
}

int tunnel_open(TunnelTable *table, const uint8_t id[static TUNNEL_ID_SIZE],
                const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE], void *phone,
                uint64_t now_usec, Tunnel **ret) {
        Tunnel *t;

        if (tunnel_find(table, id))
                return TUNNEL_E_IN_USE;
        if (table->n_tunnels >= table->limits.n_tunnels)
                return TUNNEL_E_FULL;

        t = calloc(1, sizeof(Tunnel));
        if (!t)
                return -ENOMEM;

        memcpy(t->id, id, sizeof(t->id));
        memcpy(t->routing_id, routing_id, sizeof(t->routing_id));
        if (!tsearch(t, &table->by_id, compare_ids)) {
                free(t);
                return -ENOMEM;
        }

        t->serial = ++table->n_opened;
        t->opened_usec = t->active_usec = now_usec;
        t->ends[TUNNEL_PHONE] = phone;
        message_queue_init(&t->waiting);
        TAILQ_INSERT_TAIL(&table->by_age, t, by_age);
        TAILQ_INSERT_TAIL(&table->by_activity, t, by_activity);
        table->n_tunnels++;

        *ret = t;
        return 0;
}

static void tunnel_touch(TunnelTable *table, Tunnel *tunnel, uint64_t now_usec) {
        tunnel->active_usec = now_usec;
        TAILQ_REMOVE(&table->by_activity, tunnel, by_activity);
        TAILQ_INSERT_TAIL(&table->by_activity, tunnel, by_activity);
}

int tunnel_join(TunnelTable *table, const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE],
                const uint8_t id[static TUNNEL_ID_SIZE], void *client, uint64_t now_usec,
                Tunnel **ret) {
        Tunnel *t = tunnel_find(table, id);

        if (!t || memcmp(t->routing_id, routing_id, sizeof(t->routing_id)) != 0)
                return TUNNEL_E_NO_SUCH;
        if (t->ends[TUNNEL_CLIENT])
                return TUNNEL_E_TAKEN;

        t->ends[TUNNEL_CLIENT] = client;
        tunnel_touch(table, t, now_usec);

        *ret = t;
        return 0;
}

void tunnel_close(TunnelTable *table, Tunnel *tunnel) {
        tdelete(tunnel, &table->by_id, compare_ids);
        TAILQ_REMOVE(&table->by_age, tunnel, by_age);
        TAILQ_REMOVE(&table->by_activity, tunnel, by_activity);
        table->n_tunnels--;
        message_queue_clear(&tunnel->waiting);
        free(tunnel);
}

bool tunnel_count(TunnelTable *table, Tunnel *tunnel, TunnelSide from, size_t n,
                  uint64_t now_usec) {
        TunnelTraffic *traffic = &tunnel->from[from];

        if (traffic->n_messages >= table->limits.n_messages)
                return false;

        traffic->n_messages++;
        traffic->n_bytes += n;
        tunnel_touch(table, tunnel, now_usec);
        return true;
}

/* All tunnels have the same limits, so the heads of the two lists are the next ones to expire. */
uint64_t tunnel_table_deadline(const TunnelTable *table) {
        uint64_t deadline, idle_deadline;

        if (table->n_tunnels == 0)
                return UINT64_MAX;

        deadline = TAILQ_FIRST(&table->by_age)->opened_usec + table->limits.lifetime_usec;
        if (table->limits.idle_usec == 0)
                return deadline;

        idle_deadline = TAILQ_FIRST(&table->by_activity)->active_usec + table->limits.idle_usec;
        return idle_deadline < deadline ? idle_deadline : deadline;
}

Tunnel *tunnel_table_expired(const TunnelTable *table, uint64_t now_usec) {
        Tunnel *oldest = TAILQ_FIRST(&table->by_age);
        Tunnel *idlest = TAILQ_FIRST(&table->by_activity);

        if (!oldest)
                return NULL;
        if (now_usec >= oldest->opened_usec + table->limits.lifetime_usec)
                return oldest;
        if (table->limits.idle_usec > 0 &&
            now_usec >= idlest->active_usec + table->limits.idle_usec)
                return idlest;
        return NULL;
}
