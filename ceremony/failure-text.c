/* SPDX-License-Identifier: MIT */

#include <libintl.h>
#include <string.h>

#include "base/macro.h"
#include "ceremony/failure-text.h"

#define DOMAIN "hybridd"

/* Marks a text of a table for the translators. */
#define N_(text) text

/*
 * One cause, one remedy. Where a cause can mean several things, the stage, the silence or the
 * HTTP status tell them apart in the functions below the table.
 */
static const char *const texts[_HYBRID_CAUSE_MAX] = {
        [HYBRID_CAUSE_BAD_REQUEST] = N_("The request cannot be understood: {detail}."),
        [HYBRID_CAUSE_ORIGIN_REFUSED] =
                N_("The page and the site that it wants to sign in to do not "
                   "belong together: {detail}."),
        [HYBRID_CAUSE_CALLER_REFUSED] =
                N_("This program may not ask for this passkey: {detail}. Where that is wrong, see "
                   "hybridd-callers.conf(5)."),
        [HYBRID_CAUSE_POLICY] =
                N_("The administrator of this computer does not allow this: {detail}."),
        [HYBRID_CAUSE_BUSY] =
                N_("Too many requests are open. Finish or cancel one of them, then try again."),
        [HYBRID_CAUSE_NO_ADAPTER] =
                N_("This computer has no Bluetooth that can be used. Plug in an adapter, then try "
                   "again; hybridctl doctor says more."),
        [HYBRID_CAUSE_BLUETOOTH_BLOCKED] = N_(
                "Bluetooth is blocked on this computer. Switch flight mode off, or the switch on "
                "the device, then try again."),
        [HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING] =
                N_("The Bluetooth service is not running. Start bluetooth.service, then try again; "
                   "hybridctl doctor says more."),
        [HYBRID_CAUSE_BLUETOOTH_PERMISSION] = N_(
                "Bluetooth may not be used from here. Allow it in the settings of this program or "
                "sandbox, then try again; hybridctl doctor says more."),
        [HYBRID_CAUSE_NO_PROMPT] = N_(
                "The window with the code cannot be shown. Install hybrid-prompt, or use hybridctl "
                "in a terminal."),
        [HYBRID_CAUSE_TIMEOUT] = N_("This took too long. Try again."),
        [HYBRID_CAUSE_TUNNEL_UNREACHABLE] =
                N_("The connection service {host} could not be reached. "
                   "Check the internet connection, "
                   "and that a firewall lets it through."),
        [HYBRID_CAUSE_TUNNEL_REFUSED] =
                N_("The connection service {host} refused the connection. Try again."),
        [HYBRID_CAUSE_TUNNEL_TLS] =
                N_("The connection to {host} is not secure ({detail}). Something on this network "
                   "may be intercepting it: try another network."),
        [HYBRID_CAUSE_PROXY] =
                N_("The connection to {host} did not get through the network's proxy ({detail}). "
                   "Check that the proxy runs, and its address: in https_proxy, or in hybridd.conf "
                   "under [proxy]."),
        [HYBRID_CAUSE_PHONE_GONE] =
                N_("That phone no longer knows this computer. Scan a code to link it again."),
        [HYBRID_CAUSE_TWO_PHONES] = N_(
                "Two different phones scanned this code, so it was stopped for your safety. If you "
                "did not do that, somebody nearby can see your screen. Try again where nobody else "
                "can."),
        [HYBRID_CAUSE_HANDSHAKE_FAILED] = N_("The phone that answered did not have the right "
                                             "secret. Try again with a new code."),
        [HYBRID_CAUSE_CHANNEL_BROKEN] = N_("The connection to the phone was lost. Keep the phone "
                                           "unlocked and online, then try "
                                           "again."),
        [HYBRID_CAUSE_PROTOCOL] =
                N_("The phone or the connection service sent something that makes "
                   "no sense ({detail}). Try "
                   "again; if it stays, update the phone."),
        [HYBRID_CAUSE_NO_PASSKEY] = N_("There is no passkey for {site} on that phone."),
        [HYBRID_CAUSE_ALREADY_REGISTERED] =
                N_("That phone already has a passkey for this account on {site}."),
        [HYBRID_CAUSE_DECLINED] = N_("It was cancelled on the phone."),
        [HYBRID_CAUSE_UNSUPPORTED] = N_("That phone cannot do what {site} asks for: {detail}."),
        [HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT] =
                N_("That phone cannot do what {site} asks for: {detail}."),
        [HYBRID_CAUSE_ATTESTATION] = N_("{site} wants proof of the phone's make, which cannot be "
                                        "given from another device. "
                                        "Register in the app on the phone."),
        [HYBRID_CAUSE_CANCELLED] = N_("It was cancelled."),
        [HYBRID_CAUSE_CALLER_GONE] = N_("The program that asked has gone."),
        [HYBRID_CAUSE_AUTHENTICATOR] = N_("The phone reported an error: {detail}."),
        [HYBRID_CAUSE_INTERNAL] = N_("Something went wrong on this computer: {detail}. Try again."),
        [HYBRID_CAUSE_BAD_REQUEST_SYNTAX] = N_("The request cannot be understood: {detail}."),
};

static const char *timeout_text(const HybridFailure *failure) {
        if (failure->stage == HYBRID_STAGE_COMMAND)
                return N_("It was not finished on the phone in time. Try again.");
        if (failure->adverts_seen)
                return N_(
                        "No phone answered this code in time, though other phones were heard over "
                        "Bluetooth. Scan the code with the phone's camera, and check that the "
                        "phone "
                        "is online.");
        return N_("No phone answered in time, and none was heard over Bluetooth. On both devices, "
                  "check that Bluetooth is on; keep the phone near, and online.");
}

/* What silence means where an answer should have come. NULL: nothing special. */
static const char *silence_text(const HybridFailure *failure) {
        switch (failure->cause) {
        case HYBRID_CAUSE_TIMEOUT:
                return timeout_text(failure);
        case HYBRID_CAUSE_TUNNEL_UNREACHABLE:
                return N_(
                        "The connection service {host} did not answer in time. Check the internet "
                        "connection, and that a firewall lets it through.");
        case HYBRID_CAUSE_HANDSHAKE_FAILED:
                return N_("The phone connected, but did not go on. Keep it unlocked, then try "
                          "again.");
        case HYBRID_CAUSE_CHANNEL_BROKEN:
                return N_("The phone connected, but did not say what it can do. Try again; if it "
                          "stays, restart the phone.");
        default:
                return NULL;
        }
}

/* What a phone did that the administrator does not want; hybridd finds the words for the rest. */
static const char *policy_text(const HybridFailure *failure) {
        if (failure->stage == HYBRID_STAGE_SCAN)
                return N_(
                        "That phone uses the connection service {host}, which the administrator of "
                        "this computer does not allow ({detail}). Nothing was sent to it. Use "
                        "another phone.");
        if (failure->stage == HYBRID_STAGE_COMMAND)
                return N_("The administrator of this computer does not allow passkeys of {detail}. "
                          "The phone has made one all the same, but {site} does not know of it: "
                          "delete it on the phone, and use another app.");
        return NULL;
}

/* What to do depends on why the proxy refuses. NULL: it did not even answer. */
static const char *refusal_of_proxy_text(int status) {
        if (status == 407 || status == 401) /* tinyproxy says 401 for a wrong password */
                return N_("The network's proxy wants a user name and a password, or other ones "
                          "({detail}). Put them into its URL: in https_proxy, or in hybridd.conf "
                          "under [proxy].");
        if (status == 403 || status == 405)
                return N_(
                        "The network's proxy does not allow connections to {host} ({detail}). Ask "
                        "those who run it to allow port 443 of that host.");
        if (status >= 500)
                return N_(
                        "The network's proxy could not reach {host} ({detail}). Try again, or ask "
                        "those who run it.");
        return NULL;
}

static const char *closed_text(const HybridFailure *failure) {
        if (failure->cause == HYBRID_CAUSE_POLICY)
                return policy_text(failure);
        if (failure->cause == HYBRID_CAUSE_TUNNEL_REFUSED && failure->http_status == 404)
                return N_(
                        "The phone has already gone from the connection service {host}. Scan a new "
                        "code, and keep the phone unlocked.");
        if (failure->cause == HYBRID_CAUSE_TUNNEL_REFUSED && failure->http_status >= 500)
                return N_("The connection service {host} has trouble of its own. Try again later.");
        if (failure->cause == HYBRID_CAUSE_PROXY)
                return refusal_of_proxy_text(failure->http_status);
        if (failure->cause == HYBRID_CAUSE_HANDSHAKE_FAILED && failure->detail[0] == '\0')
                return N_("The phone broke the connection off at its start. Try again with a new "
                          "code.");
        return NULL;
}

/* The value of a placeholder at the start of the text, and how long the placeholder is. */
static const char *placeholder(const char *text, const HybridFailure *failure, const char *rp_id,
                               size_t *ret_n) {
        const struct {
                const char *name;
                const char *value;
                const char *otherwise;
        } values[] = {
                { "{site}", rp_id, N_("this site") },
                { "{host}", failure->host, N_("in use") },
                { "{detail}", failure->detail, N_("no more is known") },
        };

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                *ret_n = strlen(values[i].name);
                if (strncmp(text, values[i].name, *ret_n) == 0)
                        return values[i].value[0] != '\0' ? values[i].value
                                                          : dgettext(DOMAIN, values[i].otherwise);
        }
        return NULL;
}

/* Copies what fits before the NUL to come; returns how much. */
static size_t copy_bounded(char *ret, const char *text, size_t size) {
        size_t n = strlen(text);

        if (n > size - 1)
                n = size - 1;
        memcpy(ret, text, n);
        return n;
}

static void expand(const char *text, const HybridFailure *failure, const char *rp_id, char *ret,
                   size_t size) {
        size_t n = 0, n_name;

        while (*text != '\0' && n + 1 < size) {
                const char *value = placeholder(text, failure, rp_id, &n_name);

                if (!value) {
                        ret[n++] = *text++;
                        continue;
                }
                n += copy_bounded(ret + n, value, size - n);
                text += n_name;
        }
        ret[n] = '\0';
}

void failure_text(const HybridFailure *failure, const char *rp_id, char *ret, size_t size) {
        const char *text = failure->timed_out ? silence_text(failure) : closed_text(failure);

        expand(dgettext(DOMAIN, text ? text : texts[failure->cause]), failure, rp_id, ret, size);
}
