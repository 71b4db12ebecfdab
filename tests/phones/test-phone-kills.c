/* SPDX-License-Identifier: MIT */

/*
 * A process that links, renames and forgets phones is killed at a thousand random moments. What it
 * had said to be done is done then; what it was at is done or is not; and nothing is half.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "unit.h"

enum {
        N_KILLS = 1000,
        N_PHONES = 5,
        N_REPORTS_MAX = 4, /* before a kill */
};

/* What is said before and after a write. Version 0: the phone is not there. */
typedef struct Said {
        unsigned number;
        unsigned version;
        bool done;
} Said;

typedef struct Known {
        unsigned version;
        bool in_doubt; /* `other` was being written when the process was killed */
        unsigned other;
} Known;

static void say(int fd, Said said) {
        if (write(fd, &said, sizeof(said)) != sizeof(said))
                _exit(EXIT_FAILURE);
}

static void change(PhoneStore *store, Said what) {
        PhoneRecord record;
        int r;

        fixture_record(what.number, what.version, &record);
        if (what.version == 0)
                r = phone_store_remove(store, record.id);
        else
                r = phone_store_write(store, &record);
        if (r < 0 && !(what.version == 0 && r == -ENOENT))
                _exit(EXIT_FAILURE);
}

/* Until it is killed. A version is never written twice, so that each can be told from all others. */
_Noreturn static void be_writer(const char *folder, int fd, unsigned seed) {
        PhoneStore *store;
        Said said = {};

        srand(seed);
        if (phone_store_open(&store, folder, true) < 0)
                _exit(EXIT_FAILURE);
        for (unsigned i = 1;; i++) {
                said.number = (unsigned)rand() % N_PHONES;
                said.version = rand() % 4 == 0 ? 0 : seed * 1000 + i;
                said.done = false;
                say(fd, said);
                change(store, said);
                said.done = true;
                say(fd, said);
        }
}

/* True if there was something to hear. */
static bool hear(int fd, Known known[N_PHONES], unsigned *n_done) {
        Said said;

        if (read(fd, &said, sizeof(said)) != sizeof(said))
                return false;
        ck_assert_uint_lt(said.number, N_PHONES);
        if (said.done) {
                known[said.number] = (Known){ .version = said.version };
                (*n_done)++;
        } else {
                known[said.number].in_doubt = true;
                known[said.number].other = said.version;
        }
        return true;
}

static void sleep_a_little(unsigned nsec_max) {
        struct timespec time = { .tv_nsec = rand() % (long)nsec_max };

        nanosleep(&time, NULL);
}

static void run_and_kill(const char *folder, Known known[N_PHONES], unsigned seed,
                         unsigned *n_done) {
        unsigned n_wanted = (unsigned)rand() % N_REPORTS_MAX;
        int fds[2], status;
        pid_t pid;

        ck_assert_int_eq(pipe(fds), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                be_writer(folder, fds[1], seed);
        close(fds[1]);

        for (unsigned n = 0; n < n_wanted; n++)
                ck_assert(hear(fds[0], known, n_done));
        sleep_a_little(rand() % 2 ? 300000 : 3000000);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status)); /* not by itself */
        while (hear(fds[0], known, n_done))
                ;
        close(fds[0]);
}

static void check_all(const char *folder, Known known[N_PHONES]) {
        unsigned versions[N_PHONES] = {};
        PhoneStore *store;
        PhoneList list;

        ck_assert_int_eq(phone_store_open(&store, folder, true), 0);
        ck_assert_int_eq(phone_store_list(store, &list), 0);
        for (size_t i = 0; i < list.n; i++)
                versions[strtoul(list.records[i].id, NULL, 16)] = fixture_check(&list.records[i]);
        phone_list_done(&list);
        phone_store_free(store);

        for (unsigned i = 0; i < N_PHONES; i++) {
                ck_assert(versions[i] == known[i].version ||
                          (known[i].in_doubt && versions[i] == known[i].other));
                known[i] = (Known){ .version = versions[i] };
        }
}

START_TEST(test_killed_at_any_moment) {
        char *folder = fixture_folder_new(), path[256];
        Known known[N_PHONES] = {};
        unsigned n_done = 0;

        srand(4711);
        for (unsigned i = 1; i <= N_KILLS; i++) {
                run_and_kill(folder, known, i, &n_done);
                check_all(folder, known);
        }
        /* Many writes went well in between: else the kills would have shown little. */
        ck_assert_uint_gt(n_done, N_KILLS / 2);
        printf("# %u kills, %u writes that were said to be done\n", (unsigned)N_KILLS, n_done);

        /* A file of which a part is missing would have been set aside. */
        snprintf(path, sizeof(path), "ls -A %s | grep -q damaged", folder);
        ck_assert_int_ne(system(path), 0);
        fixture_folder_end(folder);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("phone-kills", &tcase);

        tcase_set_timeout(tcase, 150);
        tcase_add_test(tcase, test_killed_at_any_moment);
        return unit_run(suite);
}
