/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/sealed-memfd.h"
#include "demo-phone.h"
#include "lab-files.h"

enum {
        PIXELS_PER_MODULE = 6,
        OPTION_SIZE = 192,
};

/* ---- the code ------------------------------------------------------------------------------- */

static int make_picture(const QrMatrix *matrix) {
        uint8_t *data;
        size_t n;
        int r;

        r = qr_render_png(matrix, PIXELS_PER_MODULE, &data, &n);
        if (r < 0)
                return r;
        r = sealed_memfd("hybridctl-code", data, n);
        secret_free(data, n);
        return r;
}

static void forget_code(DemoPhone *phone) {
        secret_erase(phone->text, sizeof(phone->text));
        if (phone->picture_fd > 0)
                close(phone->picture_fd);
        phone->picture_fd = -1;
}

int demo_phone_take_code(DemoPhone *phone, const char *text, const QrMatrix *matrix) {
        forget_code(phone);
        phone->picture_fd = make_picture(matrix);
        if (phone->picture_fd < 0)
                return phone->picture_fd;
        snprintf(phone->text, sizeof(phone->text), "%s", text);
        return 0;
}

/* A pipe that holds the text already. */
static int make_text_pipe(const DemoPhone *phone) {
        size_t n = strlen(phone->text);
        int fds[2];
        ssize_t k;

        if (pipe(fds) < 0)
                return -errno;
        k = write(fds[1], phone->text, n);
        close(fds[1]);
        if (k != (ssize_t)n) {
                close(fds[0]);
                return -EIO;
        }
        return fds[0];
}

/* ---- the program ---------------------------------------------------------------------------- */

static void on_line(void *userdata, const char *line) {
        _cleanup_(json_decrefp) json_t *json = json_loads(line, 0, NULL);
        const char *event = json_string_value(json_object_get(json, "event"));
        DemoPhone *phone = userdata;

        if (!event)
                return;
        if (strcmp(event, "scanned") == 0) {
                phone->scanned = true;
                forget_code(phone);
        }
        phone->event(phone->userdata, event);
}

static void on_ended(void *userdata) {
        DemoPhone *phone = userdata;
        char why[128];
        int r;

        if (phone->child.code == 0)
                return;

        /* It may have been built without what reads pictures. */
        if (!phone->scanned && !phone->got_text) {
                phone->got_text = true;
                r = demo_phone_scan(phone);
                if (r >= 0)
                        return;
        }
        child_describe_end(&phone->child, why, sizeof(why));
        phone->failed(phone->userdata, why);
}

static int start(DemoPhone *phone, const char *const *arguments, int code_fd) {
        const Lab *lab = phone->lab;
        int log_fd, line_fd = -1, r;

        log_fd = lab_open_log(lab, LAB_PHONE_LOG);
        if (log_fd < 0)
                return log_fd;
        line_reader_close(&phone->lines);
        r = line_reader_open(&phone->lines, lab->params.event, &line_fd, on_line, phone);
        if (r >= 0) {
                const ChildParams params = {
                        .name = "hybrid-phone",
                        .arguments = arguments,
                        .stdin_fd = phone->got_text ? code_fd : -1,
                        .stdout_fd = line_fd,
                        .stderr_fd = log_fd,
                        .extra_fd = phone->got_text ? -1 : code_fd,
                        .ended = on_ended,
                        .userdata = phone,
                };

                r = child_start(&phone->child, lab->params.event, &params);
                close(line_fd);
        }
        close(log_fd);
        return r;
}

/* Real phones give none; the one that is nobody's copy shows that its signature is checked. */
static const char *attestation(const DemoPhone *phone) {
        return strcmp(phone->profile, "plain") == 0 ? "--attestation=self" : "--attestation=none";
}

/* What both ways of running it need to know, each "--option=value". */
typedef struct Places {
        char radio[OPTION_SIZE], store[OPTION_SIZE], ca[OPTION_SIZE], address[OPTION_SIZE];
        char profile[OPTION_SIZE];
} Places;

static void find_places(const DemoPhone *phone, Places *ret) {
        const Lab *lab = phone->lab;

        snprintf(ret->radio, OPTION_SIZE, "--ble=loopback:%s/" LAB_ETHER, lab->folder);
        snprintf(ret->store, OPTION_SIZE, "--store=%s/" LAB_PHONE_STORE, lab->folder);
        snprintf(ret->ca, OPTION_SIZE, "--ca=%s/" LAB_CA, lab->folder);
        snprintf(ret->address, OPTION_SIZE, "--connect=%s", lab->tunnel_address);
        snprintf(ret->profile, OPTION_SIZE, "--profile=%s", phone->profile);
}

int demo_phone_scan(DemoPhone *phone) {
        char picture[OPTION_SIZE];
        Places places;
        const char *const arguments[] = {
                phone->lab->programs.phone,
                "scan",
                "--json",
                "--approve=yes",
                attestation(phone),
                phone->links ? "--link=first" : "--link=no",
                places.radio,
                places.store,
                places.ca,
                places.address,
                places.profile,
                phone->got_text ? "--qr-file=-" : picture,
                NULL,
        };
        int code_fd, r;

        find_places(phone, &places);
        snprintf(picture, OPTION_SIZE, "--qr-png=/dev/fd/%d", CHILD_EXTRA_FD);

        code_fd = phone->got_text ? make_text_pipe(phone) : dup(phone->picture_fd);
        if (code_fd < 0)
                return phone->got_text ? code_fd : -errno;
        r = start(phone, arguments, code_fd);
        close(code_fd);
        return r;
}

int demo_phone_wait(DemoPhone *phone) {
        Places places;
        const char *const arguments[] = {
                phone->lab->programs.phone,
                "wait",
                "--json",
                "--approve=yes",
                places.radio,
                places.store,
                places.ca,
                places.address,
                places.profile,
                NULL,
        };

        find_places(phone, &places);
        phone->picture_fd = -1;
        phone->scanned = true;
        return start(phone, arguments, -1);
}

bool demo_phone_is_running(const DemoPhone *phone) {
        return phone->child.pid != 0 && !phone->child.ended;
}

void demo_phone_done(DemoPhone *phone) {
        child_end(&phone->child);
        line_reader_close(&phone->lines);
        forget_code(phone);
}
