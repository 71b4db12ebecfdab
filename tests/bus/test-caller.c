/* SPDX-License-Identifier: MIT */

/*
 * Who a process is taken for. Only root can make programs that are trusted, and namespaces: others
 * run the part of this that refuses.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller-fixture.h"

#define PROGRAM TEST_FOLDER "/caller-program"
#define OTHER   TEST_FOLDER "/caller-other"
#define FOLDER  TEST_FOLDER "/caller-folder"
#define ROOT    TEST_FOLDER "/caller-root"

#define TMPFS_MAGIC 0x01021994

/* ---- what is said of a program -------------------------------------------------------------- */

START_TEST(test_name_of_a_program) {
        _child_ child = {};
        Caller caller;

        install_program(PROGRAM, 0755);
        ck_assert(child_start(&child, PROGRAM, NULL, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert_str_eq(caller.name, "caller-program");
        ck_assert_str_eq(caller.path, PROGRAM);
        ck_assert_str_eq(caller_kind_name(caller.kind), "host");
        ck_assert_str_eq(caller.app_id, "");
        ck_assert_int_eq(caller.pid, child.pid);
}
END_TEST

START_TEST(test_name_is_fit_to_be_shown) {
        static const char path[] = TEST_FOLDER "/odd\n\x1b[1m\xffname";
        _child_ child = {};
        Caller caller;

        install_program(path, 0755);
        ck_assert(child_start(&child, path, NULL, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert_str_eq(caller.name, "odd??[1m?name");
        ck_assert_str_eq(caller.path, TEST_FOLDER "/odd??[1m?name");
        unlink(path);
}
END_TEST

/* A file's name can have 255 bytes: its end says what it is. */
START_TEST(test_long_name_is_cut_at_its_beginning) {
        char path[sizeof(TEST_FOLDER) + 200] = TEST_FOLDER "/";
        _child_ child = {};
        Caller caller;

        memset(path + strlen(path), 'a', 190);
        strcat(path, "-end");
        install_program(path, 0755);
        ck_assert(child_start(&child, path, NULL, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert_uint_eq(strlen(caller.name), CALLER_NAME_SIZE - 1);
        ck_assert(strncmp(caller.name, "...aaa", 6) == 0);
        ck_assert_str_eq(caller.name + strlen(caller.name) - 5, "a-end");
        ck_assert_str_eq(caller.path, path);
        unlink(path);
}
END_TEST

START_TEST(test_processes_that_are_no_callers) {
        Process process = PROCESS_NONE;
        Child child = {};
        Caller caller;

        ck_assert_int_eq(process_open(&process, getpid()), 0);
        ck_assert_int_eq(caller_identify(&process, getuid() + 1, &caller), -EPERM);
        process_close(&process);
        ck_assert_int_lt(process_open(&process, 0), 0);

        ck_assert(child_start(&child, "/bin/sleep", NULL, NULL));
        ck_assert_int_eq(process_open(&process, child.pid), 0);
        kill(child.pid, SIGKILL);
        waitpid(child.pid, NULL, 0);
        ck_assert_int_eq(caller_identify(&process, getuid(), &caller), -ESRCH);
        process_close(&process);
        ck_assert_int_eq(process_open(&process, child.pid), -ESRCH);
}
END_TEST

/* ---- whose program it is -------------------------------------------------------------------- */

static bool is_untouched(const char *path) {
        _child_ child = {};
        Caller caller = {};

        ck_assert(child_start(&child, path, NULL, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert_int_eq(caller.kind, CALLER_KIND_HOST);
        return caller_runs(&caller, path);
}

START_TEST(test_installed_program_is_untouched) {
        install_program(PROGRAM, 0755);
        ck_assert_int_eq(is_untouched(PROGRAM), folder_is_roots());
}
END_TEST

START_TEST(test_a_program_that_others_may_change) {
        install_program(PROGRAM, 0775);
        ck_assert(!is_untouched(PROGRAM));
        install_program(PROGRAM, 0757);
        ck_assert(!is_untouched(PROGRAM));

        install_program(PROGRAM, 0755);
        ck_assert(getuid() != 0 || chown(PROGRAM, 65534, 65534) == 0);
        ck_assert(!is_untouched(PROGRAM));
}
END_TEST

START_TEST(test_a_folder_that_others_may_change) {
        static const struct {
                mode_t mode;
                uid_t owner;
                bool untouched;
        } cases[] = {
                { 0755, 0, true },       { 01777, 0, true }, /* they cannot touch root's file in it */
                { 0777, 0, false },      { 0775, 0, false }, { 0755, 65534, false },
                { 01755, 65534, false },
        };

        if (!folder_is_roots())
                return;
        (void)unlink(FOLDER "/program"); /* of a run that failed */
        (void)rmdir(FOLDER);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ck_assert_int_eq(mkdir(FOLDER, 0700), 0);
                install_program(FOLDER "/program", 0755);
                ck_assert_int_eq(chown(FOLDER, cases[i].owner, 0), 0);
                ck_assert_int_eq(chmod(FOLDER, cases[i].mode), 0);
                ck_assert_msg(is_untouched(FOLDER "/program") == cases[i].untouched, "case %zu", i);
                ck_assert_int_eq(unlink(FOLDER "/program"), 0);
                ck_assert_int_eq(rmdir(FOLDER), 0);
        }
}
END_TEST

/* It runs on, but what stands there now is another program, or none. */
START_TEST(test_replaced_or_deleted_program) {
        _child_ child = {};
        Caller caller;

        install_program(PROGRAM, 0755);
        ck_assert(child_start(&child, PROGRAM, NULL, NULL));
        install_program(PROGRAM, 0755);
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert(!caller_runs(&caller, PROGRAM));

        unlink(PROGRAM);
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert(!caller_runs(&caller, PROGRAM));
        ck_assert_str_eq(caller.path, PROGRAM " (deleted)");
}
END_TEST

START_TEST(test_paths_that_are_not_safe) {
        FileId file;

        install_program(PROGRAM, 0755);
        (void)unlink(OTHER);
        ck_assert_int_eq(symlink(PROGRAM, OTHER), 0);
        ck_assert_int_eq(root_path_file("caller-program", &file), -EINVAL);
        ck_assert_int_eq(root_path_file("", &file), -EINVAL);
        if (folder_is_roots()) {
                ck_assert_int_eq(root_path_file(PROGRAM, &file), 0);
                ck_assert_int_eq(root_path_file("//" PROGRAM, &file), 0);
                ck_assert_int_eq(root_path_file(OTHER, &file), -ELOOP);
                ck_assert_int_eq(root_path_file(TEST_FOLDER, &file), -ENOEXEC);
                ck_assert_int_eq(root_path_file(PROGRAM "-none", &file), -ENOENT);
                ck_assert_int_eq(root_path_file(PROGRAM "/x", &file), -ENOTDIR);
                ck_assert_int_eq(root_path_file(TEST_FOLDER "/../bus/caller-program", &file),
                                 -EINVAL);
        }
        unlink(OTHER);
}
END_TEST

/* ---- mounts and roots of its own ------------------------------------------------------------ */

static bool mount_privately(void) {
        return unshare(CLONE_NEWNS) >= 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) >= 0;
}

static bool mount_other_upon(void *userdata) {
        return mount_privately() && mount(OTHER, PROGRAM, NULL, MS_BIND, NULL) >= 0;
}

static bool change_root(void *userdata) {
        return chroot(userdata) >= 0 && chdir("/") >= 0;
}

/* Anybody can have a mount namespace in which the path leads to a program of theirs. */
START_TEST(test_same_path_elsewhere_is_no_program_of_the_host) {
        _child_ child = {};
        Caller caller;

        install_program(PROGRAM, 0755);
        install_program(OTHER, 0755);
        if (getuid() == 0 && child_start(&child, PROGRAM, mount_other_upon, NULL)) {
                ck_assert_int_eq(identify(&child, &caller), 0);
                ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
                ck_assert(!caller_runs(&caller, PROGRAM));
                ck_assert_str_eq(caller.path, PROGRAM); /* what it says, for people */
        }
        unlink(OTHER);
}
END_TEST

START_TEST(test_another_root_is_none_of_the_host) {
        _child_ child = {};
        Caller caller;

        if (getuid() != 0)
                return;
        ck_assert(mount_privately());
        ck_assert(mkdir(ROOT, 0755) == 0 || errno == EEXIST);
        ck_assert_int_eq(mount("tmpfs", ROOT, "tmpfs", 0, NULL), 0);
        ck_assert_int_eq(mkdir(ROOT "/bin", 0755), 0);
        install_program(ROOT "/bin/sleep", 0755);
        ck_assert_int_eq(mkdir(ROOT "/lib", 0755), 0);
        ck_assert_int_eq(mkdir(ROOT "/lib64", 0755), 0);
        ck_assert_int_eq(mount("/lib", ROOT "/lib", NULL, MS_BIND, NULL), 0);
        ck_assert_int_eq(mount("/lib64", ROOT "/lib64", NULL, MS_BIND, NULL), 0);
        ck_assert(child_start(&child, "/bin/sleep", change_root, ROOT));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
        ck_assert(!caller_runs(&caller, "/bin/sleep"));
}
END_TEST

/* ---- Flatpaks ------------------------------------------------------------------------------- */

/* What the kernel is told of a root, and by whom. */
typedef struct FakeRoot {
        const char *info; /* text of /.flatpak-info; NULL: none */
        const char *over; /* bound over it */
        int fuse_fd;      /* whoever reads it waits for this one; -1 */
} FakeRoot;

static bool bind_folder(const char *name) {
        char path[256];

        snprintf(path, sizeof(path), ROOT "%s", name);
        return mkdir(path, 0755) >= 0 && mount(name, path, NULL, MS_BIND | MS_REC, NULL) >= 0;
}

static bool write_info(const char *text) {
        size_t n = strlen(text);
        int fd;
        bool done;

        fd = open(ROOT "/.flatpak-info", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return false;
        done = write(fd, text, n) == (ssize_t)n;
        close(fd);
        return done;
}

/* A file system that answers nothing, on a file or a folder. */
static bool mount_silence(const char *path, const char *mode, int fd) {
        char options[128];

        snprintf(options, sizeof(options), "fd=%d,rootmode=%s,user_id=0,group_id=0", fd, mode);
        return mount("silence", path, "fuse", 0, options) >= 0;
}

/* As bubblewrap does it: all in a file system in memory. */
static bool enter_fake_root(void *userdata) {
        const FakeRoot *root = userdata;

        if (!mount_privately() || mount("tmpfs", ROOT, "tmpfs", 0, NULL) < 0 ||
            !bind_folder("/bin") || !bind_folder("/lib") || !bind_folder("/lib64") ||
            !bind_folder("/usr"))
                return false;
        if (root->info && !write_info(root->info))
                return false;
        if (root->over && mount(root->over, ROOT "/.flatpak-info", NULL, MS_BIND, NULL) < 0)
                return false;
        if (root->fuse_fd >= 0 && !mount_silence(ROOT "/.flatpak-info", "100644", root->fuse_fd))
                return false;
        return change_root(ROOT);
}

static void identify_in_root(FakeRoot *root, Caller *ret) {
        _child_ child = {};

        ck_assert(mkdir(ROOT, 0755) == 0 || errno == EEXIST);
        ck_assert(child_start(&child, "/bin/sleep", enter_fake_root, root));
        ck_assert_int_eq(identify(&child, ret), 0);
}

#define INFO "[Application]\nname=org.example.Mail\nruntime=runtime/org.example.Platform\n"

START_TEST(test_flatpak_is_known) {
        FakeRoot root = { .info = INFO, .fuse_fd = -1 };
        Caller caller;

        if (getuid() != 0)
                return;
        identify_in_root(&root, &caller);
        ck_assert_str_eq(caller_kind_name(caller.kind), "flatpak");
        ck_assert_str_eq(caller.app_id, "org.example.Mail");
        ck_assert_str_eq(caller.name, "org.example.Mail");
        ck_assert_str_eq(caller.path, "org.example.Mail");
        ck_assert(!caller_runs(&caller, "/bin/sleep"));
}
END_TEST

START_TEST(test_what_is_no_flatpak) {
        static const char *const texts[] = { NULL, "", "[Runtime]\nname=org.example.Mail\n" };
        Caller caller;

        if (getuid() != 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                FakeRoot root = { .info = texts[i], .fuse_fd = -1 };

                identify_in_root(&root, &caller);
                ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
                ck_assert_str_eq(caller.app_id, "");
        }
}
END_TEST

START_TEST(test_flatpak_info_that_is_too_long) {
        char text[70 * 1024] = INFO;
        FakeRoot root = { .info = text, .fuse_fd = -1 };
        Caller caller;

        if (getuid() != 0)
                return;
        memset(text + strlen(INFO), '\n', sizeof(text) - strlen(INFO) - 1);
        text[sizeof(text) - 1] = '\0';
        identify_in_root(&root, &caller);
        ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
}
END_TEST

/* Flatpak keeps it in memory. A file that comes from elsewhere could come from anywhere. */
START_TEST(test_flatpak_info_from_another_file_system) {
        FakeRoot root = { .info = "", .over = OTHER, .fuse_fd = -1 };
        struct statfs where;
        Caller caller;

        if (getuid() != 0)
                return;
        install_text(OTHER, INFO, 0644);
        ck_assert_int_eq(statfs(OTHER, &where), 0);
        if (where.f_type != TMPFS_MAGIC) {
                identify_in_root(&root, &caller);
                ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
        }
        unlink(OTHER);
}
END_TEST

/* A caller could have a file system that never answers, and with it stop who looks. */
START_TEST(test_flatpak_info_that_never_answers) {
        FakeRoot root = { .info = "", .fuse_fd = open("/dev/fuse", O_RDWR) };
        Caller caller;

        if (getuid() == 0 && root.fuse_fd >= 0) {
                identify_in_root(&root, &caller);
                ck_assert_str_eq(caller_kind_name(caller.kind), "unknown");
        }
        if (root.fuse_fd >= 0)
                close(root.fuse_fd);
}
END_TEST

/* Nor is the caller's own folder a place to look. */
START_TEST(test_program_in_a_folder_that_never_answers) {
        int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        _child_ child = {};
        Caller caller;

        if (getuid() == 0 && fd >= 0 && mount_privately()) {
                (void)mkdir(FOLDER, 0755);
                install_program(FOLDER "/program", 0755);
                ck_assert(child_start(&child, FOLDER "/program", NULL, NULL));
                ck_assert(mount_silence(FOLDER, "40755", fd));
                ck_assert_int_eq(identify(&child, &caller), 0);
                ck_assert_int_eq(caller.kind, CALLER_KIND_HOST);
                ck_assert_str_eq(caller.path, FOLDER "/program");
                ck_assert(!caller_runs(&caller, PROGRAM));
                ck_assert_int_eq(umount2(FOLDER, MNT_DETACH), 0);
                (void)unlink(FOLDER "/program");
                (void)rmdir(FOLDER);
        }
        if (fd >= 0)
                close(fd);
}
END_TEST

/* ---- parents -------------------------------------------------------------------------------- */

static FileId own_program(void) {
        Process process = PROCESS_NONE;
        char path[4096];
        FileId file;

        ck_assert_int_eq(process_open(&process, getpid()), 0);
        ck_assert_int_eq(process_read_program(&process, path, sizeof(path), &file), 0);
        process_close(&process);
        return file;
}

START_TEST(test_parent_is_known) {
        FileId own = own_program();
        _child_ child = {};
        Caller caller;

        ck_assert(child_start(&child, "/bin/sleep", NULL, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert(caller.has_parent);
        ck_assert(file_id_equal(&caller.parent, &own));
        ck_assert(!file_id_equal(&caller.program, &own));
}
END_TEST

/* Starts a child whose parent ends at once; we, or who takes orphans, become its parent. */
static pid_t start_orphan(void) {
        pid_t middle, orphan;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        middle = fork();
        ck_assert_int_ge(middle, 0);
        if (middle == 0) {
                orphan = fork();
                if (orphan == 0) {
                        execl("/bin/sleep", "/bin/sleep", "60", NULL);
                        _exit(1);
                }
                _exit(write(fds[1], &orphan, sizeof(orphan)) == sizeof(orphan) ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(middle, NULL, 0), middle);
        ck_assert_int_eq(read(fds[0], &orphan, sizeof(orphan)), (ssize_t)sizeof(orphan));
        close(fds[0]);
        close(fds[1]);
        return orphan;
}

START_TEST(test_parent_that_has_gone_is_none) {
        FileId own = own_program();
        Child orphan = { start_orphan() };
        Caller caller;

        ck_assert_int_eq(identify(&orphan, &caller), 0);
        ck_assert(!caller.has_parent || !file_id_equal(&caller.parent, &own));
        kill(orphan.pid, SIGKILL);
}
END_TEST

static bool leave_the_host(void) {
        return mount_privately();
}

static bool become_another_user(void) {
        return setresuid(65534, 65534, 65534) >= 0;
}

/* The child of a process that changes itself once it has its child. */
static void identify_child_of(bool (*change)(void), Caller *ret) {
        pid_t middle, pid;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        middle = fork();
        ck_assert_int_ge(middle, 0);
        if (middle == 0) {
                pid = fork();
                if (pid == 0) {
                        execl("/bin/sleep", "/bin/sleep", "60", NULL);
                        _exit(1);
                }
                if (change() && write(fds[1], &pid, sizeof(pid)) == sizeof(pid))
                        waitpid(pid, NULL, 0);
                _exit(0);
        }
        close(fds[1]);
        ck_assert_int_eq(read(fds[0], &pid, sizeof(pid)), (ssize_t)sizeof(pid));
        close(fds[0]);
        ck_assert_int_eq(identify(&(Child){ pid }, ret), 0);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(middle, NULL, 0), middle);
}

/* One in a sandbox, whose child came out of it; and one of somebody else. */
START_TEST(test_parent_that_is_another_ones_is_none) {
        Caller caller;

        if (getuid() != 0)
                return;
        identify_child_of(leave_the_host, &caller);
        ck_assert_int_eq(caller.kind, CALLER_KIND_HOST);
        ck_assert(!caller.has_parent);

        identify_child_of(become_another_user, &caller);
        ck_assert_int_eq(caller.kind, CALLER_KIND_HOST);
        ck_assert(!caller.has_parent);
}
END_TEST

/* ---- terminals ------------------------------------------------------------------------------ */

static bool leave_terminal(void *userdata) {
        return setsid() >= 0;
}

/* A session with a terminal of its own. Returns the terminal, or -1. */
static int take_terminal(void) {
        int fd;

        if (setsid() < 0)
                return -1;
        fd = posix_openpt(O_RDWR);
        if (fd < 0 || ioctl(fd, TIOCSPTLCK, &(int){ 0 }) < 0)
                return -1;
        fd = ioctl(fd, TIOCGPTPEER, O_RDWR);
        return fd >= 0 && ioctl(fd, TIOCSCTTY, 0) >= 0 ? fd : -1;
}

static bool go_before_terminal(void *userdata) {
        return take_terminal() >= 0;
}

/* Another process of the session is in front. */
static bool go_behind_terminal(void *userdata) {
        int fd = take_terminal();
        pid_t front;

        if (fd < 0)
                return false;
        front = fork();
        if (front == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                close_range(STDERR_FILENO + 1, ~0U, 0); /* the test waits for them to close */
                pause();
                _exit(0);
        }
        return front > 0 && setpgid(front, front) >= 0 && ioctl(fd, TIOCSPGRP, &front) >= 0;
}

START_TEST(test_terminals) {
        _child_ without = {}, before = {}, behind = {};
        Caller caller;

        ck_assert(child_start(&without, "/bin/sleep", leave_terminal, NULL));
        ck_assert_int_eq(identify(&without, &caller), 0);
        ck_assert(!caller.on_terminal);

        ck_assert(child_start(&before, "/bin/sleep", go_before_terminal, NULL));
        ck_assert_int_eq(identify(&before, &caller), 0);
        ck_assert(caller.on_terminal);

        ck_assert(child_start(&behind, "/bin/sleep", go_behind_terminal, NULL));
        ck_assert_int_eq(identify(&behind, &caller), 0);
        ck_assert(!caller.on_terminal);
}
END_TEST

/* The kernel puts a program's name between parentheses, and that name is free. */
static bool take_odd_name(void *userdata) {
        return leave_terminal(NULL) && prctl(PR_SET_NAME, "x) R 1 1 1 1 1", 0, 0, 0) == 0;
}

START_TEST(test_name_cannot_make_up_a_terminal) {
        static const char path[] = TEST_FOLDER "/x) R 1 7 7 7 7";
        _child_ child = {};
        Caller caller;

        install_program(path, 0755);
        ck_assert(child_start(&child, path, take_odd_name, NULL));
        ck_assert_int_eq(identify(&child, &caller), 0);
        ck_assert(!caller.on_terminal);
        unlink(path);
}
END_TEST

/* ---- numbers that are used again ------------------------------------------------------------ */

START_TEST(test_number_that_another_process_has_now) {
        _child_ second = {};
        Process process = PROCESS_NONE;
        char path[4096];
        Caller caller;
        Child first = {};
        FileId file;
        pid_t pid;

        ck_assert(child_start(&first, "/bin/sleep", NULL, NULL));
        ck_assert_int_eq(process_open(&process, first.pid), 0);
        pid = first.pid;
        child_done(&first);

        if (child_start_as(&second, pid)) {
                ck_assert_int_eq(second.pid, pid);
                ck_assert(process_has_ended(&process));
                ck_assert_int_eq(process_read_program(&process, path, sizeof(path), &file), -ESRCH);
                ck_assert_int_eq(caller_identify(&process, getuid(), &caller), -ESRCH);
        } else
                ck_assert_int_ne(getuid(), 0);
        process_close(&process);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("caller", &tcase);
        int r;

        tcase_add_test(tcase, test_name_of_a_program);
        tcase_add_test(tcase, test_name_is_fit_to_be_shown);
        tcase_add_test(tcase, test_long_name_is_cut_at_its_beginning);
        tcase_add_test(tcase, test_processes_that_are_no_callers);
        tcase_add_test(tcase, test_installed_program_is_untouched);
        tcase_add_test(tcase, test_a_program_that_others_may_change);
        tcase_add_test(tcase, test_a_folder_that_others_may_change);
        tcase_add_test(tcase, test_replaced_or_deleted_program);
        tcase_add_test(tcase, test_paths_that_are_not_safe);
        tcase_add_test(tcase, test_same_path_elsewhere_is_no_program_of_the_host);
        tcase_add_test(tcase, test_another_root_is_none_of_the_host);
        tcase_add_test(tcase, test_flatpak_is_known);
        tcase_add_test(tcase, test_what_is_no_flatpak);
        tcase_add_test(tcase, test_flatpak_info_that_is_too_long);
        tcase_add_test(tcase, test_flatpak_info_from_another_file_system);
        tcase_add_test(tcase, test_flatpak_info_that_never_answers);
        tcase_add_test(tcase, test_program_in_a_folder_that_never_answers);
        tcase_add_test(tcase, test_parent_is_known);
        tcase_add_test(tcase, test_parent_that_has_gone_is_none);
        tcase_add_test(tcase, test_parent_that_is_another_ones_is_none);
        tcase_add_test(tcase, test_terminals);
        tcase_add_test(tcase, test_name_cannot_make_up_a_terminal);
        tcase_add_test(tcase, test_number_that_another_process_has_now);
        r = unit_run(suite);
        (void)unlink(PROGRAM);
        (void)rmdir(ROOT);
        return r;
}
