/* SPDX-License-Identifier: MIT */

/*
 * Asking a bus who has a connection. The bus is made up here: it answers what each test wants, also
 * what Debian's cannot yet, and does in between what a hostile caller would time well.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "caller-fixture.h"
#include "daemon/caller/caller-lookup.h"

/* One answer of the bus. */
typedef struct Answer {
        pid_t pid;
        uid_t uid;
        int pidfd; /* -1: none */
        bool gone;
        bool nothing; /* neither process nor user */
        void (*before)(void);
} Answer;

typedef struct FakeBus {
        sd_event *event;
        sd_bus *client;
        sd_bus *server;
        sd_bus_slot *slot;
        Answer answers[2];
        unsigned n_asked;
} FakeBus;

static int append_answer(sd_bus_message *reply, const Answer *answer) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(reply, "{sv}", "LinuxSecurityLabel", "ay", 2, 'x', '\0');
        if (r >= 0 && !answer->nothing)
                r = sd_bus_message_append(reply, "{sv}{sv}", "ProcessID", "u", answer->pid,
                                          "UnixUserID", "u", answer->uid);
        if (r >= 0 && answer->pidfd >= 0)
                r = sd_bus_message_append(reply, "{sv}", "ProcessFD", "h", answer->pidfd);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_question(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        sd_bus_message *reply = NULL;
        FakeBus *bus = userdata;
        const Answer *answer;
        const char *name;

        ck_assert_uint_lt(bus->n_asked, ELEMENTSOF(bus->answers));
        answer = &bus->answers[bus->n_asked++];
        ck_assert_int_ge(sd_bus_message_read(message, "s", &name), 0);
        ck_assert_str_eq(name, ":1.42");
        if (answer->before)
                answer->before();
        if (answer->gone)
                return sd_bus_error_set(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "gone");

        ck_assert_int_ge(sd_bus_message_new_method_return(message, &reply), 0);
        ck_assert_int_ge(append_answer(reply, answer), 0);
        ck_assert_int_ge(sd_bus_send(NULL, reply, NULL), 0);
        sd_bus_message_unref(reply);
        return 1;
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("GetConnectionCredentials", "s", "a{sv}", on_question,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static sd_bus *open_end(FakeBus *bus, int fd, bool server) {
        sd_bus *end;
        sd_id128_t id = {};

        ck_assert_int_eq(sd_bus_new(&end), 0);
        ck_assert_int_ge(sd_bus_set_fd(end, fd, fd), 0);
        if (server)
                ck_assert_int_ge(sd_bus_set_server(end, true, id), 0);
        ck_assert_int_ge(sd_bus_negotiate_fds(end, true), 0);
        ck_assert_int_ge(sd_bus_start(end), 0);
        ck_assert_int_ge(sd_bus_attach_event(end, bus->event, 0), 0);
        return end;
}

static void fake_bus_init(FakeBus *bus) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                         0);
        ck_assert_int_ge(sd_event_new(&bus->event), 0);
        bus->server = open_end(bus, fds[0], true);
        bus->client = open_end(bus, fds[1], false);
        ck_assert_int_ge(sd_bus_add_object_vtable(bus->server, &bus->slot, "/org/freedesktop/DBus",
                                                  "org.freedesktop.DBus", vtable, bus),
                         0);
}

static void fake_bus_done(FakeBus *bus) {
        sd_bus_slot_unref(bus->slot);
        sd_bus_close_unref(bus->server);
        sd_bus_close_unref(bus->client);
        sd_event_unref(bus->event);
}

typedef struct Outcome {
        sd_event *event;
        int r;
        Caller caller;
        unsigned n;
} Outcome;

static void on_found(void *userdata, int r, const Caller *caller) {
        Outcome *outcome = userdata;

        outcome->n++;
        outcome->r = r;
        ck_assert_int_eq(caller != NULL, r >= 0);
        if (caller)
                outcome->caller = *caller;
        sd_event_exit(outcome->event, 0);
}

/* What comes of it, and how often the bus was asked. */
static Outcome look_up(const Answer *first, const Answer *second, unsigned n_asked) {
        FakeBus bus = { .answers = { *first, second ? *second : (Answer){} } };
        Outcome outcome = {};
        CallerLookup *lookup;

        fake_bus_init(&bus);
        outcome.event = bus.event;
        ck_assert_int_eq(caller_lookup_new(&lookup, bus.client, ":1.42", on_found, &outcome), 0);
        ck_assert_int_eq(outcome.n, 0);
        ck_assert_int_ge(sd_event_loop(bus.event), 0);
        ck_assert_int_eq(outcome.n, 1);
        ck_assert_uint_eq(bus.n_asked, n_asked);
        caller_lookup_free(lookup);
        fake_bus_done(&bus);
        return outcome;
}

/* ---- the process that is asked about -------------------------------------------------------- */

static Child subject;

static void start_subject(void) {
        ck_assert(child_start(&subject, "/bin/sleep", NULL, NULL));
}

static void end_subject(void) {
        child_done(&subject);
}

/* Another process gets its number, where a test may choose numbers. */
static void replace_subject(void) {
        pid_t pid = subject.pid;

        child_done(&subject);
        if (!child_start_as(&subject, pid))
                ck_assert_int_ne(getuid(), 0);
}

static Answer right_answer(void) {
        return (Answer){ .pid = subject.pid, .uid = getuid(), .pidfd = -1 };
}

static int open_pidfd(pid_t pid) {
        int fd = (int)syscall(SYS_pidfd_open, pid, 0);

        ck_assert_int_ge(fd, 0);
        return fd;
}

START_TEST(test_bus_is_asked_twice) {
        Answer answer = right_answer();
        Outcome outcome = look_up(&answer, &answer, 2);

        ck_assert_int_eq(outcome.r, 0);
        ck_assert_int_eq(outcome.caller.pid, subject.pid);
        ck_assert_str_eq(outcome.caller.name, "sleep");
}
END_TEST

START_TEST(test_pidfd_says_it_at_once) {
        Answer answer = right_answer();
        Outcome outcome;

        answer.pidfd = open_pidfd(subject.pid);
        outcome = look_up(&answer, NULL, 1);
        ck_assert_int_eq(outcome.r, 0);
        ck_assert_int_eq(outcome.caller.pid, subject.pid);
        close(answer.pidfd);
}
END_TEST

/* The number is another process's by now, but the descriptor tells. */
START_TEST(test_pidfd_counts_more_than_the_number) {
        Answer answer = right_answer();
        Outcome outcome;

        answer.pid = getpid();
        answer.pidfd = open_pidfd(subject.pid);
        outcome = look_up(&answer, NULL, 1);
        ck_assert_int_eq(outcome.r, 0);
        ck_assert_int_eq(outcome.caller.pid, subject.pid);
        close(answer.pidfd);
}
END_TEST

START_TEST(test_pidfd_of_a_process_that_has_ended) {
        Answer answer = right_answer();

        answer.pidfd = open_pidfd(subject.pid);
        replace_subject();
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -ESRCH);
        close(answer.pidfd);
}
END_TEST

START_TEST(test_pidfd_that_is_none) {
        Answer answer = right_answer();

        answer.pidfd = STDERR_FILENO;
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EBADF);
}
END_TEST

START_TEST(test_connection_that_has_gone) {
        Answer answer = right_answer(), gone = { .gone = true };

        ck_assert_int_eq(look_up(&gone, NULL, 1).r, -ENXIO);
        ck_assert_int_eq(look_up(&answer, &gone, 2).r, -ENXIO);
}
END_TEST

START_TEST(test_process_that_ends_meanwhile) {
        Answer answer = right_answer(), again = answer;

        again.before = end_subject;
        ck_assert_int_eq(look_up(&answer, &again, 2).r, -ESRCH);
}
END_TEST

/* The number is used again between our look and the second answer, which names the same number. */
START_TEST(test_number_that_is_used_again_meanwhile) {
        Answer answer = right_answer(), again = answer;

        again.before = replace_subject;
        ck_assert_int_eq(look_up(&answer, &again, 2).r, -ESRCH);
}
END_TEST

/* It ends before we look; who has its number then was never on the bus. */
START_TEST(test_number_that_is_used_again_before) {
        Answer answer = right_answer(), gone = { .gone = true };

        answer.before = replace_subject;
        ck_assert_int_lt(look_up(&answer, &gone, subject.pid > 0 && getuid() == 0 ? 2 : 1).r, 0);
}
END_TEST

START_TEST(test_answers_that_change) {
        Answer answer = right_answer(), again = answer;

        again.pid = getpid();
        ck_assert_int_eq(look_up(&answer, &again, 2).r, -ESRCH);
        again = answer;
        again.uid++;
        ck_assert_int_eq(look_up(&answer, &again, 2).r, -ESRCH);
}
END_TEST

START_TEST(test_another_user) {
        Answer answer = right_answer();

        answer.uid++;
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EPERM);
}
END_TEST

START_TEST(test_answers_without_sense) {
        Answer answer = { .nothing = true, .pidfd = -1 };

        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EBADMSG);
        answer = right_answer();
        answer.pid = 0;
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EBADMSG);
        answer.pid = -1;
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EBADMSG);
        answer = right_answer();
        answer.uid = (uid_t)-1;
        ck_assert_int_eq(look_up(&answer, NULL, 1).r, -EBADMSG);
}
END_TEST

START_TEST(test_freed_before_the_answer) {
        Answer answer = right_answer();
        FakeBus bus = { .answers = { answer, answer } };
        Outcome outcome = {};
        CallerLookup *lookup;

        fake_bus_init(&bus);
        outcome.event = bus.event;
        ck_assert_int_eq(caller_lookup_new(&lookup, bus.client, ":1.42", on_found, &outcome), 0);
        caller_lookup_free(lookup);
        while (sd_event_run(bus.event, 50 * 1000) > 0)
                ;
        ck_assert_uint_eq(outcome.n, 0);
        fake_bus_done(&bus);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("caller-lookup", &tcase);

        tcase_add_checked_fixture(tcase, start_subject, end_subject);
        tcase_add_test(tcase, test_bus_is_asked_twice);
        tcase_add_test(tcase, test_pidfd_says_it_at_once);
        tcase_add_test(tcase, test_pidfd_counts_more_than_the_number);
        tcase_add_test(tcase, test_pidfd_of_a_process_that_has_ended);
        tcase_add_test(tcase, test_pidfd_that_is_none);
        tcase_add_test(tcase, test_connection_that_has_gone);
        tcase_add_test(tcase, test_process_that_ends_meanwhile);
        tcase_add_test(tcase, test_number_that_is_used_again_meanwhile);
        tcase_add_test(tcase, test_number_that_is_used_again_before);
        tcase_add_test(tcase, test_answers_that_change);
        tcase_add_test(tcase, test_another_user);
        tcase_add_test(tcase, test_answers_without_sense);
        tcase_add_test(tcase, test_freed_before_the_answer);
        return unit_run(suite);
}
