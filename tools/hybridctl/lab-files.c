/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "daemon/names.h"
#include "lab-files.h"
#include "tools/common/complain.h"

#define TEMPLATE   "/hybridctl-demo-XXXXXX"
#define SERVICES   "services"
#define BUS_SOCKET "bus"
#define CONFIG     "hybridd.conf"

enum {
        N_LOG_LINES = 30,
        N_OPEN_FOLDERS = 8,
};

void lab_file(const Lab *lab, const char *name, char ret[static LAB_FILE_SIZE]) {
        snprintf(ret, LAB_FILE_SIZE, "%s/%s", lab->folder, name);
}

static int complain_file(int r, const char *path) {
        complain("%s: %s; make room, or set TMPDIR to another folder", path, strerror(-r));
        return r;
}

/* ---- the folder ----------------------------------------------------------------------------- */

/* Paths in it become addresses and settings, so it has no characters that mean something there. */
static bool is_usable(const char *path) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789/_.-";

        return path && path[0] == '/' && strspn(path, allowed) == strlen(path) &&
               strlen(path) + sizeof(TEMPLATE) <= LAB_PATH_SIZE;
}

int lab_make_folder(Lab *lab) {
        static const char *const folders[] = { LAB_ETHER, LAB_PHONE_STORE, LAB_KEYS, SERVICES };
        const char *base = getenv("TMPDIR");
        char path[LAB_FILE_SIZE], template[LAB_PATH_SIZE];

        snprintf(template, sizeof(template), "%s" TEMPLATE, is_usable(base) ? base : "/tmp");
        if (!mkdtemp(template))
                return complain_file(-errno, template);
        memcpy(lab->folder, template, sizeof(template));

        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                lab_file(lab, folders[i], path);
                if (mkdir(path, 0700) < 0)
                        return complain_file(-errno, path);
        }
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
        (void)remove(path); /* the next ones go all the same */
        return 0;
}

void lab_remove_folder(Lab *lab) {
        nftw(lab->folder, remove_one, N_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
        lab->folder[0] = '\0';
}

/* ---- settings ------------------------------------------------------------------------------- */

static int write_file(const Lab *lab, const char *name, const char *text) {
        char path[LAB_FILE_SIZE];
        FILE *stream;
        int r = 0;

        lab_file(lab, name, path);
        stream = fopen(path, "wxe");
        if (!stream)
                return complain_file(-errno, path);
        if (fputs(text, stream) == EOF)
                r = -errno;
        if (fclose(stream) == EOF && r >= 0)
                r = -errno;
        return r < 0 ? complain_file(r, path) : 0;
}

/* Takes the text that asprintf() has made, or not. */
static int write_made(const Lab *lab, const char *name, char *text, int n) {
        int r;

        if (n < 0)
                return complain_oom();
        r = write_file(lab, name, text);
        free(text);
        return r;
}

static int write_bus_config(const Lab *lab) {
        char *text = NULL;
        int n;

        n = asprintf(&text,
                     "<busconfig>\n"
                     "  <type>session</type>\n"
                     "  <listen>unix:path=%s/" BUS_SOCKET "</listen>\n"
                     "  <auth>EXTERNAL</auth>\n"
                     "  <servicedir>%s/" SERVICES "</servicedir>\n"
                     "  <policy context=\"default\">\n"
                     "    <allow send_destination=\"*\"/>\n"
                     "    <allow receive_sender=\"*\"/>\n"
                     "    <allow own=\"*\"/>\n"
                     "  </policy>\n"
                     "</busconfig>\n",
                     lab->folder, lab->folder);
        return write_made(lab, LAB_BUS_CONFIG, text, n);
}

/* In quotes, as the bus takes a command apart like a shell. */
static void quote(const char *path, char *ret) {
        char *p = ret;

        *p++ = '"';
        for (; *path; path++) {
                if (strchr("\"\\$`", *path))
                        *p++ = '\\';
                *p++ = *path;
        }
        *p++ = '"';
        *p = '\0';
}

static int write_service(const Lab *lab) {
        char quoted[2 * PROGRAM_PATH_SIZE + 3], *text = NULL;
        int n;

        quote(lab->programs.hybridd, quoted);
        n = asprintf(&text,
                     "[D-BUS Service]\n"
                     "Name=" BUS_NAME "\n"
                     "Exec=%s --allow-test-config --config=%s/" CONFIG " --log-level=%s\n",
                     quoted, lab->folder, lab->params.log_level);
        return write_made(lab, SERVICES "/" BUS_NAME ".service", text, n);
}

/* The names of the tunnel services that phones use lead to ours. */
static int write_daemon_config(const Lab *lab) {
        char *text = NULL;
        int n;

        n = asprintf(&text,
                     "[bluetooth]\n"
                     "backend = loopback\n"
                     "loopback-dir = %s/" LAB_ETHER "\n"
                     "\n"
                     "[proxy]\n"
                     "url = direct\n"
                     "\n"
                     "[test]\n"
                     "callers = any\n"
                     "resolve = cable.ua5v.com=%s\n"
                     "resolve = cable.auth.com=%s\n"
                     "ca-file = %s/" LAB_CA "\n"
                     "policy-folder = %s/policy\n"
                     "journal-socket = %s/journal\n",
                     lab->folder, lab->tunnel_address, lab->tunnel_address, lab->folder,
                     lab->folder, lab->folder);
        return write_made(lab, CONFIG, text, n);
}

int lab_write_config(Lab *lab) {
        int r;

        r = write_bus_config(lab);
        if (r >= 0)
                r = write_service(lab);
        if (r >= 0)
                r = write_daemon_config(lab);
        return r;
}

/* ---- logs ----------------------------------------------------------------------------------- */

int lab_open_log(const Lab *lab, const char *name) {
        char path[LAB_FILE_SIZE];
        int fd;

        lab_file(lab, name, path);
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd;
}

static size_t count_lines(FILE *stream) {
        char line[LINE_SIZE_MAX];
        size_t n = 0;

        while (fgets(line, sizeof(line), stream))
                n++;
        rewind(stream);
        return n;
}

static void show_log(const Lab *lab, const char *name) {
        char path[LAB_FILE_SIZE], line[LINE_SIZE_MAX];
        FILE *stream;
        size_t n;

        lab_file(lab, name, path);
        stream = fopen(path, "re");
        if (!stream)
                return;
        n = count_lines(stream);
        if (n > 0)
                fprintf(stderr, "The end of %s:\n", name);
        for (size_t i = 0; fgets(line, sizeof(line), stream); i++)
                if (i + N_LOG_LINES >= n)
                        fprintf(stderr, "    %s%s", line, strchr(line, '\n') ? "" : "\n");
        fclose(stream);
}

void lab_show_logs(const Lab *lab) {
        static const char *const names[] = { LAB_BUS_LOG, LAB_TUNNEL_LOG, LAB_PHONE_LOG };

        for (size_t i = 0; i < ELEMENTSOF(names) && lab->folder[0] != '\0'; i++)
                show_log(lab, names[i]);
}
