/* SPDX-License-Identifier: MIT */

/*
 * hybridd: signs people in with the passkey on their phone. This is the process on the session
 * bus; each ceremony has one of its own (ceremony/), so here no byte of a phone is ever read.
 */

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/macro.h"
#include "ceremony/harden.h"
#include "ceremony/log.h"
#include "daemon/check-config.h"
#include "daemon/manager.h"
#include "daemon/names.h"
#include "daemon/proxy-settings.h"
#include "words/words.h"

#define EXIT_USAGE 2

/* malloc()'s own beginning. */
#define LARGE_ALLOCATION (128 * 1024)

static const char usage[] =
        "Usage: hybridd [OPTION]...\n"
        "\n"
        "Lets programs on the session bus sign in with the passkey on a phone nearby.\n"
        "It is started by the bus (" BUS_NAME "), seldom by hand.\n"
        "\n"
        "  --config=FILE        read FILE instead of the usual places; may be repeated\n"
        "  --check-config       say what is wrong with settings, callers and policy, and exit\n"
        "  --allow-test-config  honour the settings that are for tests only\n"
        "  --log-level=LEVEL    error, warning, notice (default), info or debug\n"
        "  --help               show this and exit\n"
        "  --version            show the version and exit\n"
        "\n"
        "Settings are in *.conf in /usr/lib/hybridd, /etc/hybridd and ~/.config/hybridd;\n"
        "see hybridd.conf(5). Programs use it as hybridctl(1) does.\n";

enum {
        OPTION_CONFIG = 256,
        OPTION_CHECK_CONFIG,
        OPTION_ALLOW_TEST_CONFIG,
        OPTION_LOG_LEVEL,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option options[] = {
        { "config", required_argument, NULL, OPTION_CONFIG },
        { "check-config", no_argument, NULL, OPTION_CHECK_CONFIG },
        { "allow-test-config", no_argument, NULL, OPTION_ALLOW_TEST_CONFIG },
        { "log-level", required_argument, NULL, OPTION_LOG_LEVEL },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

enum { N_CONFIG_FILES_MAX = 16 };

typedef struct CommandLine {
        const char *config_files[N_CONFIG_FILES_MAX];
        size_t n_config_files;
        bool allow_test;
        bool check_config;
} CommandLine;

static int fail_usage(const char *what, const char *problem) {
        fprintf(stderr, "hybridd: %s: %s; see hybridd --help\n", what, problem);
        return EXIT_USAGE;
}

/* @word is the option as it was written. Returns -1 to go on, or what main() is to return. */
static int take_option(int option, const char *word, CommandLine *line) {
        LogLevel level;

        switch (option) {
        case OPTION_CONFIG:
                if (line->n_config_files == N_CONFIG_FILES_MAX)
                        return fail_usage(word, "there are too many of these");
                line->config_files[line->n_config_files++] = optarg;
                return -1;
        case OPTION_CHECK_CONFIG:
                line->check_config = true;
                return -1;
        case OPTION_ALLOW_TEST_CONFIG:
                line->allow_test = true;
                return -1;
        case OPTION_LOG_LEVEL:
                if (!log_level_from_name(optarg, &level))
                        return fail_usage(word, "there is no such level");
                log_set_level(level);
                return -1;
        case OPTION_HELP:
                fputs(usage, stdout);
                return EXIT_SUCCESS;
        case OPTION_VERSION:
                puts("hybridd " PROJECT_VERSION);
                return EXIT_SUCCESS;
        case ':':
                return fail_usage(word, "its value is missing");
        default:
                return fail_usage(word, "there is no such option, or it takes no value");
        }
}

static int read_command_line(int argc, char *argv[], CommandLine *line) {
        int option, r;

        /* A colon: it tells a missing value from a wrong option, and leaves the words to us. */
        while ((option = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
                r = take_option(option, argv[optind - 1], line);
                if (r >= 0)
                        return r;
        }
        if (optind < argc)
                return fail_usage(argv[optind], "no arguments are expected");
        return -1;
}

static int read_config(const CommandLine *line, Config *config) {
        int r;

        r = config_init(config);
        if (r < 0)
                return r;
        config->allow_test = line->allow_test;
        if (line->n_config_files == 0)
                return config_read_default_files(config);

        for (size_t i = 0; i < line->n_config_files; i++) {
                r = config_read_file(config, line->config_files[i]);
                if (r < 0 && r != -EINVAL)
                        log_error_errno(r, "Failed to read %s", line->config_files[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_settings(const CommandLine *line, Config *config) {
        int r;

        r = read_config(line, config);
        if (r < 0)
                return r;
        r = proxy_settings_complete(config);
        if (r < 0)
                log_error_errno(r, "Failed to read the proxy's settings");
        return r;
}

/* Failures are put into the person's language. */
static void init_words(const CommandLine *line) {
        const char *folder = line->allow_test ? getenv("HYBRIDD_LOCALE_FOLDER") : NULL;

        words_init(folder ? folder : LOCALE_FOLDER);
}

/* What is wrong has been told when this returns. */
static int check(const CommandLine *line) {
        _cleanup_(config_done) Config config = {};
        int r;

        init_words(line);
        r = read_settings(line, &config);
        if (r >= 0)
                r = check_config(&config);
        if (r >= 0)
                puts("Settings, lists of callers and policy are in order.");
        return r;
}

/* Signals come through the event loop, and children are waited for there. */
static int add_signals(sd_event *event) {
        sigset_t signals;
        int r;

        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r < 0)
                return r;
        return sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

static int run(const CommandLine *line) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(manager_freep) Manager *manager = NULL;
        _cleanup_(config_done) Config config = {};
        int r;

        r = sd_event_default(&event);
        if (r >= 0)
                r = add_signals(event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop");

        /* First of all: its spare process gets ready while we do the rest and find the bus. */
        r = manager_new(&manager, event);
        if (r < 0)
                return r;
        init_words(line);
        r = read_settings(line, &config);
        if (r < 0)
                return r;
        r = manager_start(manager, &config);
        if (r < 0)
                return r;

        sd_notify(0, "READY=1");
        r = sd_event_loop(event);
        sd_notify(0, "STOPPING=1");
        return r;
}

/* Else malloc() learns from what is freed: after some large messages it would keep as much for good. */
static void give_memory_back(void) {
        mallopt(M_MMAP_THRESHOLD, LARGE_ALLOCATION);
        mallopt(M_TRIM_THRESHOLD, LARGE_ALLOCATION);
}

int main(int argc, char *argv[]) {
        CommandLine line = {};
        int r;

        r = read_command_line(argc, argv, &line);
        if (r >= 0)
                return r;

        process_harden();
        give_memory_back();
        return (line.check_config ? check(&line) : run(&line)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
