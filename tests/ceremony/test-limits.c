/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ceremony/aaguid-name.h"
#include "ceremony/failure-text.h"
#include "ceremony/limits.h"
#include "unit.h"

#define IOS    "90a3ccdf-635c-4729-a248-9b709135078f"
#define GOOGLE "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"
#define HASHED "cable.abcdefghijklm.org"

static LinkPacket begin_packet(const char *hosts, const char *hashed, const char *aaguids) {
        LinkPacket packet = { .type = LINK_BEGIN, .n_fields = LINK_BEGIN_N_FIELDS, .fd = -1 };

        for (size_t i = 0; i < packet.n_fields; i++)
                packet.fields[i] = (LinkField){ "", 0 };
        packet.fields[LINK_BEGIN_TUNNEL_HOSTS] = (LinkField){ hosts, strlen(hosts) };
        packet.fields[LINK_BEGIN_HASHED_TUNNELS] = (LinkField){ hashed, strlen(hashed) };
        packet.fields[LINK_BEGIN_TUNNEL_PLACE].data = "/etc/hybridd/policy.conf:7";
        packet.fields[LINK_BEGIN_AAGUIDS] = (LinkField){ aaguids, strlen(aaguids) };
        packet.fields[LINK_BEGIN_ENTERPRISE_RPS] = (LinkField){ "a.com b.com", 11 };
        packet.fields[LINK_BEGIN_AAGUID_PLACE].data = "/etc/hybridd/policy.d/entra-id.conf:12";
        return packet;
}

static HybridAuthenticator authenticator(const char *aaguid) {
        HybridAuthenticator result = { .has_aaguid = true };
        char digits[2 * HYBRID_AAGUID_SIZE + 1], *p = digits;

        for (; *aaguid; aaguid++)
                if (*aaguid != '-')
                        *p++ = *aaguid;
        *p = '\0';
        ck_assert_int_eq(hex_decode(digits, strlen(digits), result.aaguid, HYBRID_AAGUID_SIZE), 0);
        return result;
}

START_TEST(test_tunnels) {
        static const struct {
                const char *hosts, *hashed, *host;
                bool allowed;
        } rows[] = {
                { "", "", "cable.ua5v.com", true },
                { "", "", HASHED, true },
                { "cable.ua5v.com", "", "cable.ua5v.com", true },
                { "cable.ua5v.com", "", "cable.auth.com", false },
                { "cable.ua5v.com", "", HASHED, false },
                { "cable.ua5v.com cable.auth.com", "", "cable.auth.com", true },
                { "cable.ua5v.com cable.auth.com", "", "cable.ua5v.co", false },
                { "cable.ua5v.com cable.auth.com", "", "able.auth.com", false },
                { "cable.ua5v.com", "yes", HASHED, true },
                { "cable.ua5v.com", "yes", "cable.auth.com", false },
                { "", "yes", "cable.auth.com", true },
                { "", "no", "cable.ua5v.com", true },
                { "", "no", HASHED, false },
                { "cable.ua5v.com", "no", "cable.ua5v.com", true },
                /* "no" is not taken back by a list. */
                { "cable.ua5v.com " HASHED, "no", HASHED, false },
                { "cable.ua5v.com " HASHED, "", HASHED, true },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                LinkPacket packet = begin_packet(rows[i].hosts, rows[i].hashed, "");
                Limits limits;

                ck_assert_int_eq(limits_init(&limits, &packet), 0);
                ck_assert_msg(limits_allow_tunnel(&limits, rows[i].host) == rows[i].allowed,
                              "row %zu", i);
                limits_done(&limits);
        }
}
END_TEST

START_TEST(test_enterprise_attestation) {
        LinkPacket packet = begin_packet("", "", "");
        Limits limits = {};

        ck_assert(!limits_allow_enterprise(&limits, "a.com")); /* before anything was said */
        ck_assert_int_eq(limits_init(&limits, &packet), 0);
        ck_assert(limits_allow_enterprise(&limits, "a.com"));
        ck_assert(limits_allow_enterprise(&limits, "b.com"));
        ck_assert(!limits_allow_enterprise(&limits, "c.b.com"));
        ck_assert(!limits_allow_enterprise(&limits, "com"));
        limits_done(&limits);
}
END_TEST

START_TEST(test_answers_that_are_none) {
        LinkPacket packet = begin_packet("", "perhaps", "");
        Limits limits = {};

        ck_assert_int_eq(limits_init(&limits, &packet), -EBADMSG);
        ck_assert_ptr_null(limits.tunnel_place);
}
END_TEST

START_TEST(test_hosts_to_connect_to_ahead) {
        LinkPacket packet = begin_packet("cable.auth.com", "no", "");
        Limits limits;
        char *hosts;

        ck_assert_int_eq(limits_init(&limits, &packet), 0);
        ck_assert_int_eq(limits_filter_hosts(&limits,
                                             "cable.ua5v.com cable.auth.com  " HASHED
                                             " cable.auth.com",
                                             &hosts),
                         0);
        ck_assert_str_eq(hosts, "cable.auth.com cable.auth.com");
        free(hosts);
        ck_assert_int_eq(limits_filter_hosts(&limits, "", &hosts), 0);
        ck_assert_str_eq(hosts, "");
        free(hosts);
        limits_done(&limits);
}
END_TEST

START_TEST(test_authenticators) {
        LinkPacket packet = begin_packet("", "", IOS " " GOOGLE), any = begin_packet("", "", "");
        HybridAuthenticator ios = authenticator(IOS), google = authenticator(GOOGLE),
                            other = authenticator("bada5566-a7aa-401f-bd96-45619a55120d"),
                            zero = { .has_aaguid = true }, none = {};
        Limits limits;

        ck_assert_int_eq(limits_init(&limits, &packet), 0);
        ck_assert(limits_allow_authenticator(&limits, &ios));
        ck_assert(limits_allow_authenticator(&limits, &google));
        ck_assert(!limits_allow_authenticator(&limits, &other));
        ck_assert(!limits_allow_authenticator(&limits, &zero));
        ck_assert(limits_allow_authenticator(&limits, &none)); /* a sign-in */
        limits_done(&limits);

        ck_assert_int_eq(limits_init(&limits, &any), 0);
        ck_assert(limits_allow_authenticator(&limits, &other));
        ck_assert(limits_allow_authenticator(&limits, &zero));
        limits_done(&limits);
}
END_TEST

/* What people are told is a sentence that fits, and says what forbids it and what to do. */
START_TEST(test_words) {
        LinkPacket packet = begin_packet("cable.ua5v.com", "", IOS);
        HybridAuthenticator other = authenticator("a10c6dd9-465e-4226-8198-c7c44b91c555");
        HybridFailure failure = { .cause = HYBRID_CAUSE_POLICY, .stage = HYBRID_STAGE_SCAN };
        char text[FAILURE_TEXT_SIZE];
        Limits limits;

        ck_assert_int_eq(limits_init(&limits, &packet), 0);
        strcpy(failure.host, "cable.auth.com");
        limits_explain_tunnel(&limits, &failure);
        failure_text(&failure, "example.com", text, sizeof(text));
        ck_assert_ptr_nonnull(strstr(text, "connection service cable.auth.com"));
        ck_assert_ptr_nonnull(strstr(text, "([tunnel] in /etc/hybridd/policy.conf:7)"));

        failure = (HybridFailure){};
        limits_explain_authenticator(&limits, &other, &failure);
        ck_assert_int_eq(failure.cause, HYBRID_CAUSE_POLICY);
        failure_text(&failure, "example.com", text, sizeof(text));
        ck_assert_ptr_nonnull(strstr(text, "Kaspersky Password Manager (AAGUID a10c6dd9-465e-4226-"
                                           "8198-c7c44b91c555), see "
                                           "/etc/hybridd/policy.d/entra-id.conf:12. "));
        ck_assert_ptr_nonnull(strstr(text, "delete it on the phone, and use another app."));

        memset(other.aaguid, 0, sizeof(other.aaguid));
        limits_explain_authenticator(&limits, &other, &failure);
        ck_assert_ptr_nonnull(strstr(failure.detail, "an unknown app"));
        limits_done(&limits);
}
END_TEST

START_TEST(test_names) {
        static const struct {
                const char *aaguid, *name;
        } rows[] = {
                { IOS, "Microsoft Authenticator (iOS)" },
                { "de1e552d-db1d-4423-a619-566b625cdc84", "Microsoft Authenticator (Android)" },
                { GOOGLE, "Google Password Manager" },
                { "fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords" },
                { "53414d53-554e-4700-0000-000000000000", "Samsung Pass" },
                { "bada5566-a7aa-401f-bd96-45619a55120d", "1Password" },
                { "d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden" },
                { "531126d6-e717-415c-9320-3d9aa6981239", "Dashlane" },
                { "0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper" },
                { "50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass" },
                { "00000000-0000-0000-0000-000000000000", "" },
                { "90a3ccdf-635c-4729-a248-9b709135078e", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                HybridAuthenticator one = authenticator(rows[i].aaguid);
                char text[AAGUID_TEXT_SIZE];

                aaguid_text(one.aaguid, text);
                ck_assert_str_eq(text, rows[i].aaguid);
                ck_assert_str_eq(aaguid_name(one.aaguid), rows[i].name);
                ck_assert_str_eq(aaguid_text_name(rows[i].aaguid), rows[i].name);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("limits", &tcase);

        tcase_add_test(tcase, test_tunnels);
        tcase_add_test(tcase, test_enterprise_attestation);
        tcase_add_test(tcase, test_answers_that_are_none);
        tcase_add_test(tcase, test_hosts_to_connect_to_ahead);
        tcase_add_test(tcase, test_authenticators);
        tcase_add_test(tcase, test_words);
        tcase_add_test(tcase, test_names);
        return unit_run(suite);
}
