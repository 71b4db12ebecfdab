/* SPDX-License-Identifier: MIT */

/*
 * Run when hybridd is built: writes the filter of system calls for ceremonies as a source that goes
 * with confine-syscalls.c. libseccomp knows the numbers of each architecture; a
 * ceremony, which starts while somebody waits, should not have to work them out.
 *
 * What is listed is allowed, all else fails with EPERM, so that a library that tries something new
 * falls back to what there was before. Left out is what a ceremony has no need of, and somebody who
 * has taken one over would have: starting programs, looking into other processes or signalling them,
 * changing files or rights, namespaces, keys, BPF, io_uring, the kernel's rarer doors.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))

static const char *const allowed[] = {
        /* reading and writing what is open */
        "read",
        "readv",
        "pread64",
        "preadv",
        "preadv2",
        "write",
        "writev",
        "pwrite64",
        "lseek",
        "_llseek",
        "close",
        "close_range",
        "dup",
        "dup2",
        "dup3",
        "pipe2", /* "fcntl" is below */
        "memfd_create",
        "ftruncate",
        "ftruncate64",
        "fstatfs",
        "fstatfs64",
        /* finding and opening files; Landlock says which */
        "open",
        "openat",
        "access",
        "faccessat",
        "faccessat2",
        "stat",
        "stat64",
        "lstat",
        "lstat64",
        "fstat",
        "fstat64",
        "newfstatat",
        "fstatat64",
        "statx",
        "readlink",
        "readlinkat",
        "getcwd",
        "getdents64",
        "statfs",
        "statfs64",
        /* waiting */
        "epoll_create1",
        "epoll_ctl",
        "epoll_ctl_old",
        "epoll_wait",
        "epoll_pwait",
        "epoll_pwait2",
        "poll",
        "ppoll",
        "ppoll_time64",
        "select",
        "_newselect",
        "pselect6",
        "pselect6_time64",
        "eventfd2",
        "timerfd_create",
        "timerfd_settime",
        "timerfd_settime64",
        "timerfd_gettime",
        "signalfd4",
        "nanosleep",
        "clock_nanosleep",
        "clock_nanosleep_time64",
        "restart_syscall",
        "inotify_init1",
        "inotify_add_watch",
        "inotify_rm_watch", /* of sd-event and resolv.conf */
        /* the network; "socket" is below */
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "getsockname",
        "getpeername",
        "getsockopt",
        "setsockopt",
        "send",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "recv",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "recvmmsg_time64",
        "shutdown",
        "socketpair",
        /* time and chance */
        "clock_gettime",
        "clock_gettime64",
        "clock_getres",
        "clock_getres_time64",
        "gettimeofday",
        "time",
        "getrandom",
        /* memory; "mmap" and "mprotect" are below */
        "brk",
        "munmap",
        "mremap",
        "madvise",
        "mlock",
        "mlock2",
        "munlock",
        "membarrier",
        /* threads; "clone" is below */
        "futex",
        "futex_time64",
        "set_robust_list",
        "get_robust_list",
        "set_tid_address",
        "rseq",
        "arch_prctl",
        "gettid",
        "exit",
        "exit_group",
        "sched_yield",
        "sched_getaffinity",
        /* signals that come, none that go */
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "sigreturn",
        "sigaltstack",
        /* what it is */
        "getpid",
        "getppid",
        "getuid",
        "getuid32",
        "geteuid",
        "geteuid32",
        "getgid",
        "getgid32",
        "getegid",
        "getegid32",
        "getresuid",
        "getresuid32",
        "getresgid",
        "getresgid32",
        "uname",
        "sysinfo",
        "getrlimit",
        "ugetrlimit",
        "getrusage",
        "capget",
        "getcpu",
        "umask",
        /* confining itself more */
        "landlock_create_ruleset",
        "landlock_add_rule",
        "landlock_restrict_self",
};

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static const int prctls[] = { PR_SET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ };

/* Among the others is one that types into the terminal. */
static const unsigned ioctls[] = { FIONBIO, FIONREAD, TCGETS, SIOCGIFINDEX, SIOCGIFNAME };

/* Among the others are some that have the kernel signal any process of the user's (F_SETOWN with
 * F_SETSIG), and some that hold up who opens a file (F_SETLEASE). F_SETFL is below. */
static const int fcntls[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,    F_SETFD,
                              F_GETFL, F_GET_SEALS,     F_ADD_SEALS };

static void check(int r, const char *what) {
        if (r >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-r));
        exit(EXIT_FAILURE);
}

/* Calls that an architecture does not have are passed over; a name that none has is an error. */
static int number(const char *name) {
        int n = seccomp_syscall_resolve_name(name);

        if (n == __NR_SCMP_ERROR)
                check(-ENOSYS, name);
        return n;
}

static void allow(scmp_filter_ctx filter, const char *name, unsigned n_arguments,
                  struct scmp_arg_cmp argument) {
        check(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number(name), n_arguments, argument), name);
}

static void allow_sockets(scmp_filter_ctx filter) {
        for (size_t i = 0; i < ELEMENTSOF(families); i++)
                allow(filter, "socket", 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
}

/* A signal that nobody has asked for may come of O_ASYNC alone: a terminal has an owner already. */
static void allow_fcntls(scmp_filter_ctx filter) {
        static const char *const calls[] = { "fcntl", "fcntl64" };

        for (size_t i = 0; i < ELEMENTSOF(calls); i++) {
                for (size_t j = 0; j < ELEMENTSOF(fcntls); j++)
                        allow(filter, calls[i], 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntls[j]));
                check(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number(calls[i]), 2,
                                       SCMP_A1(SCMP_CMP_EQ, F_SETFL),
                                       SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, 0)),
                      calls[i]);
        }
}

/*
 * Only a file's contents are executed, and never what can be written at the same place: modules, and
 * what resolves names, are loaded when the filter is there already. What is left is a file in memory that
 * was written before, since a filter cannot tell one descriptor from another.
 */
static void allow_memory(scmp_filter_ctx filter) {
        static const char *const calls[] = { "mmap", "mmap2" };

        allow(filter, "mprotect", 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        for (size_t i = 0; i < ELEMENTSOF(calls); i++) {
                allow(filter, calls[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
                check(seccomp_rule_add(
                              filter, SCMP_ACT_ALLOW, number(calls[i]), 2,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC),
                              SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE)),
                      calls[i]);
        }
}

/* Threads, by which names are resolved; no processes. clone3() hides its flags from a filter: it is
 * said not to be there, and clone() is used. */
static void allow_threads(scmp_filter_ctx filter) {
        allow(filter, "clone", 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
        check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number("clone3"), 0), "clone3");
}

static void allow_prctls(scmp_filter_ctx filter) {
        for (size_t i = 0; i < ELEMENTSOF(prctls); i++)
                allow(filter, "prctl", 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)prctls[i]));
}

static void allow_ioctls(scmp_filter_ctx filter) {
        for (size_t i = 0; i < ELEMENTSOF(ioctls); i++)
                allow(filter, "ioctl", 1, SCMP_A1(SCMP_CMP_EQ, ioctls[i]));
}

/* To ask for limits, not to set them. */
static void allow_limits(scmp_filter_ctx filter) {
        allow(filter, "prlimit64", 1, SCMP_A2(SCMP_CMP_EQ, 0));
}

static scmp_filter_ctx make_filter(const char *architecture) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
        uint32_t token = seccomp_arch_resolve_name(architecture);

        if (!filter || token == 0)
                check(-EINVAL, architecture);
        if (token != seccomp_arch_native()) {
                check(seccomp_arch_add(filter, token), architecture);
                check(seccomp_arch_remove(filter, seccomp_arch_native()), "native");
        }
        /* Calls of another architecture, by which a filter can be passed by. */
        check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "badarch");

        /* A tree, not a list. */
        check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");

        for (size_t i = 0; i < ELEMENTSOF(allowed); i++)
                check(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number(allowed[i]), 0), allowed[i]);
        allow_sockets(filter);
        allow_fcntls(filter);
        allow_memory(filter);
        allow_threads(filter);
        allow_prctls(filter);
        allow_ioctls(filter);
        allow_limits(filter);
        return filter;
}

static void print_line(const struct sock_filter *line) {
        printf("        { 0x%04x, %u, %u, 0x%08x },\n", line->code, line->jt, line->jf, line->k);
}

static void print(FILE *program) {
        struct sock_filter line;

        rewind(program);
        puts("#include \"ceremony/confine-syscalls.h\"\n\n"
             "const struct sock_filter syscall_filter[] = {");
        while (fread(&line, sizeof(line), 1, program) == 1)
                print_line(&line);
        puts("};\n\n"
             "const unsigned short n_syscall_filter =\n"
             "        sizeof(syscall_filter) / sizeof(syscall_filter[0]);");
}

/* Usage: make-syscall-filter ARCHITECTURE, as libseccomp calls it. */
int main(int argc, char *argv[]) {
        scmp_filter_ctx filter;
        FILE *program;

        if (argc != 2) {
                fprintf(stderr, "Usage: %s ARCHITECTURE\n", argv[0]);
                return 2;
        }
        filter = make_filter(argv[1]);
        program = tmpfile();
        if (!program)
                check(-errno, "tmpfile");
        check(seccomp_export_bpf(filter, fileno(program)), "export");
        print(program);
        (void)fclose(program);
        seccomp_release(filter);
        return EXIT_SUCCESS;
}
