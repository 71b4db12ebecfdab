/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "fault.h"

#define NONE           FAULT_ARGUMENT_NONE, 0
#define BYTE           FAULT_ARGUMENT_BYTE, 0
#define BYTE_OR(value) FAULT_ARGUMENT_BYTE_OPTIONAL, value
#define KEY            FAULT_ARGUMENT_KEY_OPTIONAL, 0

static const FaultInfo infos[_FAULT_KIND_MAX] = {
        [FAULT_NO_ADVERT] = { "no-advert", NONE, "open the tunnel, but broadcast nothing",
                              "timeout" },
        [FAULT_ADVERT_MAC] = { "advert-mac", NONE, "one bit of the advert's MAC is wrong",
                               "timeout" },
        [FAULT_ADVERT_RESERVED] = { "advert-reserved", NONE,
                                    "the advert's reserved byte is not zero", "timeout" },
        [FAULT_ADVERT_UNASSIGNED] = { "advert-unassigned", NONE,
                                      "the advert names tunnel service 255, which nobody has",
                                      "timeout" },
        [FAULT_TWO_ADVERTS] = { "two-adverts", NONE,
                                "broadcast another valid advert, with another routing id",
                                "two-phones" },
        [FAULT_WRONG_PSK] = { "wrong-psk", NONE,
                              "take another PSK, so that message 1 is refused and the phone closes",
                              "handshake-failed" },
        [FAULT_BAD_POINT] = { "bad-point", NONE, "the point in message 2 is not on the curve",
                              "handshake-failed" },
        [FAULT_WRONG_MAC] = { "wrong-mac", NONE, "one bit of message 2's tag is wrong",
                              "handshake-failed" },
        [FAULT_SHORT_MESSAGE_2] = { "short-message-2", NONE, "message 2 lacks its last byte",
                                    "handshake-failed" },
        [FAULT_LONG_MESSAGE_2] = { "long-message-2", NONE, "message 2 has a byte more",
                                   "handshake-failed" },
        [FAULT_SILENT_MESSAGE_2] = { "silent-message-2", NONE, "never answer message 1",
                                     "handshake-failed" },
        [FAULT_CLOSE_AFTER_MESSAGE_1] = { "close-after-message-1", NONE,
                                          "close instead of answering message 1",
                                          "handshake-failed" },
        [FAULT_CUT_AFTER_MESSAGE_1] = { "cut-after-message-1", NONE,
                                        "likewise, but without a close frame", "handshake-failed" },
        [FAULT_POST_HANDSHAKE_GARBAGE] = { "post-handshake-garbage", NONE,
                                           "the first record holds no CBOR", "protocol" },
        [FAULT_POST_HANDSHAKE_TRAILING] = { "post-handshake-trailing", NONE,
                                            "the first record has a byte after the CBOR",
                                            "protocol" },
        [FAULT_POST_HANDSHAKE_NO_CTAP] = { "post-handshake-no-ctap", NONE,
                                           "the phone does not list the feature \"ctap\"",
                                           "unsupported" },
        [FAULT_POST_HANDSHAKE_TAG] = { "post-handshake-tag", NONE,
                                       "one bit of the first record's tag is wrong",
                                       "channel-broken" },
        [FAULT_SILENT_POST_HANDSHAKE] = { "silent-post-handshake", NONE,
                                          "say nothing after message 2", "channel-broken" },
        [FAULT_CLOSE_AFTER_POST_HANDSHAKE] = { "close-after-post-handshake", NONE,
                                               "close before any command", "declined" },
        [FAULT_SHUTDOWN_FIRST] = { "shutdown-first", NONE,
                                   "send a shutdown, which is the desktop's to send", "protocol" },
        [FAULT_LINK_MAC] = { "link-mac", NONE,
                             "with --link: one bit of the proof is wrong, so there is no link",
                             "done" },
        [FAULT_LINK_POINT] = { "link-point", NONE,
                               "with --link: the phone's key is no point on the curve", "done" },
        [FAULT_LINK_IDENTITY] = { "link-identity", KEY,
                                  "with --link: the key is one that the phone does not have",
                                  "done" },
        [FAULT_RECORD_TAG] = { "record-tag", NONE, "one bit of the reply's tag is wrong",
                               "channel-broken" },
        [FAULT_BAD_PADDING] = { "bad-padding", NONE,
                                "the reply's record claims more padding than it holds",
                                "channel-broken" },
        [FAULT_WRONG_COUNTER] = { "wrong-counter", NONE,
                                  "the reply is sealed under the counter after the right one",
                                  "channel-broken" },
        [FAULT_UNKNOWN_TYPE] = { "unknown-type", BYTE_OR(0x7f),
                                 "the reply is a message of this type, 7f by default", "protocol" },
        [FAULT_SECOND_REPLY] = { "second-reply", NONE,
                                 "send the reply twice, each time properly sealed", "done" },
        [FAULT_SILENT_REPLY] = { "silent-reply", NONE, "take the command, but never reply",
                                 "timeout" },
        [FAULT_CLOSE_BEFORE_REPLY] = { "close-before-reply", NONE, "close instead of replying",
                                       "declined" },
        [FAULT_CUT_BEFORE_REPLY] = { "cut-before-reply", NONE,
                                     "likewise, but without a close frame", "declined" },
        [FAULT_REPLY_EMPTY] = { "reply-empty", NONE, "the reply has no status byte", "protocol" },
        [FAULT_REPLY_STATUS] = { "reply-status", BYTE,
                                 "the reply is this CTAP status and nothing else", NULL },
        [FAULT_REPLY_TRAILING] = { "reply-trailing", NONE, "the reply has a byte after the CBOR",
                                   "protocol" },
        [FAULT_REPLY_DUPLICATE_KEYS] = { "reply-duplicate-keys", NONE,
                                         "the reply has its first member twice", "protocol" },
        [FAULT_REPLY_DEEP_CBOR] = { "reply-deep-cbor", NONE,
                                    "the reply has 64 arrays in each other", "protocol" },
        [FAULT_REPLY_OTHER_RP] = { "reply-other-rp", NONE,
                                   "the authenticator data are for another RP ID", "protocol" },
        [FAULT_REPLY_NO_UP] = { "reply-no-up", NONE,
                                "the authenticator data say that nobody was present", "protocol" },
        [FAULT_REPLY_OTHER_CREDENTIAL] = { "reply-other-credential", NONE,
                                           "sign in with a credential that is not on the list",
                                           "protocol" },
        [FAULT_REPLY_WRONG_ALG] = { "reply-wrong-alg", NONE,
                                    "register a key of an algorithm that was not asked for",
                                    "protocol" },
        [FAULT_REPLY_EXTENSION] = { "reply-extension", NONE,
                                    "sign the output of an extension that was not asked for",
                                    "protocol" },
};

const FaultInfo *fault_info(FaultKind kind) {
        return &infos[kind];
}

/* The name is what stands before the colon. */
static bool find(const char *text, FaultKind *ret) {
        size_t n = strcspn(text, ":");

        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++)
                if (strlen(infos[kind].name) == n && strncmp(infos[kind].name, text, n) == 0) {
                        *ret = kind;
                        return true;
                }

        return false;
}

static int parse_argument(FaultSet *set, FaultKind kind, const char *text) {
        const FaultInfo *info = &infos[kind];

        if (!text) {
                set->argument[kind] = info->default_argument;
                return info->argument == FAULT_ARGUMENT_BYTE ? -EINVAL : 0;
        }
        switch (info->argument) {
        case FAULT_ARGUMENT_NONE:
                return -EINVAL;
        case FAULT_ARGUMENT_BYTE:
        case FAULT_ARGUMENT_BYTE_OPTIONAL:
                return hex_decode(text, strlen(text), &set->argument[kind], 1);
        case FAULT_ARGUMENT_KEY_OPTIONAL:
                return hex_decode(text, strlen(text), set->key, sizeof(set->key));
        }
        return -EINVAL;
}

static const char *what_is_wrong(FaultArgument argument) {
        static const char *const texts[] = {
                [FAULT_ARGUMENT_NONE] = "this fault takes no argument",
                [FAULT_ARGUMENT_BYTE] = "its argument must be two hexadecimal digits",
                [FAULT_ARGUMENT_BYTE_OPTIONAL] = "its argument must be two hexadecimal digits",
                [FAULT_ARGUMENT_KEY_OPTIONAL] = "its argument must be 130 hexadecimal digits",
        };

        return texts[argument];
}

int fault_set_add(FaultSet *set, const char *text, const char **ret_why) {
        const char *colon = strchr(text, ':');
        FaultSet changed = *set;
        FaultKind kind;

        if (!find(text, &kind)) {
                *ret_why = "there is no fault of this name";
                return -EINVAL;
        }
        if (parse_argument(&changed, kind, colon ? colon + 1 : NULL) < 0) {
                *ret_why = what_is_wrong(infos[kind].argument);
                return -EINVAL;
        }

        changed.is_set[kind] = true;
        *set = changed;
        return 0;
}

void fault_print_list(FILE *f) {
        static const char *const arguments[] = {
                [FAULT_ARGUMENT_NONE] = "",
                [FAULT_ARGUMENT_BYTE] = ":HEX",
                [FAULT_ARGUMENT_BYTE_OPTIONAL] = "[:HEX]",
                [FAULT_ARGUMENT_KEY_OPTIONAL] = "[:HEX]",
        };

        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const FaultInfo *info = &infos[kind];
                int n = fprintf(f, "%s%s", info->name, arguments[info->argument]);

                fprintf(f, "%*s%s (%s)\n", 28 - n, "", info->description,
                        info->outcome ? info->outcome : "as the status says");
        }
}
