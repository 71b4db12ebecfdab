/* SPDX-License-Identifier: MIT */

/*
 * The tunnel as a module: this program links none of it.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/channel-load.h"
#include "unit.h"

static bool is_mapped(const char *part) {
        FILE *file = fopen("/proc/self/maps", "re");
        char line[1024];
        bool found = false;

        while (!found && fgets(line, sizeof(line), file))
                found = strstr(line, part);
        fclose(file);
        return found;
}

typedef struct Outcome {
        unsigned n_up, n_down;
        HybridChannelError error;
} Outcome;

static void on_up(void *userdata, const char *routing_id) {
        ((Outcome *)userdata)->n_up++;
}

static void on_message(void *userdata, const uint8_t *data, size_t n) {
}

static void on_down(void *userdata, const HybridChannelError *why) {
        Outcome *outcome = userdata;

        outcome->n_down++;
        outcome->error = *why;
}

START_TEST(test_load) {
        static const ChannelEvents events = { on_up, on_message, on_down };
        char *resolve[] = { "tunnel.test=127.0.0.1:1", NULL };
        const NetworkOptions network = { .resolve = resolve };
        const ChannelBackend *backend = NULL, *again = NULL;
        Outcome outcome = {};
        const ChannelOptions options = { .url = "wss://tunnel.test/",
                                         .network = &network,
                                         .events = &events,
                                         .userdata = &outcome };
        Channel *channel = NULL;
        sd_event *event = NULL;

        ck_assert(!is_mapped("libwebsockets"));
        ck_assert(!is_mapped("libssl"));
        ck_assert_int_eq(channel_backend_load(&backend, MODULE_DIR), 0);
        ck_assert_str_eq(backend->name, "tunnel");
        ck_assert(is_mapped("libwebsockets"));
        ck_assert_int_eq(channel_backend_load(&again, MODULE_DIR "/"), 0);
        ck_assert_ptr_eq(again, backend);

        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(backend->open(&channel, event, &options), 0);
        while (outcome.n_down == 0)
                ck_assert_int_ge(sd_event_run(event, 1000000), 0);
        ck_assert_int_eq(outcome.error.fault, HYBRID_CHANNEL_UNREACHABLE);
        ck_assert_uint_eq(outcome.n_up, 0);
        channel_free(channel);
        sd_event_unref(event);
}
END_TEST

static void make_file(char *dir, const char *text) {
        char path[128];
        FILE *file;

        ck_assert_ptr_nonnull(mkdtemp(dir));
        snprintf(path, sizeof(path), "%s/" CHANNEL_MODULE_NAME, dir);
        file = fopen(path, "we");
        fputs(text, file);
        fclose(file);
}

static void remove_file(const char *dir) {
        char path[128];

        snprintf(path, sizeof(path), "%s/" CHANNEL_MODULE_NAME, dir);
        unlink(path);
        rmdir(dir);
}

START_TEST(test_not_there) {
        char dir[] = "/tmp/hybrid-module-XXXXXX", long_path[8192];
        const ChannelBackend *backend = NULL;

        ck_assert_int_eq(channel_backend_load(&backend, "/nonexistent"), -ENOENT);
        memset(long_path, 'x', sizeof(long_path));
        long_path[sizeof(long_path) - 1] = '\0';
        ck_assert_int_eq(channel_backend_load(&backend, long_path), -ENAMETOOLONG);

        make_file(dir, "not a module");
        ck_assert_int_eq(channel_backend_load(&backend, dir), -ELIBBAD);
        remove_file(dir);
        ck_assert_ptr_null(backend);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("load", &tcase);

        tcase_add_test(tcase, test_load);
        tcase_add_test(tcase, test_not_there);
        return unit_run(suite);
}
