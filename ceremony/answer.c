/* SPDX-License-Identifier: MIT */

#include <string.h>
#include <unistd.h>

#include "ceremony/aaguid-name.h"
#include "ceremony/answer.h"
#include "ceremony/failure-text.h"
#include "ceremony/sealed-memfd.h"

int answer_failed(Link *link, const HybridFailure *failure, const char *rp_id,
                  const HybridAuthenticator *authenticator) {
        char text[FAILURE_TEXT_SIZE], aaguid[AAGUID_TEXT_SIZE] = "";
        int r;

        r = link_send(link, LINK_STATE, "failed", NULL);
        if (r < 0)
                return r;

        if (authenticator)
                aaguid_text(authenticator->aaguid, aaguid);
        failure_text(failure, rp_id, text, sizeof(text));
        return link_send(link, LINK_FAILED, hybrid_cause_dom_exception(failure->cause),
                         hybrid_cause_name(failure->cause), text, failure->detail, aaguid, NULL);
}

int answer_done(Link *link, const char *json, const AnswerPhone *phone) {
        const HybridAuthenticator *authenticator = phone->authenticator;
        char aaguid[AAGUID_TEXT_SIZE] = "";
        const char *name = "";
        int fd, r;

        if (authenticator->has_aaguid) {
                aaguid_text(authenticator->aaguid, aaguid);
                name = aaguid_name(authenticator->aaguid);
        }

        fd = sealed_memfd("hybridd-response", json, strlen(json));
        if (fd < 0)
                return fd;

        r = link_send(link, LINK_STATE, "done", NULL);
        if (r >= 0)
                r = link_send_fd(link, LINK_DONE, fd, aaguid, name, phone->channel,
                                 phone->tunnel_host, phone->linked ? "yes" : "no",
                                 phone->lingers ? "yes" : "no", NULL);
        close(fd);
        return r;
}
