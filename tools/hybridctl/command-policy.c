/* SPDX-License-Identifier: MIT */

/*
 * `hybridctl policy show` tells what the administrator allows, `hybridctl policy check` what is wrong
 * with a file. Both read with the code of hybridd, and ask nobody.
 */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "ceremony/aaguid-name.h"
#include "command.h"
#include "daemon/policy/policy-file.h"
#include "json-line.h"
#include "policy-rules.h"
#include "tools/common/complain.h"
#include "tools/common/option.h"
#include "tools/common/output.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

enum {
        EXIT_USAGE = 2,
};

enum {
        OPTION_JSON = 256,
        OPTION_FOLDER,
        OPTION_HELP,
};

static const struct option long_options[] = {
        { "json", no_argument, NULL, OPTION_JSON },
        { "folder", required_argument, NULL, OPTION_FOLDER },
        { "help", no_argument, NULL, OPTION_HELP },
        {},
};

static const char help_command[] = "hybridctl policy --help";

static const char help[] =
        N_("Usage: hybridctl policy show [--json] [--folder=FOLDER]\n"
           "       hybridctl policy check [--json] FILE\n"
           "\n"
           "Shows what the administrator of this computer allows, and from which files that\n"
           "comes; or says what is wrong with a file, before it is put in place.\n"
           "\n"
           "  --folder=FOLDER     show the policy of this folder, not that of the system\n"
           "  --json              as JSON, one object\n"
           "  --help              show this\n"
           "\n"
           "See hybridd-policy.conf(5).\n");

typedef struct PolicyOptions {
        bool json;
        const char *folder;
        bool folder_given;
        const char *command; /* "show", "check" */
        const char *file;
} PolicyOptions;

/* ---- as JSON -------------------------------------------------------------------------------- */

static int add_place(json_t *object, PolicyPlace place) {
        if (json_object_set_new(object, "path", json_string(place.path)) < 0)
                return -ENOMEM;
        if (place.line == 0)
                return 0;
        return json_object_set_new(object, "line", json_integer(place.line)) < 0 ? -ENOMEM : 0;
}

/* Takes the object, which may be NULL. */
static int append_placed(json_t *array, json_t *object, PolicyPlace place) {
        if (!object || add_place(object, place) < 0) {
                json_decref(object);
                return -ENOMEM;
        }
        return json_array_append_new(array, object) < 0 ? -ENOMEM : 0;
}

static int append_files(json_t *array, const Policy *policy) {
        for (size_t i = 0; i < policy->n_files; i++) {
                const PolicyFile *file = &policy->files[i];
                json_t *object = file->ignored ? json_pack("{s:s}", "ignored", file->ignored)
                                               : json_object();

                if (append_placed(array, object, (PolicyPlace){ file->path, 0 }) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int append_problems(json_t *array, const Policy *policy) {
        for (size_t i = 0; i < policy->n_problems; i++)
                if (append_placed(array, json_pack("{s:s}", "problem", policy->problems[i].text),
                                  policy->problems[i].place) < 0)
                        return -ENOMEM;
        return 0;
}

static int append_rules(json_t *array, const PolicyRules *rules) {
        for (size_t i = 0; i < rules->n; i++) {
                const PolicyRule *rule = &rules->rules[i];
                json_t *object = json_pack("{s:s, s:s, s:s}", "section", rule->section, "key",
                                           rule->key, "value", rule->value);

                if (append_placed(array, object, rule->place) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int print_json(const Policy *policy, const PolicyRules *rules) {
        json_t *object = json_event("policy"), *files = json_array(), *problems = json_array(),
               *list = json_array();
        int r = -ENOMEM;

        if (object && files && problems && list)
                r = append_files(files, policy);
        if (r >= 0)
                r = append_problems(problems, policy);
        if (r >= 0)
                r = append_rules(list, rules);
        if (r >= 0 &&
            (json_object_set(object, "files", files) < 0 ||
             json_object_set_new(object, "broken", json_boolean(policy->n_problems > 0)) < 0 ||
             json_object_set(object, "problems", problems) < 0 ||
             json_object_set(object, "rules", list) < 0))
                r = -ENOMEM;
        json_decref(files);
        json_decref(problems);
        json_decref(list);
        if (r < 0) {
                json_decref(object);
                return complain_oom();
        }
        return json_line(object);
}

/* ---- for people ----------------------------------------------------------------------------- */

static void print_files(const Policy *policy) {
        if (policy->n_files == 0)
                puts(words_translate("No file: nothing is restricted."));
        for (size_t i = 0; i < policy->n_files; i++)
                printf("%s%s%s\n", policy->files[i].path,
                       policy->files[i].ignored
                               ? /* Translators: behind a file name; the reason follows. */
                               words_translate(": IGNORED, ")
                               : "",
                       policy->files[i].ignored ? policy->files[i].ignored : "");
}

static void print_problems(const Policy *policy) {
        char place[POLICY_PLACE_SIZE];

        if (policy->n_problems == 0)
                return;
        printf("\n%s\n", words_translate("Nothing is allowed before this is mended:"));
        for (size_t i = 0; i < policy->n_problems; i++) {
                policy_place_text(policy->problems[i].place, place);
                printf("  %s: %s\n", place, policy->problems[i].text);
        }
}

static void print_rule(const PolicyRule *rule) {
        bool is_aaguid = strcmp(rule->key, "allow-aaguid") == 0;
        const char *name = is_aaguid ? aaguid_text_name(rule->value) : "";
        char place[POLICY_PLACE_SIZE];

        policy_place_text(rule->place, place);
        printf("  %s = %s%s%s%s\n      (%s)\n", rule->key, rule->value, name[0] ? "  [" : "", name,
               name[0] ? "]" : "", place);
}

static void print_rules(const PolicyRules *rules) {
        const char *section = "";

        for (size_t i = 0; i < rules->n; i++) {
                const PolicyRule *rule = &rules->rules[i];

                if (strcmp(rule->section, section) != 0) {
                        section = rule->section;
                        printf("\n[%s]\n", section);
                        if (strcmp(section, "authenticators") == 0)
                                printf("  %s\n",
                                       words_translate(
                                               "At registrations. Without attestation an AAGUID is "
                                               "what the phone claims, no proof."));
                }
                print_rule(rule);
        }
}

static int print_text_form(const Policy *policy, const PolicyRules *rules) {
        print_files(policy);
        print_problems(policy);
        print_rules(rules);
        return flush_output();
}

/* ---- the commands --------------------------------------------------------------------------- */

static int print_policy(const PolicyOptions *options, const Policy *policy) {
        _cleanup_(policy_rules_done) PolicyRules rules = {};
        int r;

        r = policy_rules_init(&rules, policy);
        if (r < 0)
                return complain_oom();
        return options->json ? print_json(policy, &rules) : print_text_form(policy, &rules);
}

static int show(const PolicyOptions *options) {
        _cleanup_(policy_done) Policy policy = {};
        int r;

        if (options->folder_given && access(options->folder, F_OK) < 0) {
                complain("--folder %s: %s; give a folder with policy.conf or policy.d",
                         options->folder, strerror(errno));
                return EXIT_FAILURE;
        }
        r = policy_read_folder(&policy, options->folder);
        if (r < 0)
                return complain_oom();
        r = print_policy(options, &policy);
        return r < 0 || policy.n_problems > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void complain_problems(const Policy *policy) {
        char place[POLICY_PLACE_SIZE];

        for (size_t i = 0; i < policy->n_problems; i++) {
                policy_place_text(policy->problems[i].place, place);
                complain("%s: %s", place, policy->problems[i].text);
        }
}

static int check(const PolicyOptions *options) {
        _cleanup_(policy_done) Policy policy = {};
        int r;

        r = policy_read_file(&policy, options->file);
        if (r < 0) {
                complain("%s: %s; give a file that can be read", options->file, strerror(-r));
                return EXIT_FAILURE;
        }
        complain_problems(&policy);
        if (options->json)
                r = print_policy(options, &policy);
        else if (policy.n_problems == 0)
                r = print_text(words_translate("There is nothing wrong with it."));
        return r < 0 || policy.n_problems > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the command line ----------------------------------------------------------------------- */

static int fail_usage(const char *what) {
        complain("%s; see %s", words_translate(what), help_command);
        return -EINVAL;
}

static int take_words(char *words[], int n, PolicyOptions *options) {
        options->command = n > 0 ? words[0] : "";
        if (strcmp(options->command, "show") == 0)
                return n == 1 ? 1 : fail_usage(N_("policy show: it takes options only"));
        if (strcmp(options->command, "check") != 0)
                return fail_usage(N_("policy: show or check has to follow"));
        if (options->folder)
                return fail_usage(N_("--folder: it is for policy show"));
        if (n != 2)
                return fail_usage(N_("policy check: one file has to follow"));
        options->file = words[1];
        return 1;
}

/* Returns 1, 0 if it was only a question, or -EINVAL after having complained. */
static int parse(int argc, char *argv[], PolicyOptions *options) {
        const char *name;
        int option;

        while ((option = option_next(argc, argv, long_options, help_command, &name)) > 0)
                switch (option) {
                case OPTION_JSON:
                        options->json = true;
                        break;
                case OPTION_FOLDER:
                        if (optarg[0] != '/')
                                return fail_usage(N_("--folder: it has to be an absolute path"));
                        options->folder = optarg;
                        options->folder_given = true;
                        break;
                case OPTION_HELP:
                        fputs(words_translate(help), stdout);
                        return 0;
                }
        if (option < 0)
                return option;
        return take_words(argv + optind, argc - optind, options);
}

int command_policy(int argc, char *argv[]) {
        PolicyOptions options = {};
        int r;

        r = parse(argc, argv, &options);
        if (r < 0)
                return EXIT_USAGE;
        if (r == 0)
                return flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (!options.folder)
                options.folder = POLICY_FOLDER;
        return options.file ? check(&options) : show(&options);
}
