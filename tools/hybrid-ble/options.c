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
        ROUNDS_MAX = 10000,
        ROUNDS_DEFAULT = 50,
        TIMEOUT_SECONDS_MAX = 600,
        TIMEOUT_SECONDS_DEFAULT = 5,
        ADVERT_SIZE_MAX = 24, /* what fits into a legacy advert beside the flags and the UUID */
        KEY_DIGITS = 2 * EID_KEY_SIZE,
};

enum {
        OPTION_BLE = 0x100,
        OPTION_SECONDS,
        OPTION_KEY,
        OPTION_DATA,
        OPTION_UUID,
        OPTION_RX,
        OPTION_TX,
        OPTION_COUNT,
        OPTION_TIMEOUT,
        OPTION_CSV,
        OPTION_PLOT,
        OPTION_JSON,
        OPTION_HELP,
        OPTION_VERSION,
        _OPTION_MAX,
};

static const struct option long_options[] = {
        { "ble", required_argument, NULL, OPTION_BLE },
        { "seconds", required_argument, NULL, OPTION_SECONDS },
        { "key", required_argument, NULL, OPTION_KEY },
        { "data", required_argument, NULL, OPTION_DATA },
        { "uuid", required_argument, NULL, OPTION_UUID },
        { "rx", required_argument, NULL, OPTION_RX },
        { "tx", required_argument, NULL, OPTION_TX },
        { "count", required_argument, NULL, OPTION_COUNT },
        { "timeout", required_argument, NULL, OPTION_TIMEOUT },
        { "csv", required_argument, NULL, OPTION_CSV },
        { "plot", required_argument, NULL, OPTION_PLOT },
        { "json", no_argument, NULL, OPTION_JSON },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

enum {
        FOR_SCAN = 1 << COMMAND_SCAN,
        FOR_ADVERTISE = 1 << COMMAND_ADVERTISE,
        FOR_PROXIMITY = 1 << COMMAND_PROXIMITY,
        FOR_ALL = (1 << _COMMAND_MAX) - 1,
};

/* Which commands have which options. */
static const unsigned commands_of[_OPTION_MAX - OPTION_BLE] = {
        /* NOLINTNEXTLINE(misc-redundant-expression): the first row, like the others */
        [OPTION_BLE - OPTION_BLE] = FOR_SCAN | FOR_ADVERTISE,
        [OPTION_SECONDS - OPTION_BLE] = FOR_SCAN | FOR_ADVERTISE,
        [OPTION_KEY - OPTION_BLE] = FOR_SCAN,
        [OPTION_DATA - OPTION_BLE] = FOR_ADVERTISE,
        [OPTION_UUID - OPTION_BLE] = FOR_ADVERTISE | FOR_PROXIMITY,
        [OPTION_RX - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_TX - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_COUNT - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_TIMEOUT - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_CSV - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_PLOT - OPTION_BLE] = FOR_PROXIMITY,
        [OPTION_JSON - OPTION_BLE] = FOR_ALL,
        [OPTION_HELP - OPTION_BLE] = FOR_ALL,
        [OPTION_VERSION - OPTION_BLE] = FOR_ALL,
};

static const char *const command_names[_COMMAND_MAX] = {
        [COMMAND_ADAPTERS] = "adapters",
        [COMMAND_SCAN] = "scan",
        [COMMAND_ADVERTISE] = "advertise",
        [COMMAND_PROXIMITY] = "proximity",
};

static void print_help(void) {
        puts("Usage: hybrid-ble adapters [--json]\n"
             "       hybrid-ble scan [OPTION]...\n"
             "       hybrid-ble advertise --data HEX [OPTION]...\n"
             "       hybrid-ble proximity --rx RADIO --tx RADIO [OPTION]...\n"
             "\n"
             "Shows what Bluetooth adapters there are, hears the adverts of phones that have\n"
             "scanned a code, sends one, or measures how well one adapter hears another.\n"
             "\n"
             "  --ble RADIO            scan, advertise: with this one (bluez):\n"
             "        bluez[:ADAPTER]  bluetoothd's, all adapters or one, such as hci1\n"
             "        hci[:ADAPTER]    raw HCI, without bluetoothd, for root\n"
             "        …,active         with active scans; bluez also …,passive\n"
             "        loopback:DIR     a folder, as tests and demonstrations have it\n"
             "        none             none at all\n"
             "  --seconds N            scan, advertise: end after so long; without it, when\n"
             "                         interrupted\n"
             "  --key FILE             scan: mark what this EID key opens (128 hexadecimal\n"
             "                         digits)\n"
             "  --data HEX             advertise: up to 24 bytes of service data\n"
             "  --uuid fff9|fde2       advertise, proximity: under this UUID (fff9)\n"
             "  --rx RADIO, --tx RADIO proximity: who hears and who sends; hci0 is short for\n"
             "                         bluez:hci0\n"
             "  --count N              proximity: so many adverts (50)\n"
             "  --timeout SECONDS      proximity: one that is not heard until then is lost (5)\n"
             "  --csv FILE|-           proximity: write a line for each advert\n"
             "  --plot FILE.png        proximity: draw a picture of it\n"
             "  --json                 tell what happens as JSON, one object a line\n"
             "  --help, --version\n"
             "\n"
             "See hybrid-ble(1).");
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
        int r;

        file = fopen(path, "re");
        if (!file) {
                r = -errno;
                complain("--key %s: %s; give a file that can be read", path, strerrordesc_np(-r));
                return r;
        }
        setbuf(file, NULL); /* no copy of it stays in a buffer */
        n = fread(digits, 1, KEY_DIGITS, file);
        fclose(file);
        if (hex_decode(digits, n, options->key, sizeof(options->key)) < 0) {
                complain("--key %s: it does not begin with 128 hexadecimal digits; give an EID key "
                         "as hybrid-phone --key-log writes it",
                         path);
                return -EBADMSG;
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
        if (radio_uuid_parse(text, &options->uuid) < 0)
                return wrong_value("uuid", text, RADIO_UUID_NAMES);
        return 1;
}

/* "hci1" is short for bluetoothd's. A particular adapter is needed, of which there are two then. */
static int parse_end(RadioName *ret, const char *option, const char *text) {
        size_t n_digits = strncmp(text, "hci", 3) == 0 ? strspn(text + 3, "0123456789") : 0;

        ret->text = text;
        if (n_digits > 0 && text[3 + n_digits] == '\0') {
                ret->backend = &ble_bluez;
                ret->where = text;
                return 1;
        }
        if (radio_parse(text, &ret->backend, &ret->where) < 0 || !ret->where) {
                ret->backend = NULL;
                return wrong_value(option, text,
                                   "an adapter: hci0, bluez:hci0, hci:hci0 or loopback:DIR");
        }
        return 1;
}

static int parse_count(Options *options, const char *text) {
        uint64_t n;

        if (number_parse(text, 1, ROUNDS_MAX, &n) < 0)
                return wrong_value("count", text, "a number from 1 to 10000");
        options->n_rounds = (unsigned)n;
        return 1;
}

static int parse_timeout(Options *options, const char *text) {
        uint64_t seconds;

        if (number_parse(text, 1, TIMEOUT_SECONDS_MAX, &seconds) < 0)
                return wrong_value("timeout", text, "a number of seconds from 1 to 600");
        options->round_usec = seconds * USEC_PER_SEC;
        return 1;
}

static int set_text(const char **ret, const char *text) {
        *ret = text;
        return 1;
}

/* Returns 1 to go on, 0 to stop, or a negative errno. */
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
        case OPTION_RX:
                return parse_end(&options->rx, "rx", text);
        case OPTION_TX:
                return parse_end(&options->tx, "tx", text);
        case OPTION_COUNT:
                return parse_count(options, text);
        case OPTION_TIMEOUT:
                return parse_timeout(options, text);
        case OPTION_CSV:
                return set_text(&options->csv, text);
        case OPTION_PLOT:
                return set_text(&options->plot, text);
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
                complain("no command: there is nothing to do; give adapters, scan, advertise or "
                         "proximity");
                return -EINVAL;
        }
        while (options->command < _COMMAND_MAX &&
               strcmp(command_names[options->command], command) != 0)
                options->command++;
        if (options->command == _COMMAND_MAX) {
                complain("%s: there is no such command; give adapters, scan, advertise or "
                         "proximity",
                         command);
                return -EINVAL;
        }
        if (optind + 1 < argc) {
                complain("%s: %s takes only options; see --help", argv[optind + 1], command);
                return -EINVAL;
        }
        return 1;
}

/* The first option that was given and that the command has not. */
static int check_belonging(const Options *options, uint32_t given) {
        for (int option = OPTION_BLE; option < _OPTION_MAX; option++)
                if ((given & 1u << (option - OPTION_BLE)) &&
                    !(commands_of[option - OPTION_BLE] & 1u << options->command)) {
                        complain("--%s: hybrid-ble %s has no such option; see --help",
                                 long_options[option - OPTION_BLE].name,
                                 command_names[options->command]);
                        return -EINVAL;
                }
        return 1;
}

static int check_proximity(const Options *options) {
        if (!options->rx.backend || !options->tx.backend) {
                complain("--%s: it is missing; give the adapter that %s, such as hci0",
                         options->rx.backend ? "tx" : "rx",
                         options->rx.backend ? "sends" : "listens");
                return -EINVAL;
        }
        if (strcmp(options->rx.where, options->tx.where) == 0 &&
            options->rx.backend != &ble_loopback) {
                complain("--tx %s: an adapter does not hear itself; give another one",
                         options->tx.text);
                return -EINVAL;
        }
        if (options->csv && strcmp(options->csv, "-") == 0 && options->json) {
                complain("--csv -: standard output is taken by --json; give a file");
                return -EINVAL;
        }
        return 1;
}

/* What the options are together. */
static int check(const Options *options) {
        if (options->command == COMMAND_PROXIMITY)
                return check_proximity(options);
        if (options->command == COMMAND_ADVERTISE && options->n_data == 0) {
                complain("no data: there is nothing to advertise; give --data HEX");
                return -EINVAL;
        }
        return 1;
}

int options_parse(int argc, char *argv[], Options *ret) {
        Options options = {
                .radio = &ble_bluez,
                .uuid = BLE_UUID_FIDO,
                .n_rounds = ROUNDS_DEFAULT,
                .round_usec = TIMEOUT_SECONDS_DEFAULT * USEC_PER_SEC,
        };
        CLEANUP_ERASE(options);
        uint32_t given = 0;
        const char *name;
        int option, r;

        while ((option = option_next(argc, argv, long_options, "--help", &name)) > 0) {
                /* option_next() returns what long_options has, and OPTION_BLE is its first. */
                /* cppcheck-suppress [shiftTooManyBits,integerOverflowCond,signConversionCond] */
                given |= 1u << (option - OPTION_BLE);
                r = take_option(&options, option, optarg);
                if (r <= 0)
                        return r;
        }
        if (option < 0)
                return option;
        r = parse_command(argc, argv, &options);
        if (r > 0)
                r = check_belonging(&options, given);
        if (r > 0)
                r = check(&options);
        if (r > 0)
                *ret = options;
        return r;
}
