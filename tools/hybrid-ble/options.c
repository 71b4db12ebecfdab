/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "options.h"
#include "tools/common/complain.h"
#include "tools/common/number.h"
#include "tools/common/option.h"
#include "tools/common/radio.h"

#define USEC_PER_SEC 1000000ULL

enum {
        SECONDS_MAX = 24 * 60 * 60,
        ADVERT_SIZE_MAX = 24, /* what fits into a legacy advert beside the flags and the UUID */
        KEY_DIGITS = 2 * EID_KEY_SIZE,
};

enum {
        OPTION_BLE = 0x100,
        OPTION_SECONDS,
        OPTION_KEY,
        OPTION_DATA,
        OPTION_UUID,
        OPTION_JSON,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "ble", required_argument, NULL, OPTION_BLE },
        { "seconds", required_argument, NULL, OPTION_SECONDS },
        { "key", required_argument, NULL, OPTION_KEY },
        { "data", required_argument, NULL, OPTION_DATA },
        { "uuid", required_argument, NULL, OPTION_UUID },
        { "json", no_argument, NULL, OPTION_JSON },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

static void print_help(void) {
        puts("hybrid-ble scan [OPTION]...\n"
             "hybrid-ble advertise --data HEX [OPTION]...\n"
             "\n"
             "Hears the adverts of phones that have scanned a code, or sends one.\n"
             "\n"
             "  --ble bluez[:ADAPTER]  radio: bluetoothd's, all adapters or one, such as hci1\n"
             "        hci[:ADAPTER]    raw HCI, without bluetoothd, for root\n"
             "        loopback:DIR     a folder, as tests and demonstrations have it\n"
             "  --seconds N            end after so long; without it, when interrupted\n"
             "  --key FILE             scan: mark what this EID key opens (128 hexadecimal "
             "digits)\n"
             "  --data HEX             advertise: up to 24 bytes of service data\n"
             "  --uuid fff9|fde2       advertise: under this UUID (fff9)\n"
             "  --json                 tell what happens as JSON, one object a line\n"
             "  --help, --version");
}

static int wrong_value(const char *option, const char *text, const char *what_to_give) {
        complain("--%s %s: there is no such thing; give %s", option, text, what_to_give);
        return -EINVAL;
}

static int parse_seconds(Options *options, const char *text) {
        uint64_t seconds;

        if (number_parse(text, 1, SECONDS_MAX, &seconds) < 0)
                return wrong_value("seconds", text, "a number from 1 to 86400");
        options->duration_usec = seconds * USEC_PER_SEC;
        return 1;
}

static int read_key(Options *options, const char *path) {
        char digits[KEY_DIGITS + 1] = {};
        CLEANUP_ERASE(digits);
        FILE *file;
        size_t n;

        file = fopen(path, "re");
        if (!file) {
                complain("--key %s: %s; give a file that can be read", path,
                         strerrordesc_np(errno));
                return -EINVAL;
        }
        setbuf(file, NULL); /* no copy of it stays in a buffer */
        n = fread(digits, 1, KEY_DIGITS, file);
        fclose(file);
        if (hex_decode(digits, n, options->key, sizeof(options->key)) < 0) {
                complain("--key %s: it does not begin with 128 hexadecimal digits; give an EID key "
                         "as hybrid-phone --key-log writes it",
                         path);
                return -EINVAL;
        }
        options->has_key = true;
        return 1;
}

static int parse_data(Options *options, const char *text) {
        size_t n = strlen(text);

        options->n_data = n / 2;
        if (n == 0 || n % 2 != 0 || options->n_data > ADVERT_SIZE_MAX ||
            hex_decode(text, n, options->data, options->n_data) < 0)
                return wrong_value("data", text, "2 to 48 hexadecimal digits");
        return 1;
}

static int parse_uuid(Options *options, const char *text) {
        if (strcasecmp(text, "fff9") == 0)
                options->uuid = BLE_UUID_FIDO;
        else if (strcasecmp(text, "fde2") == 0)
                options->uuid = BLE_UUID_GOOGLE;
        else
                return wrong_value("uuid", text, "fff9 or fde2");
        return 1;
}

/* Returns 1 to go on, 0 to stop, or -EINVAL. */
static int take_option(Options *options, int option, const char *text) {
        switch (option) {
        case OPTION_BLE:
                if (radio_parse(text, &options->radio, &options->radio_where) < 0)
                        return wrong_value("ble", text, RADIO_NAMES);
                return 1;
        case OPTION_SECONDS:
                return parse_seconds(options, text);
        case OPTION_KEY:
                return read_key(options, text);
        case OPTION_DATA:
                return parse_data(options, text);
        case OPTION_UUID:
                return parse_uuid(options, text);
        case OPTION_JSON:
                options->json = true;
                return 1;
        case OPTION_HELP:
                print_help();
                return 0;
        case OPTION_VERSION:
                puts("hybrid-ble " PROJECT_VERSION);
                return 0;
        default:
                return -EINVAL;
        }
}

static int parse_command(int argc, char *argv[], Options *options) {
        const char *command = optind < argc ? argv[optind] : NULL;

        if (!command) {
                complain("no command: there is nothing to do; give scan or advertise");
                return -EINVAL;
        }
        if (strcmp(command, "scan") == 0)
                options->command = COMMAND_SCAN;
        else if (strcmp(command, "advertise") == 0)
                options->command = COMMAND_ADVERTISE;
        else {
                complain("%s: there is no such command; give scan or advertise", command);
                return -EINVAL;
        }
        if (optind + 1 < argc) {
                complain("%s: %s takes only options; see --help", argv[optind + 1], command);
                return -EINVAL;
        }
        return 1;
}

/* What the options are together. */
static int check(const Options *options) {
        if (options->command == COMMAND_ADVERTISE && options->n_data == 0) {
                complain("no data: there is nothing to advertise; give --data HEX");
                return -EINVAL;
        }
        if (options->command == COMMAND_SCAN && options->n_data > 0) {
                complain("--data: scan only listens; give advertise instead");
                return -EINVAL;
        }
        if (options->command == COMMAND_ADVERTISE && options->has_key) {
                complain("--key: advertise hears nothing that it could open; give scan instead");
                return -EINVAL;
        }
        return 1;
}

int options_parse(int argc, char *argv[], Options *ret) {
        Options options = { .radio = &ble_bluez, .uuid = BLE_UUID_FIDO };
        CLEANUP_ERASE(options);
        const char *name;
        int option, r;

        while ((option = option_next(argc, argv, long_options, "--help", &name)) > 0) {
                r = take_option(&options, option, optarg);
                if (r <= 0)
                        return r;
        }
        if (option < 0)
                return option;
        r = parse_command(argc, argv, &options);
        if (r > 0)
                r = check(&options);
        if (r > 0)
                *ret = options;
        return r;
}
