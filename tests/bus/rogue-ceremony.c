/* SPDX-License-Identifier: MIT */

/*
 * A ceremony that somebody has taken over. hybridd loads it in place of the true one; the first label of a
 * request's origin says what it is to do: https://ACT.example.com.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ceremony/link.h"
#include "ceremony/run.h"
#include "ceremony/sealed-memfd.h"

typedef struct Rogue {
        sd_event *event;
        Link *link;
        char origin[128];
} Rogue;

static void send_fd(Rogue *rogue, LinkType type, int fd) {
        if (type == LINK_DONE)
                (void)link_send_fd(rogue->link, type, fd, "", "", "tunnel", "host", "no", "no",
                                   NULL);
        else
                (void)link_send_fd(rogue->link, type, fd, NULL);
        close(fd);
}

static void accept_site_until(Rogue *rogue, const char *rp_id, const char *origin,
                              uint64_t seconds) {
        struct timespec now;
        char text[32];

        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(text, sizeof(text), "%" PRIu64, ((uint64_t)now.tv_sec + seconds) * 1000000);
        (void)link_send(rogue->link, LINK_ACCEPTED, rp_id, origin, text, NULL);
}

static void accept_until(Rogue *rogue, uint64_t seconds) {
        accept_site_until(rogue, "example.com", rogue->origin, seconds);
}

static void accept_request(Rogue *rogue) {
        accept_until(rogue, 200);
}

static int fifo(int flags) {
        char path[] = "/tmp/rogue-XXXXXX";
        int fd;

        if (!mkdtemp(path))
                return -1;
        (void)rmdir(path);
        if (mkfifo(path, 0600) < 0)
                return -1;
        fd = open(path, flags | O_CLOEXEC);
        (void)unlink(path);
        return fd;
}

static int open_memfd(void) {
        int fd = memfd_create("rogue", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        (void)!write(fd, "FIDO:/1", 7);
        return fd;
}

static int large_memfd(size_t n) {
        char *text = malloc(n);
        int fd;

        memset(text, 'x', n);
        fd = sealed_memfd("rogue", text, n);
        free(text);
        return fd;
}

/* ---- what it does --------------------------------------------------------------------------- */

static void accepts_another_origin(Rogue *rogue) {
        accept_site_until(rogue, "example.com", "https://login.example.com", 200);
}

static void accepts_half_an_origin(Rogue *rogue) {
        accept_site_until(rogue, "example.co", "https://accepts-half-an-origin.example.co", 200);
}

static void accepts_another_site(Rogue *rogue) {
        accept_site_until(rogue, "another.example", rogue->origin, 200);
}

static void accepts_half_a_label(Rogue *rogue) {
        accept_site_until(rogue, "ample.com", rogue->origin, 200);
}

static void accepts_no_site(Rogue *rogue) {
        accept_site_until(rogue, "", rogue->origin, 200);
}

static void accepts_twice(Rogue *rogue) {
        accept_request(rogue);
        accept_request(rogue);
}

static void accepts_for_ever(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_ACCEPTED, "example.com", rogue->origin,
                        "18446744073709551615", NULL);
}

static void accepts_for_an_hour(Rogue *rogue) {
        accept_until(rogue, 3600);
}

static void accepts_until_who_knows(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_ACCEPTED, "example.com", rogue->origin, "soon", NULL);
}

static void accepts_what_cannot_be_shown(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_ACCEPTED, "\xff", rogue->origin, "0", NULL);
}

static void code_before_accepting(Rogue *rogue) {
        send_fd(rogue, LINK_QR, sealed_memfd("rogue", "FIDO:/1", 7));
}

static void scan_before_accepting(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_SCAN_START, NULL);
}

static void done_before_accepting(Rogue *rogue) {
        send_fd(rogue, LINK_DONE, sealed_memfd("rogue", "{}", 2));
}

static void state_of_its_own(Rogue *rogue) {
        accept_request(rogue);
        (void)link_send(rogue->link, LINK_STATE, "in-control", NULL);
}

static void speaks_as_the_daemon(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_CANCEL, "cancelled", NULL);
}

/* hybridd opens a code anew for each reader, which for a FIFO without a writer takes for ever. */
static void code_that_blocks(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_QR, fifo(O_PATH));
}

static void code_that_can_be_changed(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_QR, open_memfd());
}

static void code_that_is_large(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_QR, large_memfd(1024 * 1024));
}

static void answer_that_blocks(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_DONE, fifo(O_RDWR));
}

static void answer_that_can_be_changed(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_DONE, open_memfd());
}

static void answer_that_is_large(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_DONE, large_memfd(8 * 1024 * 1024));
}

static void answer_that_is_no_text(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_DONE, sealed_memfd("rogue", "{\"\xff\"}", 5));
}

static void answer_with_a_nul(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_DONE, sealed_memfd("rogue", "{}\0{}", 5));
}

static void failure_of_no_known_cause(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_FAILED, "UnknownError", "bad-hair-day", "text", "", "",
                        NULL);
}

static void failure_of_the_wrong_kind(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_FAILED, "TypeError", "no-passkey", "text", "", "", NULL);
}

static void failure_that_is_no_text(Rogue *rogue) {
        (void)link_send(rogue->link, LINK_FAILED, "TypeError", "bad-request", "\xff", "", "", NULL);
}

static void failure_that_does_not_end(Rogue *rogue) {
        char text[4096];

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        (void)link_send(rogue->link, LINK_FAILED, "TypeError", "bad-request", text, "", "", NULL);
}

#define GOOD_ID "0123456789ABCDEF0123456789ABCDEF"

static void offer_link(Rogue *rogue, const char *id, const char *host, int fd) {
        accept_request(rogue);
        (void)link_send_fd(rogue->link, LINK_LINKED, fd, id, "Pixel", host, NULL);
        close(fd);
}

/* A good one, but nobody has said that they would ask the person. */
static void link_that_nobody_wants(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "cable.ua5v.com", sealed_memfd("rogue", "x", 1));
}

static void link_outside_of_the_folder(Rogue *rogue) {
        offer_link(rogue, "../../../../../../../../etc/x.x.", "cable.ua5v.com",
                   sealed_memfd("rogue", "x", 1));
}

static void link_by_no_host(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "two\nlines", sealed_memfd("rogue", "x", 1));
}

static void link_that_can_be_changed(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "cable.ua5v.com", open_memfd());
}

static void link_that_is_large(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "cable.ua5v.com", large_memfd(64 * 1024));
}

static void link_that_is_empty(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "cable.ua5v.com", sealed_memfd("rogue", "", 0));
}

static void link_before_accepting(Rogue *rogue) {
        int fd = sealed_memfd("rogue", "x", 1);

        (void)link_send_fd(rogue->link, LINK_LINKED, fd, GOOD_ID, "Pixel", "cable.ua5v.com", NULL);
        close(fd);
}

static void phone_lost_for_no_known_cause(Rogue *rogue) {
        accept_request(rogue);
        (void)link_send(rogue->link, LINK_PHONE_LOST, "bad-hair-day", NULL);
}

static void does_not_stop(Rogue *rogue) {
        accept_request(rogue);
        for (unsigned i = 0; i < 500; i++)
                if (link_send(rogue->link, LINK_STATE, i % 2 == 0 ? "connecting" : "done", NULL) <
                    0)
                        usleep(1000);
}

static void leaves(Rogue *rogue) {
        sd_event_exit(rogue->event, 0);
}

/* These are no offence, or not until they are to end. */

static void hears_nothing(Rogue *rogue) {
        accept_request(rogue);
        send_fd(rogue, LINK_QR, sealed_memfd("rogue", "FIDO:/1", 7));
        (void)link_send(rogue->link, LINK_STATE, "waiting-for-scan", NULL);
        link_listen(rogue->link, false);
}

static void offers_a_phone(Rogue *rogue) {
        offer_link(rogue, GOOD_ID, "cable.ua5v.com", sealed_memfd("rogue", "x", 1));
        send_fd(rogue, LINK_QR, sealed_memfd("rogue", "FIDO:/1", 7));
        (void)link_send(rogue->link, LINK_STATE, "waiting-for-scan", NULL);
}

/* Long enough for anything to become of the radio in between. */
static void scans_late(Rogue *rogue) {
        accept_request(rogue);
        usleep(1000 * 1000);
        send_fd(rogue, LINK_QR, sealed_memfd("rogue", "FIDO:/1", 7));
        (void)link_send(rogue->link, LINK_STATE, "waiting-for-scan", NULL);
        (void)link_send(rogue->link, LINK_SCAN_START, NULL);
}

static void send_answer(Rogue *rogue, const char *filler) {
        char answer[8192];
        int n = snprintf(answer, sizeof(answer), "{\"%s\":\"%s\"}", filler, "OUTPUT-OF-THE-PHONE");

        accept_request(rogue);
        send_fd(rogue, LINK_DONE, sealed_memfd("rogue", answer, (size_t)n));
}

/* Its phone has answered, and wants to be remembered then. */
static void answers_and_offers(Rogue *rogue) {
        static const char answer[] = "{}";
        int fd = sealed_memfd("rogue", answer, strlen(answer));

        accept_request(rogue);
        (void)link_send_fd(rogue->link, LINK_DONE, fd, "", "", "tunnel", "host", "no", "yes", NULL);
        close(fd);
        fd = sealed_memfd("rogue", "x", 1);
        (void)link_send_fd(rogue->link, LINK_LINKED, fd, GOOD_ID, "Pixel", "cable.ua5v.com", NULL);
        close(fd);
}

static void stays(Rogue *rogue) {
        send_answer(rogue, "prf");
        link_listen(rogue->link, false);
}

static void answers_at_length(Rogue *rogue) {
        char filler[5000];

        memset(filler, 'x', sizeof(filler));
        filler[sizeof(filler) - 1] = '\0';
        send_answer(rogue, filler);
}

static const struct {
        const char *name;
        void (*act)(Rogue *rogue);
} acts[] = {
        { "accepts-another-origin", accepts_another_origin },
        { "accepts-half-an-origin", accepts_half_an_origin },
        { "accepts-another-site", accepts_another_site },
        { "accepts-half-a-label", accepts_half_a_label },
        { "accepts-no-site", accepts_no_site },
        { "accepts-twice", accepts_twice },
        { "accepts-for-ever", accepts_for_ever },
        { "accepts-for-an-hour", accepts_for_an_hour },
        { "accepts-until-who-knows", accepts_until_who_knows },
        { "accepts-what-cannot-be-shown", accepts_what_cannot_be_shown },
        { "code-before-accepting", code_before_accepting },
        { "scan-before-accepting", scan_before_accepting },
        { "done-before-accepting", done_before_accepting },
        { "state-of-its-own", state_of_its_own },
        { "speaks-as-the-daemon", speaks_as_the_daemon },
        { "code-that-blocks", code_that_blocks },
        { "code-that-can-be-changed", code_that_can_be_changed },
        { "code-that-is-large", code_that_is_large },
        { "answer-that-blocks", answer_that_blocks },
        { "answer-that-can-be-changed", answer_that_can_be_changed },
        { "answer-that-is-large", answer_that_is_large },
        { "answer-that-is-no-text", answer_that_is_no_text },
        { "answer-with-a-nul", answer_with_a_nul },
        { "failure-of-no-known-cause", failure_of_no_known_cause },
        { "failure-of-the-wrong-kind", failure_of_the_wrong_kind },
        { "failure-that-is-no-text", failure_that_is_no_text },
        { "failure-that-does-not-end", failure_that_does_not_end },
        { "link-that-nobody-wants", link_that_nobody_wants },
        { "link-outside-of-the-folder", link_outside_of_the_folder },
        { "link-by-no-host", link_by_no_host },
        { "link-that-can-be-changed", link_that_can_be_changed },
        { "link-that-is-large", link_that_is_large },
        { "link-that-is-empty", link_that_is_empty },
        { "link-before-accepting", link_before_accepting },
        { "phone-lost-for-no-known-cause", phone_lost_for_no_known_cause },
        { "does-not-stop", does_not_stop },
        { "leaves", leaves },
        { "hears-nothing", hears_nothing },
        { "offers-a-phone", offers_a_phone },
        { "answers-and-offers", answers_and_offers },
        { "scans-late", scans_late },
        { "stays", stays },
        { "answers-at-length", answers_at_length },
};

static void on_packet(void *userdata, LinkPacket *packet) {
        static const char scheme[] = "https://";
        const char *label;
        Rogue *rogue = userdata;
        size_t n;

        if (packet->type != LINK_BEGIN)
                return;
        snprintf(rogue->origin, sizeof(rogue->origin), "%s",
                 packet->fields[LINK_BEGIN_ORIGIN].data);
        label = rogue->origin + strlen(scheme);
        n = strcspn(label, ".");
        for (size_t i = 0; i < ELEMENTSOF(acts); i++)
                if (strlen(acts[i].name) == n && strncmp(label, acts[i].name, n) == 0)
                        acts[i].act(rogue);
}

static void on_gone(void *userdata) {
        sd_event_exit(((Rogue *)userdata)->event, 0);
}

static const LinkEvents events = { on_packet, on_gone };

_public_ int ceremony_run(int link_fd, LogLevel level) {
        Rogue rogue = {};
        int r;

        log_set_level(level);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        r = sd_event_new(&rogue.event);
        if (r >= 0)
                r = link_new(&rogue.link, rogue.event, link_fd, &events, &rogue);
        if (r >= 0)
                r = sd_event_loop(rogue.event);

        link_free(rogue.link);
        sd_event_unref(rogue.event);
        return r;
}
