/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "ceremony/aaguid-name.h"
#include "ceremony/limits.h"

static int read_hashed(const char *text, HashedTunnels *ret) {
        static const char *const answers[] = {
                [HASHED_TUNNELS_UNSAID] = "",
                [HASHED_TUNNELS_REFUSED] = "no",
                [HASHED_TUNNELS_ALLOWED] = "yes",
        };

        for (size_t i = 0; i < ELEMENTSOF(answers); i++)
                if (strcmp(answers[i], text) == 0) {
                        *ret = (HashedTunnels)i;
                        return 0;
                }
        return -EBADMSG;
}

int limits_init(Limits *limits, const LinkPacket *begin) {
        const LinkField *fields = begin->fields;
        Limits read = {};
        int r;

        r = read_hashed(fields[LINK_BEGIN_HASHED_TUNNELS].data, &read.hashed_tunnels);
        if (r >= 0)
                r = words_split(fields[LINK_BEGIN_TUNNEL_HOSTS].data, &read.tunnel_hosts);
        if (r >= 0)
                r = words_split(fields[LINK_BEGIN_AAGUIDS].data, &read.aaguids);
        if (r >= 0)
                r = words_split(fields[LINK_BEGIN_ENTERPRISE_RPS].data, &read.enterprise_rps);
        read.tunnel_place = strdup(fields[LINK_BEGIN_TUNNEL_PLACE].data);
        read.aaguid_place = strdup(fields[LINK_BEGIN_AAGUID_PLACE].data);
        if (r >= 0 && (!read.tunnel_place || !read.aaguid_place))
                r = -ENOMEM;
        if (r < 0) {
                limits_done(&read);
                return r;
        }

        *limits = read;
        return 0;
}

void limits_done(Limits *limits) {
        words_done(&limits->tunnel_hosts);
        words_done(&limits->aaguids);
        words_done(&limits->enterprise_rps);
        free(limits->tunnel_place);
        free(limits->aaguid_place);
        *limits = (Limits){};
}

static bool has_word(const Words *words, const char *text) {
        for (size_t i = 0; i < words->n; i++)
                if (strcmp(words->words[i], text) == 0)
                        return true;
        return false;
}

bool limits_allow_tunnel(void *userdata, const char *host) {
        const Limits *limits = userdata;

        if (limits->hashed_tunnels != HASHED_TUNNELS_UNSAID && !hybrid_tunnel_is_assigned(host))
                return limits->hashed_tunnels == HASHED_TUNNELS_ALLOWED;
        return limits->tunnel_hosts.n == 0 || has_word(&limits->tunnel_hosts, host);
}

bool limits_allow_enterprise(void *userdata, const char *rp_id) {
        const Limits *limits = userdata;

        return has_word(&limits->enterprise_rps, rp_id);
}

bool limits_allow_authenticator(const Limits *limits, const HybridAuthenticator *authenticator) {
        char text[AAGUID_TEXT_SIZE];

        if (limits->aaguids.n == 0 || !authenticator->has_aaguid)
                return true;
        aaguid_text(authenticator->aaguid, text);
        return has_word(&limits->aaguids, text);
}

void limits_explain_tunnel(const Limits *limits, HybridFailure *failure) {
        const HybridFailure before = *failure;

        if (before.detail[0] == '\0')
                snprintf(failure->detail, sizeof(failure->detail), "[tunnel] in %s",
                         limits->tunnel_place);
        else /* another host than the phone's, to which that one leads */
                snprintf(failure->detail, sizeof(failure->detail), "%.80s ([tunnel] in %s)",
                         before.detail, limits->tunnel_place);
}

void limits_explain_authenticator(const Limits *limits, const HybridAuthenticator *authenticator,
                                  HybridFailure *failure) {
        const char *name = aaguid_name(authenticator->aaguid);
        char text[AAGUID_TEXT_SIZE];

        aaguid_text(authenticator->aaguid, text);
        failure->cause = HYBRID_CAUSE_POLICY;
        failure->stage = HYBRID_STAGE_COMMAND;
        snprintf(failure->detail, sizeof(failure->detail), "%s (AAGUID %s), see %s",
                 name[0] != '\0' ? name : "an unknown app", text, limits->aaguid_place);
}

int limits_filter_hosts(Limits *limits, const char *hosts, char **ret) {
        Words words;
        char *text, *p;
        int r;

        r = words_split(hosts, &words);
        if (r < 0)
                return r;
        text = p = calloc(1, strlen(hosts) + 1);
        for (size_t i = 0; i < words.n && text; i++) {
                if (!limits_allow_tunnel(limits, words.words[i]))
                        continue;
                if (p != text)
                        *p++ = ' ';
                p = stpcpy(p, words.words[i]);
        }
        words_done(&words);
        if (!text)
                return -ENOMEM;

        *ret = text;
        return 0;
}
