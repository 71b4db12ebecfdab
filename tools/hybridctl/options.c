/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/utf8.h"
#include "help.h"
#include "options.h"
#include "tools/common/complain.h"
#include "tools/common/option.h"

enum {
        HELP_SIZE = 64, /* the command line that shows a command's options */
};

enum {
        OPTION_ORIGIN = 256,
        OPTION_TOP_ORIGIN,
        OPTION_REQUEST,
        OPTION_RP,
        OPTION_USER,
        OPTION_PRF,
        OPTION_PHONE,
        OPTION_REMEMBER,
        OPTION_TURN_ON_BLUETOOTH,
        OPTION_QR_PNG,
        OPTION_JSON,
        OPTION_PROFILE,
        OPTION_KEEP,
        OPTION_LINKED,
        OPTION_LOG_LEVEL,
        OPTION_HELP,
        _OPTION_MAX,
};

static const struct option long_options[] = {
        { "origin", required_argument, NULL, OPTION_ORIGIN },
        { "top-origin", required_argument, NULL, OPTION_TOP_ORIGIN },
        { "request", required_argument, NULL, OPTION_REQUEST },
        { "rp", required_argument, NULL, OPTION_RP },
        { "user", required_argument, NULL, OPTION_USER },
        { "prf", required_argument, NULL, OPTION_PRF },
        { "phone", required_argument, NULL, OPTION_PHONE },
        { "remember", no_argument, NULL, OPTION_REMEMBER },
        { "turn-on-bluetooth", no_argument, NULL, OPTION_TURN_ON_BLUETOOTH },
        { "qr-png", required_argument, NULL, OPTION_QR_PNG },
        { "json", no_argument, NULL, OPTION_JSON },
        { "profile", required_argument, NULL, OPTION_PROFILE },
        { "keep", no_argument, NULL, OPTION_KEEP },
        { "linked", no_argument, NULL, OPTION_LINKED },
        { "log-level", required_argument, NULL, OPTION_LOG_LEVEL },
        { "help", no_argument, NULL, OPTION_HELP },
        {},
};

enum {
        FOR_CREATE = 1 << COMMAND_CREATE,
        FOR_GET = 1 << COMMAND_GET,
        FOR_SITE = FOR_CREATE | FOR_GET,
        FOR_DEMO = 1 << COMMAND_DEMO,
        FOR_DOCTOR = 1 << COMMAND_DOCTOR,
        FOR_CEREMONIES = FOR_SITE | FOR_DEMO,
        FOR_ALL = FOR_CEREMONIES | FOR_DOCTOR,
};

/* Which commands have which options. */
static const unsigned commands_of[_OPTION_MAX - OPTION_ORIGIN] = {
        /* NOLINTNEXTLINE(misc-redundant-expression): the first row, like the others */
        [OPTION_ORIGIN - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_TOP_ORIGIN - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_REQUEST - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_RP - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_USER - OPTION_ORIGIN] = FOR_CREATE,
        [OPTION_PRF - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_PHONE - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_REMEMBER - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_TURN_ON_BLUETOOTH - OPTION_ORIGIN] = FOR_SITE,
        [OPTION_QR_PNG - OPTION_ORIGIN] = FOR_CEREMONIES,
        [OPTION_JSON - OPTION_ORIGIN] = FOR_ALL,
        [OPTION_PROFILE - OPTION_ORIGIN] = FOR_DEMO,
        [OPTION_KEEP - OPTION_ORIGIN] = FOR_DEMO,
        [OPTION_LINKED - OPTION_ORIGIN] = FOR_DEMO,
        [OPTION_LOG_LEVEL - OPTION_ORIGIN] = FOR_DEMO,
        [OPTION_HELP - OPTION_ORIGIN] = FOR_ALL,
};

static bool has_option(Command command, int option) {
        return commands_of[option - OPTION_ORIGIN] & 1u << command;
}

static const char *const profiles[] = { "android", "iphone", "plain" };
static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug" };

/* The word of the list that the text is; static. NULL after having complained. */
static const char *one_of(const char *const *words, size_t n, const char *option,
                          const char *text) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], text) == 0)
                        return words[i];

        complain("--%s %s: there is no such %s; see hybridctl demo --help", option, text, option);
        return NULL;
}

static int set_word(const char **ret, const char *const *words, size_t n, const char *option,
                    const char *text) {
        *ret = one_of(words, n, option, text);
        return *ret ? 1 : -EINVAL;
}

static int set_user_name(Options *options, const char *text) {
        if (text[0] == '\0' || strlen(text) > USER_NAME_SIZE_MAX) {
                complain("--user: a name has 1 to %d bytes; give another one", USER_NAME_SIZE_MAX);
                return -EINVAL;
        }
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f) {
                        complain("--user: a name has no control characters; give another one");
                        return -EINVAL;
                }
        options->user_name = text;
        return 1;
}

static int set_text(const char **ret, const char *text) {
        *ret = text;
        return 1;
}

static int set_flag(bool *ret) {
        *ret = true;
        return 1;
}

/* Returns 1, 0 or -EINVAL like options_parse(). */
static int take_option(Options *options, int option, const char *text) {
        switch (option) {
        case OPTION_ORIGIN:
                return set_text(&options->origin, text);
        case OPTION_TOP_ORIGIN:
                return set_text(&options->top_origin, text);
        case OPTION_REQUEST:
                return set_text(&options->request_file, text);
        case OPTION_RP:
                return set_text(&options->rp_id, text);
        case OPTION_USER:
                return set_user_name(options, text);
        case OPTION_PRF:
                return set_text(&options->prf, text);
        case OPTION_PHONE:
                return set_text(&options->phone, text);
        case OPTION_REMEMBER:
                return set_flag(&options->remember);
        case OPTION_TURN_ON_BLUETOOTH:
                return set_flag(&options->turn_on_bluetooth);
        case OPTION_QR_PNG:
                return set_text(&options->qr_png, text);
        case OPTION_JSON:
                return set_flag(&options->json);
        case OPTION_PROFILE:
                return set_word(&options->profile, profiles, ELEMENTSOF(profiles), "profile", text);
        case OPTION_KEEP:
                return set_flag(&options->keep);
        case OPTION_LINKED:
                return set_flag(&options->linked);
        case OPTION_LOG_LEVEL:
                return set_word(&options->log_level, log_levels, ELEMENTSOF(log_levels),
                                "log-level", text);
        case OPTION_HELP:
                help_print_command(options->command);
                return 0;
        default:
                return -EINVAL;
        }
}

/* What the options are together. */
static int check(const Options *options) {
        const struct {
                const char *name;
                const char *value;
                bool for_own_request;
        } texts[] = {
                { "origin", options->origin },  { "top-origin", options->top_origin },
                { "rp", options->rp_id, true }, { "user", options->user_name, true },
                { "prf", options->prf, true },
        };

        if (!(1 << options->command & FOR_SITE))
                return 1;
        if (options->top_origin && options->top_origin[0] == '\0') {
                complain("--top-origin: it is empty; give one like https://login.example.com, or "
                         "leave it out");
                return -EINVAL;
        }
        if (!options->origin) {
                complain("no site: --origin is missing; give it like https://login.example.com");
                return -EINVAL;
        }
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                if (!texts[i].value)
                        continue;
                if (options->request_file && texts[i].for_own_request) {
                        complain("--%s: it is for requests that hybridctl makes; leave it or "
                                 "--request out",
                                 texts[i].name);
                        return -EINVAL;
                }
                if (!utf8_is_valid(texts[i].value, strlen(texts[i].value))) {
                        complain("--%s: it is not UTF-8; write it so", texts[i].name);
                        return -EINVAL;
                }
        }
        return 1;
}

static int parse_command_options(int argc, char *argv[], Options *options) {
        const char *command = command_name(options->command), *name;
        char help[HELP_SIZE];
        int option, r;

        snprintf(help, sizeof(help), "hybridctl %s --help", command);
        optind = 0; /* in the GNU way: from the start, whatever was parsed before */
        while ((option = option_next(argc, argv, long_options, help, &name)) > 0) {
                if (!has_option(options->command, option)) {
                        complain("--%s: hybridctl %s has no such option; see %s", name, command,
                                 help);
                        return -EINVAL;
                }

                r = take_option(options, option, optarg);
                if (r <= 0)
                        return r;
        }
        if (option < 0)
                return option;
        if (optind < argc) {
                complain("%s: there are only options; see %s", argv[optind], help);
                return -EINVAL;
        }
        return check(options);
}

/* What is no command. Returns 0 or -EINVAL like options_parse(). */
static int answer_question(const char *word) {
        if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
                help_print();
                return 0;
        }
        if (strcmp(word, "--version") == 0) {
                puts("hybridctl " PROJECT_VERSION);
                return 0;
        }
        complain("%s: there is no such command; see hybridctl --help", word);
        return -EINVAL;
}

int options_parse(int argc, char *argv[], Options *ret) {
        Options options = { .profile = profiles[0], .log_level = "info" };
        int r;

        if (argc < 2) {
                complain("no command: there is nothing to do; see hybridctl --help");
                return -EINVAL;
        }

        while (options.command < _COMMAND_MAX &&
               strcmp(command_name(options.command), argv[1]) != 0)
                options.command++;
        if (options.command == _COMMAND_MAX)
                return answer_question(argv[1]);

        r = parse_command_options(argc - 1, argv + 1, &options);
        if (r > 0)
                *ret = options;
        return r;
}
