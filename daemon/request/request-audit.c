/* SPDX-License-Identifier: MIT */

/* What is written down of a request that has ended. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "ceremony/aaguid-name.h"
#include "daemon/audit.h"
#include "daemon/request/request-internal.h"

static uint64_t now_usec(void) {
        struct timespec now;

        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const char *or_empty(const char *text) {
        return text ? text : "";
}

void request_audit(const Request *request, const char *dom_exception, const char *cause,
                   const char *aaguid) {
        Services *services = request->services;
        AuditEvent event = {
                .operation = request->operation,
                .cause = cause,
                .dom_exception = dom_exception,
                .rp_id = or_empty(request->rp_id),
                .origin = or_empty(request->checked_origin),
                .caller_name = request->caller.name,
                .caller_exe = request->caller.path,
                .caller_unit = request->caller.unit,
                .aaguid = strlen(aaguid) < AAGUID_TEXT_SIZE ? aaguid : "",
                .tunnel_domain = request->tunnel_host,
                .rssi = request->rssi,
                .linked = request->linked || request->phone_id[0] != '\0',
        };

        if (policy_wants_audit(&services->policy) &&
            audit_limit_allows(&services->audit_limit, &event, now_usec()))
                audit_write(&event, services->config.journal_socket);
}

static bool is_rssi(const char *text) {
        char *end;
        long rssi;

        if (text[0] == '\0')
                return true;
        rssi = strtol(text, &end, 10);
        return *end == '\0' && rssi >= INT8_MIN && rssi <= INT8_MAX && strlen(text) <= 4;
}

int request_keep_phone(Request *request, const LinkPacket *packet) {
        const LinkField *host = &packet->fields[0], *rssi = &packet->fields[1];

        if (host->n >= sizeof(request->tunnel_host) || !utf8_is_valid(host->data, host->n) ||
            !is_rssi(rssi->data))
                return -EBADMSG;
        if (host->n > 0) {
                memcpy(request->tunnel_host, host->data, host->n + 1);
                memcpy(request->rssi, rssi->data, rssi->n + 1);
        }
        return 0;
}
