/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/proxy-settings.h"
#include "io/tunnel/proxy.h"

#define DIRECT "direct"

enum {
        /* Both go into one packet of the link, with a request. */
        URL_LENGTH_MAX = 1024,
        LIST_LENGTH_MAX = 8192,
};

const char *proxy_settings_check(const char *url) {
        const char *problem;
        Proxy proxy = {};

        if (strcmp(url, DIRECT) == 0)
                return NULL;
        if (!strstr(url, "://"))
                return "must be like http://proxy.example.com:3128, or \"direct\" for none";
        if (strlen(url) > URL_LENGTH_MAX)
                return "too long";

        problem = proxy_parse(url, &proxy);
        proxy_done(&proxy);
        return problem;
}

static bool has_password(const char *url) {
        Proxy proxy = {};
        bool has = !proxy_parse(url, &proxy) && proxy.credentials[0] != '\0';

        proxy_done(&proxy);
        return has;
}

void proxy_settings_warn_of_readers(const char *url, const char *path) {
        struct stat info;

        if (has_password(url) && stat(path, &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)))
                log_warning("%s: [proxy] url: has a password, and others can read this file; "
                            "chmod 600 it",
                            path);
}

/* The first variable that is there and not empty. */
static const char *from_environment(const char *const *names, const char **ret_name) {
        for (; *names; names++) {
                const char *value = getenv(*names);

                if (value && value[0] != '\0') {
                        *ret_name = *names;
                        return value;
                }
        }
        return NULL;
}

static int replace(char **variable, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        secret_free(*variable, strlen(*variable));
        *variable = copy;
        return 0;
}

static int complete_url(Config *config) {
        static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                             NULL };
        const char *name, *problem, *url = from_environment(names, &name);

        if (!url)
                return 0;
        problem = proxy_settings_check(url);
        if (problem)
                log_warning("%s: %s", name, problem);

        /* Kept, wrong or not: where a proxy is ordered, to go without is not ours to decide. */
        return replace(&config->proxy, strlen(url) > URL_LENGTH_MAX ? "too-long://" : url);
}

static int complete_list(Config *config) {
        static const char *const names[] = { "no_proxy", "NO_PROXY", NULL };
        const char *name, *list = from_environment(names, &name);

        if (!list)
                return 0;
        if (strlen(list) > LIST_LENGTH_MAX) {
                log_warning("%s: too long, ignored", name);
                return 0;
        }
        return replace(&config->no_proxy, list);
}

int proxy_settings_complete(Config *config) {
        int r = 0;

        if (strcmp(config->proxy, DIRECT) == 0)
                return replace(&config->proxy, "");

        if (config->proxy[0] == '\0')
                r = complete_url(config);
        if (r >= 0 && config->no_proxy[0] == '\0')
                r = complete_list(config);
        return r;
}
