/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/ca-file.h"
#include "daemon/audit.h"
#include "daemon/caller/caller-table.h"
#include "daemon/config.h"
#include "daemon/policy/policy-file.h"
#include "daemon/proxy-settings.h"
#include "io/radio/ble.h"

#define USEC_PER_SEC          1000000ULL
#define DEFAULT_IDLE_EXIT_SEC 30
#define IDLE_EXIT_MAX_SEC     (24 * 3600)
#define ADAPTER_SIZE_MAX      8

/* One file while it is read. */
typedef struct Reader {
        Config *config;
        const char *path;
        FILE *file;
        unsigned line;     /* that was read last */
        bool inside;       /* of a line, whose rest was too long */
        char problem[256]; /* of the first line that is wrong */
} Reader;

typedef struct Key {
        const char *section;
        const char *name;
        /* Returns NULL, or what is wrong with the value. */
        const char *(*set)(Config *config, const char *value);
} Key;

static const char *replace(char **variable, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return "out of memory";
        free(*variable);
        *variable = copy;
        return NULL;
}

/* Lists may be given in several lines. */
static const char *append(char **variable, const char *value) {
        char *joined;

        if (asprintf(&joined, "%s%s%s", *variable, (*variable)[0] ? " " : "", value) < 0)
                return "out of memory";
        free(*variable);
        *variable = joined;
        return NULL;
}

static const char *set_bool(bool *variable, const char *value) {
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
                return "must be yes or no";
        *variable = strcmp(value, "yes") == 0;
        return NULL;
}

static const char *set_ble_backend(Config *config, const char *value) {
        if (strcmp(value, "auto") != 0 && !ble_backend_by_name(value))
                return "must be auto, bluez, hci (if built with it), loopback or none";
        if (strcmp(value, ble_loopback.name) == 0 && !config->allow_test)
                return "loopback is for tests: it needs --allow-test-config";
        return replace(&config->ble_backend, value);
}

static const char *set_adapter(Config *config, const char *value) {
        if (strncmp(value, "hci", 3) != 0 || value[3] == '\0' ||
            value[3 + strspn(value + 3, "0123456789")] != '\0' || strlen(value) > ADAPTER_SIZE_MAX)
                return "must be an adapter such as hci0";
        return replace(&config->adapter, value);
}

static const char *set_scan(Config *config, const char *value) {
        if (strcmp(value, "auto") != 0 && strcmp(value, "active") != 0 &&
            strcmp(value, "passive") != 0)
                return "must be auto, active or passive";
        return replace(&config->scan, value);
}

static const char *set_turn_off_again(Config *config, const char *value) {
        return set_bool(&config->turn_off_again, value);
}

static const char *set_loopback_dir(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->loopback_dir, value) : "must be an absolute path";
}

static const char *set_connect_ahead(Config *config, const char *value) {
        return append(&config->connect_ahead, value);
}

static const char *set_extra_ca_file(Config *config, const char *value) {
        const char *problem = ca_file_check(value);

        return problem ? problem : replace(&config->extra_ca_file, value);
}

static const char *set_proxy(Config *config, const char *value) {
        const char *problem = proxy_settings_check(value);

        if (problem)
                return problem;
        config->proxy_was_read = true;
        secret_erase(config->proxy, strlen(config->proxy));
        return replace(&config->proxy, value);
}

static const char *set_no_proxy(Config *config, const char *value) {
        return append(&config->no_proxy, value);
}

static const char *set_allow_localhost(Config *config, const char *value) {
        return set_bool(&config->allow_localhost, value);
}

static const char *set_related_origins(Config *config, const char *value) {
        return set_bool(&config->related_origins, value);
}

static const char *set_unknown_callers(Config *config, const char *value) {
        if (strcmp(value, "refuse") != 0 && strcmp(value, "ask") != 0)
                return "must be refuse or ask";
        config->ask_unknown_callers = strcmp(value, "ask") == 0;
        return NULL;
}

static const char *set_idle_exit(Config *config, const char *value) {
        unsigned long seconds;
        char *end;

        errno = 0;
        seconds = strtoul(value, &end, 10);
        if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 ||
            seconds > IDLE_EXIT_MAX_SEC)
                return "must be a number of seconds, at most 86400; 0 for never";
        config->idle_exit_usec = seconds * USEC_PER_SEC;
        return NULL;
}

static const char *set_phone_store(Config *config, const char *value) {
        bool in_service = strcmp(value, "secret-service") == 0;

        if (!in_service && strcmp(value, "file") != 0)
                return "must be file or secret-service";
        if (in_service && !WITH_SECRET_SERVICE)
                return "secret-service: this hybridd was built without it; use file";
        config->phones_in_secret_service = in_service;
        return NULL;
}

static const char *set_callers(Config *config, const char *value) {
        if (strcmp(value, "any") != 0)
                return "must be any";
        config->any_caller = true;
        return NULL;
}

static const char *set_callers_vendor_folder(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->callers_vendor_folder, value)
                               : "must be an absolute path";
}

static const char *set_callers_admin_folder(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->callers_admin_folder, value)
                               : "must be an absolute path";
}

static const char *set_resolve(Config *config, const char *value) {
        return append(&config->resolve, value);
}

static const char *set_ca_file(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->ca_file, value) : "must be an absolute path";
}

static const char *set_root(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->root, value) : "must be an absolute path";
}

static const char *set_policy_folder(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->policy_folder, value)
                               : "must be an absolute path";
}

static const char *set_journal_socket(Config *config, const char *value) {
        return value[0] == '/' ? replace(&config->journal_socket, value)
                               : "must be an absolute path";
}

static const char *set_prompt_program(Config *config, const char *value) {
        return value[0] == '/' || strcmp(value, "any") == 0
                       ? replace(&config->prompt_program, value)
                       : "must be an absolute path, or any";
}

static const Key keys[] = {
        { "bluetooth", "adapter", set_adapter },
        { "bluetooth", "backend", set_ble_backend },
        { "bluetooth", "loopback-dir", set_loopback_dir },
        { "bluetooth", "scan", set_scan },
        { "bluetooth", "turn-off-again", set_turn_off_again },
        { "tunnel", "ca-file", set_extra_ca_file },
        { "tunnel", "connect-ahead", set_connect_ahead },
        { "proxy", "no-proxy", set_no_proxy },
        { "proxy", "url", set_proxy },
        { "requests", "allow-localhost", set_allow_localhost },
        { "requests", "related-origins", set_related_origins },
        { "requests", "unknown-callers", set_unknown_callers },
        { "daemon", "idle-exit", set_idle_exit },
        { "daemon", "phone-store", set_phone_store },
        { "test", "callers", set_callers },
        { "test", "callers-vendor-folder", set_callers_vendor_folder },
        { "test", "callers-admin-folder", set_callers_admin_folder },
        { "test", "resolve", set_resolve },
        { "test", "ca-file", set_ca_file },
        { "test", "policy-folder", set_policy_folder },
        { "test", "journal-socket", set_journal_socket },
        { "test", "prompt-program", set_prompt_program },
        { "test", "root", set_root },
};

static const Key *find_key(const char *section, const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

/* What inih reads with: fgets() that counts. */
static char *read_line(char *text, int size, void *userdata) {
        Reader *reader = userdata;
        char *read;

        read = fgets(text, size, reader->file);
        if (!read)
                return NULL;
        if (!reader->inside)
                reader->line++;
        reader->inside = !strchr(text, '\n');
        return read;
}

/* What inih calls for each line; 0 marks the line as wrong. */
static int on_key(void *userdata, const char *section, const char *name, const char *value) {
        Reader *reader = userdata;
        const Key *key = find_key(section, name);
        const char *problem;

        if (!key) {
                /* Perhaps a newer version knows it. */
                log_warning("%s:%u: [%s] %s: unknown key, ignored", reader->path, reader->line,
                            section, name);
                reader->config->n_unknown_keys++;
                return 1;
        }
        if (strcmp(section, "test") == 0 && !reader->config->allow_test)
                problem = "only honoured with --allow-test-config";
        else
                problem = key->set(reader->config, value);
        if (!problem)
                return 1;

        if (reader->problem[0] == '\0')
                snprintf(reader->problem, sizeof(reader->problem), "[%s] %s: %s", section, name,
                         problem);
        return 0;
}

int config_read_file(Config *config, const char *path) {
        Reader reader = { .config = config, .path = path };
        int line;

        reader.file = fopen(path, "re");
        if (!reader.file)
                return -errno;
        config->proxy_was_read = false;
        line = ini_parse_stream(read_line, &reader, on_key, &reader);
        if (ferror(reader.file))
                line = -1;
        fclose(reader.file);
        if (line < 0)
                return line == -1 ? -EIO : -ENOMEM;
        if (line > 0) {
                log_error("%s:%d: %s", path, line,
                          reader.problem[0] ? reader.problem
                                            : "neither a section nor \"name = value\", or longer "
                                              "than 199 characters");
                return -EINVAL;
        }

        if (config->proxy_was_read)
                proxy_settings_warn_of_readers(config->proxy, path);
        return 0;
}

/* The administrator's policy stands beside the settings, but is none of them. */
static bool is_policy(const char *path) {
        if (strcmp(strrchr(path, '/'), "/policy.conf") != 0)
                return false;
        if (strcmp(path, POLICY_FOLDER "/policy.conf") != 0)
                log_warning("%s is ignored: policy is read from " POLICY_FOLDER " only", path);
        return true;
}

/* To open a pipe would wait for who writes to it. */
static bool is_file(const char *path) {
        struct stat st;

        if (stat(path, &st) < 0 || S_ISREG(st.st_mode)) /* the first is told when it is opened */
                return true;
        log_error("%s: is no file", path);
        return false;
}

static int read_folder(Config *config, const char *folder) {
        glob_t files = {};
        char *pattern;
        int r = 0;

        if (asprintf(&pattern, "%s/*.conf", folder) < 0)
                return -ENOMEM;

        if (glob(pattern, 0, NULL, &files) == 0)
                for (size_t i = 0; i < files.gl_pathc && r >= 0; i++)
                        if (!is_policy(files.gl_pathv[i]))
                                r = is_file(files.gl_pathv[i])
                                            ? config_read_file(config, files.gl_pathv[i])
                                            : -EINVAL;
        globfree(&files);
        free(pattern);
        return r;
}

static int read_user_folder(Config *config) {
        const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        char *folder;
        int r;

        if (base && base[0] == '/')
                r = asprintf(&folder, "%s/hybridd", base);
        else if (home && home[0] == '/')
                r = asprintf(&folder, "%s/.config/hybridd", home);
        else
                return 0;
        if (r < 0)
                return -ENOMEM;

        r = read_folder(config, folder);
        free(folder);
        return r;
}

int config_read_default_files(Config *config) {
        int r;

        r = read_folder(config, "/usr/lib/hybridd");
        if (r >= 0)
                r = read_folder(config, "/etc/hybridd");
        if (r >= 0)
                r = read_user_folder(config);
        return r;
}

int config_init(Config *config) {
        *config = (Config){
                .ble_backend = strdup("auto"),
                .adapter = strdup(""),
                .scan = strdup("auto"),
                .loopback_dir = strdup(""),
                .connect_ahead = strdup(""),
                .extra_ca_file = strdup(""),
                .proxy = strdup(""),
                .no_proxy = strdup(""),
                .related_origins = true,
                .callers_vendor_folder = strdup(CALLERS_VENDOR_FOLDER),
                .callers_admin_folder = strdup(CALLERS_ADMIN_FOLDER),
                .resolve = strdup(""),
                .ca_file = strdup(""),
                .policy_folder = strdup(POLICY_FOLDER),
                .journal_socket = strdup(JOURNAL_SOCKET),
                .prompt_program = strdup(PROMPT_PROGRAM),
                .root = strdup("/"),
                .idle_exit_usec = DEFAULT_IDLE_EXIT_SEC * USEC_PER_SEC,
        };

        if (!config->extra_ca_file || !config->proxy || !config->no_proxy || !config->ble_backend ||
            !config->adapter || !config->scan || !config->loopback_dir || !config->connect_ahead ||
            !config->callers_vendor_folder || !config->callers_admin_folder || !config->resolve ||
            !config->ca_file || !config->root || !config->policy_folder ||
            !config->journal_socket || !config->prompt_program) {
                config_done(config);
                return -ENOMEM;
        }
        return 0;
}

void config_done(Config *config) {
        free(config->ble_backend);
        free(config->adapter);
        free(config->scan);
        free(config->loopback_dir);
        free(config->connect_ahead);
        free(config->extra_ca_file);
        secret_free(config->proxy, config->proxy ? strlen(config->proxy) : 0);
        free(config->no_proxy);
        free(config->callers_vendor_folder);
        free(config->callers_admin_folder);
        free(config->resolve);
        free(config->ca_file);
        free(config->root);
        free(config->policy_folder);
        free(config->journal_socket);
        free(config->prompt_program);
        *config = (Config){};
}
