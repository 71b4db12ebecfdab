/* SPDX-License-Identifier: MIT */

/*
 * A file of settings of whatever bytes: what is read has the shape that hybridd relies on. The first
 * byte says whether settings for tests are allowed.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "daemon/config.h"
#include "daemon/proxy-settings.h"
#include "fuzz.h"

static bool is_one_of(const char *text, const char *a, const char *b, const char *c) {
        return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

static void check_settings(const Config *config) {
        check(is_one_of(config->scan, "auto", "active", "passive"));
        check(config->adapter[0] == '\0' || strncmp(config->adapter, "hci", 3) == 0);
        check(strlen(config->adapter) <= 8);
        check(config->idle_exit_usec <= 24ULL * 3600 * 1000000);
        check(config->proxy[0] == '\0' || !proxy_settings_check(config->proxy));
        check(config->root[0] == '/' && config->policy_folder[0] == '/');
        check(config->extra_ca_file[0] == '\0' || config->extra_ca_file[0] == '/');
        if (!config->allow_test) {
                /* What would let anybody in. */
                check(!config->any_caller && config->resolve[0] == '\0' &&
                      config->ca_file[0] == '\0');
                check(strcmp(config->root, "/") == 0 &&
                      strcmp(config->ble_backend, "loopback") != 0);
                check(strcmp(config->prompt_program, "any") != 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        bool allow_test = fuzz_u8(&input) & 1;
        Config config;
        char path[64];
        int fd, r;

        log_set_level((LogLevel)(LOG_LEVEL_ERROR - 1)); /* nothing */
        fd = memfd_create("settings", MFD_CLOEXEC);
        check(fd >= 0);
        check(write(fd, input.data, input.n) == (ssize_t)input.n);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

        check(config_init(&config) == 0);
        config.allow_test = allow_test;
        r = config_read_file(&config, path);
        check(r == 0 || r == -EINVAL);
        if (r == 0)
                check_settings(&config);
        config_done(&config);
        close(fd);
        return 0;
}
