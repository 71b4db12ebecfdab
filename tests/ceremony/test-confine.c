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
#include <sys/un.h>
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

/* ---- other processes ------------------------------------------------------------------------ */

/* Has the kernel send a signal to a process when somebody writes to the pipe. -1: it may not. */
static int send_by_pipe(int signal, pid_t pid) {
        int fds[2], r;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        r = fcntl(fds[0], F_SETOWN, pid);
        if (r >= 0)
                r = fcntl(fds[0], F_SETSIG, signal);
        if (r >= 0)
                r = fcntl(fds[0], F_SETFL, O_ASYNC);
        ck_assert_int_eq(write(fds[1], "x", 1), 1);
        close(fds[0]);
        close(fds[1]);
        return r;
}

/* A name in no folder: what the kernel makes up. */
static int listen_abstract(struct sockaddr_un *ret, socklen_t *ret_n) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        *ret_n = sizeof(*ret);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)ret, sizeof(ret->sun_family)), 0);
        ck_assert_int_eq(listen(fd, 1), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *)ret, ret_n), 0);
        return fd;
}

/* Another process, which repeats what it is told, and ends with us. Returns our end. */
static int start_echo(pid_t *ret_pid) {
        int fds[2];
        char byte;

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        *ret_pid = fork();
        ck_assert_int_ge(*ret_pid, 0);
        if (*ret_pid == 0) {
                close(fds[0]);
                while (read(fds[1], &byte, 1) == 1 && write(fds[1], &byte, 1) == 1)
                        ;
                _exit(0);
        }
        close(fds[1]);
        return fds[0];
}

/* A signal that was sent before would be there before the answer. */
static void assert_echoes(int fd) {
        char byte = 'x';

        ck_assert_int_eq(send(fd, &byte, 1, MSG_NOSIGNAL), 1);
        ck_assert_int_eq(read(fd, &byte, 1), 1);
}

START_TEST(test_no_other_processes) {
        struct sockaddr_un address;
        int echo, fd, server;
        socklen_t n;
        pid_t other;

        server = listen_abstract(&address, &n);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        echo = start_echo(&other);
        process_harden();
        if (is_possible(confine_reach(), "this kernel's Landlock knows no scopes")) {
                assert_fails(kill(other, SIGKILL), EPERM);
                assert_fails(connect(fd, (struct sockaddr *)&address, n), EPERM);
                (void)send_by_pipe(SIGKILL, other);
                assert_echoes(echo);
                ck_assert_int_eq(kill(getpid(), 0), 0);
        }
        close(echo);
        close(fd);
        close(server);
}
END_TEST

/* ---- system calls --------------------------------------------------------------------------- */

/* Ends a test. Check would take the time first, by making a timer, which the filter refuses; and would then
 * compare two different clocks. */
static _Noreturn void end_confined_test(void) {
        fflush(stdout);
        _exit(0);
}

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
        end_confined_test();
}
END_TEST

/* The ways to have the kernel send a signal, or to hold up who opens a file. */
START_TEST(test_signals_by_descriptors) {
        struct f_owner_ex owner = { F_OWNER_PID, getppid() };
        struct flock lock = { .l_type = F_RDLCK };
        int fds[2], pid = getppid(), on = 1;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;

        assert_fails(fcntl(fds[0], F_SETOWN, pid), EPERM);
        assert_fails(fcntl(fds[0], F_SETOWN_EX, &owner), EPERM);
        assert_fails(fcntl(fds[0], F_SETSIG, SIGKILL), EPERM);
        assert_fails(fcntl(fds[0], F_SETFL, O_ASYNC), EPERM);
        assert_fails(fcntl(fds[0], F_SETFL, O_ASYNC | O_NONBLOCK), EPERM);
        assert_fails(fcntl(fds[0], F_NOTIFY, DN_MODIFY), EPERM);
        assert_fails(fcntl(fds[0], F_SETLEASE, F_RDLCK), EPERM);
        assert_fails(fcntl(fds[0], F_SETLK, &lock), EPERM);
        assert_fails(fcntl(fds[0], F_OFD_SETLK, &lock), EPERM);
        assert_fails(ioctl(fds[0], FIOASYNC, &on), EPERM);
        assert_fails(ioctl(fds[0], FIOSETOWN, &pid), EPERM);
        assert_fails(ioctl(fds[0], SIOCSPGRP, &pid), EPERM);
        assert_fails(send_by_pipe(SIGKILL, pid), EPERM);
        end_confined_test();
}
END_TEST

static void assert_no_mapping(int prot, int flags, int fd) {
        errno = 0;
        ck_assert_ptr_eq(mmap(NULL, 4096, prot, flags, fd, 0), MAP_FAILED);
        ck_assert_int_eq(errno, EPERM);
}

START_TEST(test_memory_to_execute) {
        int prot = PROT_READ | PROT_WRITE | PROT_EXEC, fd;
        void *memory;

        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;

        assert_no_mapping(prot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        assert_no_mapping(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(memory, MAP_FAILED);
        assert_fails(mprotect(memory, 4096, prot), EPERM);
        assert_fails(mprotect(memory, 4096, PROT_READ | PROT_EXEC), EPERM);
        ck_assert_int_eq(mprotect(memory, 4096, PROT_READ), 0);

        /* Not together with whoever goes on writing to the file. */
        fd = memfd_create("test", MFD_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        assert_no_mapping(PROT_READ | PROT_EXEC, MAP_SHARED, fd);
        close(fd);
        end_confined_test();
}
END_TEST

/* Modules and what resolves names are loaded by a ceremony that is confined. */
START_TEST(test_modules_are_loaded) {
        int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        void *code;

        ck_assert_int_ge(fd, 0);
        process_harden();
        if (!is_possible(confine_syscalls(), "built without a filter"))
                return;
        code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
        ck_assert_ptr_ne(code, MAP_FAILED);
        close(fd);
        end_confined_test();
}
END_TEST

static void assert_descriptors_work(void) {
        int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), copy;

        ck_assert_int_ge(fd, 0);
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        ck_assert_int_ge(copy, 3);
        ck_assert_int_eq(close(copy), 0);
        ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
        ck_assert_int_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
        ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
        ck_assert_int_eq(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK);
        close(fd);
}

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
        assert_descriptors_work();
        /* On top of each other. */
        (void)is_possible(confine_reach(), "this kernel's Landlock knows no scopes");
        (void)is_possible(confine_writing(), "this kernel has no Landlock");
        end_confined_test();
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("confine", &tcase);

        tcase_add_test(tcase, test_no_writing);
        tcase_add_test(tcase, test_no_reading);
        tcase_add_test(tcase, test_no_other_processes);
        tcase_add_test(tcase, test_calls_of_others);
        tcase_add_test(tcase, test_signals_by_descriptors);
        tcase_add_test(tcase, test_memory_to_execute);
        tcase_add_test(tcase, test_modules_are_loaded);
        tcase_add_test(tcase, test_calls_of_a_ceremony);
        return unit_run(suite);
}
