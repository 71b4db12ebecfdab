/* SPDX-License-Identifier: MIT */

/* `hybridctl phones`: the phones that can be asked without a code, and what they are called. */

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "command.h"
#include "daemon/names.h"
#include "json-line.h"
#include "linked-phones.h"
#include "tools/common/complain.h"
#include "tools/common/option.h"
#include "tools/common/output.h"
#include "tools/common/printable.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

#define _bus_   _cleanup_(sd_bus_flush_close_unrefp) sd_bus
#define _error_ _cleanup_(sd_bus_error_free) sd_bus_error

enum {
        EXIT_USAGE = 2,
        SHOWN_SIZE = 256, /* of a name */
        DAY_SIZE = 32,
};

enum {
        OPTION_JSON = 256,
        OPTION_HELP,
};

static const struct option long_options[] = {
        { "json", no_argument, NULL, OPTION_JSON },
        { "help", no_argument, NULL, OPTION_HELP },
        {},
};

static const char help_command[] = "hybridctl phones --help";

static const char help[] =
        N_("Usage: hybridctl phones [list] [--json]\n"
           "       hybridctl phones rename PHONE NAME\n"
           "       hybridctl phones forget PHONE\n"
           "\n"
           "Shows the phones that agreed to be asked without a code, gives them other names,\n"
           "or forgets them. PHONE is a name, or the end of the path that --json shows.\n"
           "\n"
           "  --json              as JSON, one object a line\n"
           "  --help              show this\n");

/* "2026-11-23", or "never". */
static void day_of(uint64_t seconds, char ret[static DAY_SIZE]) {
        time_t time = (time_t)seconds;
        struct tm parts;

        snprintf(ret, DAY_SIZE, "%s", /* Translators: when a phone was linked or used. At most 31
 * bytes. */
                 words_translate("never"));
        if (seconds != 0 && localtime_r(&time, &parts))
                (void)strftime(ret, DAY_SIZE, "%Y-%m-%d", &parts);
}

static void print_words(const LinkedPhone *phone) {
        char linked[DAY_SIZE], used[DAY_SIZE], name[SHOWN_SIZE], service[SHOWN_SIZE];

        day_of(phone->linked_at, linked);
        day_of(phone->last_used, used);
        printable(phone->name, strlen(phone->name), name, sizeof(name));
        printable(phone->tunnel_domain, strlen(phone->tunnel_domain), service, sizeof(service));
        printf("%s\n    ", name);
        /* Translators: two days, and a tunnel service such as cable.ua5v.com. */
        printf(words_translate("linked %1$s, last used %2$s, reached by %3$s"), linked, used,
               service);
        putchar('\n');
}

static int print_phone(const LinkedPhone *phone, bool json) {
        json_t *object;

        if (!json) {
                print_words(phone);
                return 0;
        }

        object = json_event("phone");
        if (!object || json_object_set_new(object, "path", json_string(phone->path)) < 0 ||
            json_object_set_new(object, "name", json_string(phone->name)) < 0 ||
            json_object_set_new(object, "linked_at", json_integer((json_int_t)phone->linked_at)) <
                    0 ||
            json_object_set_new(object, "last_used", json_integer((json_int_t)phone->last_used)) <
                    0 ||
            json_object_set_new(object, "tunnel_domain", json_string(phone->tunnel_domain)) < 0) {
                json_decref(object);
                return complain_oom();
        }
        return json_line(object);
}

static int list(const LinkedPhones *phones, bool json) {
        int r = 0;

        if (phones->n == 0 && !json)
                puts(words_translate(
                        "No phone is linked. After a sign-in with a code, let the phone "
                        "be remembered."));
        for (size_t i = 0; i < phones->n && r >= 0; i++)
                r = print_phone(&phones->phones[i], json);
        return r < 0 ? r : flush_output();
}

static int call(sd_bus *bus, const char *path, const char *method, const char *name) {
        _error_ error = SD_BUS_ERROR_NULL;
        int r;

        if (name)
                r = sd_bus_call_method(bus, BUS_NAME, path, PHONE_INTERFACE, method, &error, NULL,
                                       "s", name);
        else
                r = sd_bus_call_method(bus, BUS_NAME, path, PHONE_INTERFACE, method, &error, NULL,
                                       "");
        if (r < 0)
                complain("phones: %s; see hybridctl phones list",
                         error.message ? error.message : strerror(-r));
        return r;
}

static int change(sd_bus *bus, const LinkedPhones *phones, char *argv[]) {
        const LinkedPhone *phone = linked_phones_find(phones, argv[1]);

        if (!phone) {
                complain("phones: %s: no linked phone has this name; see hybridctl phones list",
                         argv[1]);
                return -ENOENT;
        }
        if (strcmp(argv[0], "rename") == 0)
                return call(bus, phone->path, "Rename", argv[2]);
        return call(bus, phone->path, "Forget", NULL);
}

static int run(char *argv[], bool json) {
        _cleanup_(linked_phones_done) LinkedPhones phones = {};
        _bus_ *bus = NULL;
        int r;

        r = bus_open(&bus);
        if (r >= 0)
                r = linked_phones_read(bus, &phones);
        if (r < 0)
                return r;
        if (!argv[0] || strcmp(argv[0], "list") == 0)
                return list(&phones, json);
        return change(bus, &phones, argv);
}

/* NULL if the words make sense. */
static const char *objection(int n, char *argv[]) {
        if (n == 0 || (n == 1 && strcmp(argv[0], "list") == 0) ||
            (n == 3 && strcmp(argv[0], "rename") == 0) ||
            (n == 2 && strcmp(argv[0], "forget") == 0))
                return NULL;
        return N_("phones: these words make no sense");
}

int command_phones(int argc, char *argv[]) {
        const char *name, *wrong;
        bool json = false;
        int option;

        optind = 0; /* in the GNU way: from the start */
        while ((option = option_next(argc, argv, long_options, help_command, &name)) > 0) {
                if (option == OPTION_HELP) {
                        fputs(words_translate(help), stdout);
                        return flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                }
                json = true;
        }
        if (option < 0)
                return EXIT_USAGE;
        wrong = objection(argc - optind, argv + optind);
        if (wrong) {
                complain("%s; see %s", words_translate(wrong), help_command);
                return EXIT_USAGE;
        }
        return run(argv + optind, json) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
