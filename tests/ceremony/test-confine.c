/* SPDX-License-Identifier: MIT */

/* Check runs each test in a process of its own, which these do not leave any more. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceremony/confine-files.h"
#include "ceremony/confine-syscalls.h"
#include "ceremony/harden.h"
#include "unit.h"

/* A call that fails with this errno. */
#define assert_fails(call, error)                                                                  \
        do {                                                                                       \
                errno = 0;                                                                         \
                ck_assert_int_eq((long)(call), -1);                                                \
                ck_assert_int_eq(errno, error);                                                    \
        } while (0)

static bool is_possible(int r, const char *what) {
        if (r != -EOPNOTSUPP) {
                ck_assert_int_eq(r, 0);
                return true;
        }
        printf("# not tested: %s\n", what);
        return false;
}

/* ---- files ---------------------------------------------------------------------------------- */

START_TEST(test_no_writing) {
        char *const command[] = { (char *)"/bin/true", NULL };
        int fd, status;
        pid_t child;

        process_harden();
        if (!is_possible(confine_writing(), "this kernel has no Landlock"))
                return;

        assert_fails(open("/tmp/hybridd-test-confined", O_CREAT | O_WRONLY, 0600), EACCES);
        assert_fails(open("/dev/null", O_WRONLY), EACCES);
        assert_fails(mkdir("/tmp/hybridd-test-confined", 0700), EACCES);

        child = fork();
        if (child == 0) {
                execv(command[0], command);
                _exit(errno == EACCES ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);

        /* What a ceremony needs. */
        fd = open("/etc/passwd", O_RDONLY);
        ck_assert_int_ge(fd, 0);
        close(fd);
        fd = memfd_create("test", MFD_ALLOW_SEALING);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, "x", 1), 1);
        close(fd);
}
END_TEST

static void make_file(char *template) {
        int fd = mkstemp(template);

        ck_assert_int_ge(fd, 0);
        close(fd);
}

static void assert_readable(const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                ck_abort_msg("%s: %s", path, strerror(errno));
        close(fd);
}

START_TEST(test_no_reading) {
        char mine[] = "/tmp/hybridd-test-mine-XXXXXX", given[] = "/tmp/hybridd-test-given-XXXXXX";
        const char *const files[] = { given, "", "/nowhere/at/all" };

        make_file(mine);
        make_file(given);
        process_harden();
        if (is_possible(confine_reading(files, ELEMENTSOF(files)), "this kernel has no Landlock")) {
                assert_fails(open(mine, O_RDONLY), EACCES);
                assert_fails(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
                assert_fails(open("/root", O_RDONLY | O_DIRECTORY), EACCES);
                assert_fails(open("/home", O_RDONLY | O_DIRECTORY), EACCES);
                assert_fails(open("/proc/1/cmdline", O_RDONLY), EACCES);

                assert_readable(given);
                assert_readable("/etc/passwd");
                assert_readable("/etc/ssl/certs");
                assert_readable("/proc/self/maps");
                assert_readable("/proc/self/exe"); /* what is beside it, too */
        }
        unlink(mine);
        unlink(given);
}
END_TEST

/* ---- system calls --------------------------------------------------------------------------- */

static void *nothing(void *argument) {
        return argument;
}

START_TEST(test_calls_of_others) {
        char *const command[] = { (char *)"/bin/true", NULL };
        char byte = 'x';

        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;

        assert_fails(execv(command[0], command), EPERM);
        assert_fails(fork(), EPERM);
        assert_fails(syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0), EPERM);
        assert_fails(kill(getppid(), 0), EPERM);
        assert_fails(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0), EPERM);
        assert_fails(syscall(SYS_pidfd_open, getppid(), 0), EPERM);
        assert_fails(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
        assert_fails(socket(AF_BLUETOOTH, SOCK_RAW, 1), EPERM);
        assert_fails(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM);
        assert_fails(syscall(SYS_bpf, 0, NULL, 0), EPERM);
        assert_fails(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
        assert_fails(syscall(SYS_userfaultfd, 0), EPERM);
        assert_fails(syscall(SYS_keyctl, 0, 0), EPERM);
        assert_fails(syscall(SYS_unshare, 0), EPERM);
        assert_fails(syscall(SYS_mount, "", "", "", 0, NULL), EPERM);
        assert_fails(chmod("/tmp", 0777), EPERM);
        assert_fails(ioctl(STDIN_FILENO, TIOCSTI, &byte), EPERM);
        assert_fails(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
        assert_fails(setrlimit(RLIMIT_CORE, &(struct rlimit){}), EPERM);
}
END_TEST

START_TEST(test_memory_to_execute) {
        int prot = PROT_READ | PROT_WRITE | PROT_EXEC;
        void *memory;

        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;

        ck_assert_ptr_eq(mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), MAP_FAILED);
        ck_assert_int_eq(errno, EPERM);
        memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(memory, MAP_FAILED);
        assert_fails(mprotect(memory, 4096, prot), EPERM);
        ck_assert_int_eq(mprotect(memory, 4096, PROT_READ), 0);
}
END_TEST

START_TEST(test_calls_of_a_ceremony) {
        struct rlimit limit;
        pthread_t thread;
        int n;

        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;

        ck_assert_int_eq(pthread_create(&thread, NULL, nothing, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_ge(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), 0);
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_fails(ioctl(STDERR_FILENO + 100, FIONREAD, &n), EBADF);
        /* On top of each other. */
        (void)is_possible(confine_writing(), "this kernel has no Landlock");
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("confine", &tcase);

        tcase_add_test(tcase, test_no_writing);
        tcase_add_test(tcase, test_no_reading);
        tcase_add_test(tcase, test_calls_of_others);
        tcase_add_test(tcase, test_memory_to_execute);
        tcase_add_test(tcase, test_calls_of_a_ceremony);
        return unit_run(suite);
}
