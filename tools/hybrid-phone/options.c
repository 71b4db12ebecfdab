/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "options.h"
#include "tools/common/complain.h"
#include "tools/common/number.h"
#include "tools/common/option.h"
#include "tools/common/radio.h"
#include "tunnel-service.h"

#define USEC_PER_SEC 1000000ULL

enum {
        TIMEOUT_SECONDS_DEFAULT = 60,
        LINK_DELAY_SECONDS_MAX = 120,
        TIMEOUT_SECONDS_MAX = 24 * 60 * 60,
};

enum {
        OPTION_QR_FILE = 0x100,
        OPTION_QR_PNG,
        OPTION_TUNNEL,
        OPTION_CONNECT,
        OPTION_CA,
        OPTION_BLE,
        OPTION_UUID,
        OPTION_PRINT_ADVERT,
        OPTION_STORE,
        OPTION_LINK,
        OPTION_APPROVE,
        OPTION_NAME,
        OPTION_PROFILE,
        OPTION_ATTESTATION,
        OPTION_FAULT,
        OPTION_TIMEOUT,
        OPTION_KEY_LOG,
        OPTION_JSON,
        OPTION_QUIET,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "qr-file", required_argument, NULL, OPTION_QR_FILE },
        { "qr-png", required_argument, NULL, OPTION_QR_PNG },
        { "tunnel", required_argument, NULL, OPTION_TUNNEL },
        { "connect", required_argument, NULL, OPTION_CONNECT },
        { "ca", required_argument, NULL, OPTION_CA },
        { "ble", required_argument, NULL, OPTION_BLE },
        { "uuid", required_argument, NULL, OPTION_UUID },
        { "print-advert", no_argument, NULL, OPTION_PRINT_ADVERT },
        { "store", required_argument, NULL, OPTION_STORE },
        { "link", required_argument, NULL, OPTION_LINK },
        { "approve", required_argument, NULL, OPTION_APPROVE },
        { "name", required_argument, NULL, OPTION_NAME },
        { "profile", required_argument, NULL, OPTION_PROFILE },
        { "attestation", required_argument, NULL, OPTION_ATTESTATION },
        { "fault", required_argument, NULL, OPTION_FAULT },
        { "timeout", required_argument, NULL, OPTION_TIMEOUT },
        { "key-log", required_argument, NULL, OPTION_KEY_LOG },
        { "json", no_argument, NULL, OPTION_JSON },
        { "quiet", no_argument, NULL, OPTION_QUIET },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

static void print_help(void) {
        printf("Usage: hybrid-phone scan --ble RADIO [OPTION]...\n"
               "       hybrid-phone wait --store DIR --ble RADIO [OPTION]...\n"
               "\n"
               "A phone with passkeys (FIDO hybrid transport) that scans one code of a desktop, "
               "or\n"
               "waits until a desktop contacts it that it was linked with.\n"
               "\n"
               "  --qr-file FILE|-         the text of the code; - is stdin, the default\n"
               "  --qr-png FILE            a picture of it instead\n"
               "  --tunnel DOMAIN|ID       tunnel service (cable.ua5v.com; iphone: "
               "cable.auth.com)\n"
               "  --connect HOST:PORT      where that service really is\n"
               "  --ca FILE                trust only the authorities in FILE\n"
               "  --ble RADIO              to advertise with: bluez, bluez:ADAPTER, loopback:DIR, "
               "none\n"
               "  --uuid fff9|fde2         advertise under this UUID (fff9)\n"
               "  --print-advert           write the advert to stdout, as hexadecimal digits\n"
               "  --store DIR              keep credentials in DIR, else only for this run\n"
               "  --link WHEN              let the desktop remember this phone: no (default), "
               "yes,\n"
               "                           first (before all else), late (after the answer) or\n"
               "                           late:SECONDS\n"
               "  --approve WHAT           yes, no, ask, or delay:SECONDS (ask on a terminal, else "
               "yes)\n"
               "  --name TEXT              name of the phone, for the question\n"
               "  --profile NAME           behave like android, iphone, plain, full or bare "
               "(plain)\n"
               "  --attestation none|self  of new credentials (none)\n"
               "  --fault NAME[:ARGUMENT]  misbehave, for tests of desktops; repeatable\n"
               "  --fault list             show all faults\n"
               "  --timeout SECONDS        give up after so long (%d)\n"
               "  --key-log FILE           append the session's secrets to FILE, for debugging\n"
               "  --json                   tell what happens as JSON, one object a line\n"
               "  --quiet                  tell only how it ends\n"
               "  --help, --version\n",
               TIMEOUT_SECONDS_DEFAULT);
}

static int wrong_value(const char *option, const char *text, const char *what_to_give) {
        complain("--%s %s: there is no such thing; give %s", option, text, what_to_give);
        return -EINVAL;
}

static int parse_tunnel(Options *options, const char *text) {
        int r;

        r = tunnel_service_parse(text, &options->tunnel_server_id);
        options->has_tunnel = r >= 0;
        if (r == -EINVAL)
                complain("--tunnel %s: this number is not assigned; give 0, 1, or one from 256 to "
                         "65535",
                         text);
        else if (r < 0)
                complain("--tunnel %s: no number leads to this name; give cable.ua5v.com, "
                         "cable.auth.com, or the number itself",
                         text);
        return r < 0 ? -EINVAL : 1;
}

static int parse_radio(Options *options, const char *text) {
        if (radio_parse(text, &options->radio, &options->radio_where) < 0)
                return wrong_value("ble", text, RADIO_NAMES);
        return 1;
}

static int parse_uuid(Options *options, const char *text) {
        if (radio_uuid_parse(text, &options->uuid) < 0)
                return wrong_value("uuid", text, RADIO_UUID_NAMES);
        return 1;
}

static int parse_approve(Options *options, const char *text) {
        if (consent_policy_parse(text, &options->consent) < 0)
                return wrong_value("approve", text, "yes, no, ask or delay:SECONDS, up to 600");
        return 1;
}

static int parse_link(Options *options, const char *text) {
        static const struct {
                const char *name;
                HybridPhoneLinking linking;
        } times[] = {
                { "yes", HYBRID_PHONE_LINKS_AT_ONCE },
                { "first", HYBRID_PHONE_LINKS_FIRST },
                { "late", HYBRID_PHONE_LINKS_LATER },
        };
        uint64_t seconds;

        options->link = strcmp(text, "no") != 0;
        if (!options->link)
                return 1;
        if (strncmp(text, "late:", strlen("late:")) == 0 &&
            number_parse(text + strlen("late:"), 0, LINK_DELAY_SECONDS_MAX, &seconds) >= 0) {
                options->linking = HYBRID_PHONE_LINKS_LATER;
                options->link_delay_usec = seconds * USEC_PER_SEC;
                return 1;
        }
        for (size_t i = 0; i < ELEMENTSOF(times); i++)
                if (strcmp(times[i].name, text) == 0) {
                        options->linking = times[i].linking;
                        return 1;
                }
        return wrong_value("link", text, "yes, no, first, late or late:SECONDS, up to 120");
}

static int parse_profile(Options *options, const char *text) {
        options->profile = profile_by_name(text);
        if (!options->profile)
                return wrong_value("profile", text, PROFILE_NAMES);
        return 1;
}

static int parse_attestation(Options *options, const char *text) {
        options->self_attestation = strcmp(text, "self") == 0;
        if (!options->self_attestation && strcmp(text, "none") != 0)
                return wrong_value("attestation", text, "none or self");
        return 1;
}

static int parse_fault(Options *options, const char *text) {
        const char *why;

        if (strcmp(text, "list") == 0) {
                fault_print_list(stdout);
                return 0;
        }
        if (fault_set_add(&options->faults, text, &why) < 0) {
                complain("--fault %s: %s; see --fault list", text, why);
                return -EINVAL;
        }
        return 1;
}

static int parse_timeout(Options *options, const char *text) {
        uint64_t seconds;

        if (number_parse(text, 1, TIMEOUT_SECONDS_MAX, &seconds) < 0)
                return wrong_value("timeout", text, "a number of seconds, from 1 to 86400");

        options->timeout_usec = seconds * USEC_PER_SEC;
        return 1;
}

/* Options that are only kept, and questions. */
static int take_simple_option(Options *options, int option, const char *text) {
        switch (option) {
        case OPTION_QR_FILE:
                options->qr_file = text;
                return 1;
        case OPTION_QR_PNG:
                options->qr_png = text;
                return 1;
        case OPTION_CONNECT:
                options->connect = text;
                return 1;
        case OPTION_CA:
                options->ca_file = text;
                return 1;
        case OPTION_PRINT_ADVERT:
                options->report.print_advert = true;
                return 1;
        case OPTION_STORE:
                options->store = text;
                return 1;
        case OPTION_NAME:
                options->name = text;
                return 1;
        case OPTION_KEY_LOG:
                options->key_log = text;
                return 1;
        case OPTION_JSON:
                options->report.json = true;
                return 1;
        case OPTION_QUIET:
                options->report.quiet = true;
                return 1;
        case OPTION_HELP:
                print_help();
                return 0;
        case OPTION_VERSION:
                puts("hybrid-phone " PROJECT_VERSION);
                return 0;
        default:
                return -EINVAL;
        }
}

/* Returns 1 to go on, 0 to stop, or -EINVAL. */
static int take_option(Options *options, int option, const char *text) {
        switch (option) {
        case OPTION_TUNNEL:
                return parse_tunnel(options, text);
        case OPTION_BLE:
                return parse_radio(options, text);
        case OPTION_UUID:
                return parse_uuid(options, text);
        case OPTION_APPROVE:
                return parse_approve(options, text);
        case OPTION_LINK:
                return parse_link(options, text);
        case OPTION_PROFILE:
                return parse_profile(options, text);
        case OPTION_ATTESTATION:
                return parse_attestation(options, text);
        case OPTION_FAULT:
                return parse_fault(options, text);
        case OPTION_TIMEOUT:
                return parse_timeout(options, text);
        default:
                return take_simple_option(options, option, text);
        }
}

static int check_command(int argc, char *argv[], Options *options) {
        if (optind == argc) {
                complain("no command: there is nothing to do; see --help");
                return -EINVAL;
        }
        options->wait = strcmp(argv[optind], "wait") == 0;
        if (!options->wait && strcmp(argv[optind], "scan") != 0) {
                complain("%s: there is no such command; see --help", argv[optind]);
                return -EINVAL;
        }
        if (optind + 1 < argc) {
                complain("%s: %s takes only options; see --help", argv[optind + 1], argv[optind]);
                return -EINVAL;
        }
        return 1;
}

/* What the options are together. */
static int check(const Options *options) {
        if (options->qr_file && options->qr_png) {
                complain("two codes: --qr-file and --qr-png say different things; give one of "
                         "them");
                return -EINVAL;
        }
        if (options->wait && (options->qr_file || options->qr_png || options->link)) {
                complain(
                        "wait: a phone that waits scans no code; leave out --qr-file, --qr-png and "
                        "--link");
                return -EINVAL;
        }
        if ((options->wait || options->link) && !options->store) {
                complain("no store: who is linked must not forget it; give --store");
                return -EINVAL;
        }
        if (!options->radio && !options->report.print_advert) {
                complain("no radio: nobody would hear this phone; give --ble bluez, or "
                         "--print-advert");
                return -EINVAL;
        }
        return 1;
}

int options_parse(int argc, char *argv[], Options *ret) {
        Options options = {
                .profile = profile_by_name("plain"),
                .uuid = BLE_UUID_FIDO,
                .name = "virtual phone",
                .timeout_usec = TIMEOUT_SECONDS_DEFAULT * USEC_PER_SEC,
        };
        const char *name;
        int option, r;

        while ((option = option_next(argc, argv, long_options, "--help", &name)) > 0) {
                r = take_option(&options, option, optarg);
                if (r <= 0)
                        return r;
        }
        if (option < 0)
                return option;

        r = check_command(argc, argv, &options);
        if (r > 0)
                r = check(&options);
        if (r > 0)
                *ret = options;
        return r;
}
