/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/macro.h"
#include "ceremony/log.h"
#include "daemon/audit.h"

#define USEC_PER_MINUTE 60000000ULL

typedef enum AuditKind {
        AUDIT_REGISTERED,
        AUDIT_SIGNED_IN,
        AUDIT_REFUSED,   /* by rules of this computer */
        AUDIT_CANCELLED, /* by the person, or because the caller has gone */
        AUDIT_FAILED,
        _AUDIT_KIND_MAX,
} AuditKind;

/* The ids stand in hybridd.catalog too, and never change. */
static const struct {
        const char *message_id;
        const char *result;
        LogLevel priority;
        const char *what;
} kinds[_AUDIT_KIND_MAX] = {
        [AUDIT_REGISTERED] = { "c28088344d694394a0878456f5efb9ab", "done", LOG_LEVEL_NOTICE,
                               "Made a passkey" },
        [AUDIT_SIGNED_IN] = { "d82d39ccec65470c9bd955b09e8c6943", "done", LOG_LEVEL_NOTICE,
                              "Signed in" },
        [AUDIT_REFUSED] = { "f9144b4c7a694f19900b9b7337ee03f1", "refused", LOG_LEVEL_WARNING,
                            "Refused a request" },
        [AUDIT_CANCELLED] = { "0207ed8a49bd4f16bab65b9fdb6640db", "cancelled", LOG_LEVEL_NOTICE,
                              "A request was cancelled" },
        [AUDIT_FAILED] = { "941080a123894fac881adfb675016f4e", "failed", LOG_LEVEL_NOTICE,
                           "A request failed" },
};

static AuditKind kind_of(const AuditEvent *event) {
        static const HybridCause refusals[] = {
                HYBRID_CAUSE_BAD_REQUEST, HYBRID_CAUSE_ORIGIN_REFUSED, HYBRID_CAUSE_CALLER_REFUSED,
                HYBRID_CAUSE_POLICY,      HYBRID_CAUSE_BUSY,
        };

        if (!event->cause)
                return event->operation == HYBRID_CREATE ? AUDIT_REGISTERED : AUDIT_SIGNED_IN;
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++)
                if (strcmp(hybrid_cause_name(refusals[i]), event->cause) == 0)
                        return AUDIT_REFUSED;
        return strcmp(event->dom_exception, "AbortError") == 0 ? AUDIT_CANCELLED : AUDIT_FAILED;
}

bool audit_limit_allows(AuditLimit *limit, AuditEvent *event, uint64_t now_usec) {
        if (kind_of(event) != AUDIT_REFUSED)
                return true;

        if (limit->n == 0 || now_usec - limit->minute_usec >= USEC_PER_MINUTE) {
                limit->minute_usec = now_usec;
                limit->n = 0;
        }
        if (limit->n == AUDIT_REFUSALS_MAX) {
                limit->n_left_out++;
                return false;
        }
        limit->n++;
        event->n_left_out = limit->n_left_out;
        limit->n_left_out = 0;
        return true;
}

/* ---- text ----------------------------------------------------------------------------------- */

typedef struct Entry {
        char *text;
        size_t n;
        bool too_long;
        char end_of_field;
} Entry;

static void append(Entry *entry, const char *text) {
        size_t n = strlen(text);

        if (entry->too_long || n >= AUDIT_ENTRY_SIZE_MAX - entry->n) {
                entry->too_long = true;
                return;
        }
        memcpy(entry->text + entry->n, text, n + 1);
        entry->n += n;
}

/* A newline would begin a field of a stranger's making. */
static void append_field(Entry *entry, const char *name, const char *value) {
        const char end[] = { entry->end_of_field, '\0' };
        size_t n_before;

        if (value[0] == '\0')
                return;
        append(entry, name);
        append(entry, "=");
        n_before = entry->n;
        append(entry, value);
        for (size_t i = n_before; i < entry->n; i++)
                if (entry->text[i] < ' ' || entry->text[i] > '~')
                        entry->text[i] = '?';
        append(entry, end);
}

/* What is the same in the journal and in a line. */
static void append_facts(Entry *entry, const AuditEvent *event) {
        char left_out[12] = "";

        if (event->n_left_out > 0)
                snprintf(left_out, sizeof(left_out), "%u", event->n_left_out);
        append_field(entry, "HYBRID_OP", event->operation == HYBRID_CREATE ? "create" : "get");
        append_field(entry, "HYBRID_RESULT", kinds[kind_of(event)].result);
        append_field(entry, "HYBRID_CAUSE", event->cause ? event->cause : "");
        append_field(entry, "HYBRID_RP_ID", event->rp_id);
        append_field(entry, "HYBRID_ORIGIN", event->origin);
        append_field(entry, "HYBRID_CALLER_EXE", event->caller_exe);
        append_field(entry, "HYBRID_CALLER_UNIT", event->caller_unit);
        append_field(entry, "HYBRID_AAGUID", event->aaguid);
        append_field(entry, "HYBRID_TUNNEL_DOMAIN", event->tunnel_domain);
        append_field(entry, "HYBRID_LINKED", event->linked ? "yes" : "no");
        append_field(entry, "HYBRID_RSSI", event->rssi);
        append_field(entry, "HYBRID_LEFT_OUT", left_out);
}

static void write_message(const AuditEvent *event, char *ret, size_t size) {
        const char *site = event->rp_id[0] != '\0' ? event->rp_id : "a site";
        const char *caller = event->caller_name[0] != '\0' ? event->caller_name : "a program";
        bool failed = event->cause;

        snprintf(ret, size, "%s for %s, asked for by %s%s%s", kinds[kind_of(event)].what, site,
                 caller, failed ? ": " : "", failed ? event->cause : "");
}

size_t audit_format(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]) {
        Entry entry = { .text = ret, .end_of_field = '\n' };
        char message[512], priority[4];

        write_message(event, message, sizeof(message));
        snprintf(priority, sizeof(priority), "%d", (int)kinds[kind_of(event)].priority);
        append_field(&entry, "MESSAGE", message);
        append_field(&entry, "MESSAGE_ID", kinds[kind_of(event)].message_id);
        append_field(&entry, "PRIORITY", priority);
        append_field(&entry, "SYSLOG_IDENTIFIER", "hybridd");
        append_facts(&entry, event);
        return entry.too_long ? 0 : entry.n;
}

size_t audit_format_line(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]) {
        Entry entry = { .text = ret, .end_of_field = ' ' };

        append_facts(&entry, event);
        if (entry.too_long || entry.n == 0)
                return 0;
        ret[--entry.n] = '\0'; /* the last blank */
        return entry.n;
}

/* ---- where it goes -------------------------------------------------------------------------- */

/* A journal that does not keep up is not waited for: there are people at the other end. */
static int send_to_journal(const char *path, const char *text, size_t n) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd, r = 0;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (sendto(fd, text, n, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof(address)) <
            0)
                r = -errno;
        close(fd);
        return r;
}

void audit_write(const AuditEvent *event, const char *journal_socket) {
        char text[AUDIT_ENTRY_SIZE_MAX];
        size_t n;
        int r = -EMSGSIZE;

        n = audit_format(event, text);
        if (n > 0)
                r = send_to_journal(journal_socket, text, n);
        if (r >= 0)
                return;

        log_debug("No audit entry in the journal: %s", strerror(-r));
        if (audit_format_line(event, text) > 0)
                log_line(kinds[kind_of(event)].priority, "Audit: %s", text);
}
