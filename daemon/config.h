/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Settings, from INI files: those of the system, then the user's, the later ones winning key by key.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Config {
        /* [bluetooth] */
        char *ble_backend; /* "auto", or the name of a BleBackend */
        char *adapter;     /* "hci1", or "": all */
        char *scan;        /* "auto", "active" or "passive" */
        char *loopback_dir;
        bool turn_off_again; /* what was switched on for a request */

        /* [tunnel] */
        char *connect_ahead; /* hosts, separated by blanks */
        char *extra_ca_file; /* besides the system's; or "" */

        /* [proxy]; see proxy-settings.h */
        char *proxy;         /* the URL, a secret; or "" */
        char *no_proxy;      /* who is reached without it */
        bool proxy_was_read; /* in the file that is being read */

        /* [requests] */
        bool allow_localhost;
        bool related_origins;
        bool ask_unknown_callers; /* the person, each time; else they are refused */

        /* [daemon] */
        uint64_t idle_exit_usec; /* 0: never */
        bool phones_in_secret_service;

        /* [test], honoured only with --allow-test-config */
        bool any_caller;
        char *callers_vendor_folder;
        char *callers_admin_folder;
        char *resolve; /* NAME=ADDRESS:PORT, separated by blanks */
        char *ca_file;
        char *policy_folder;
        char *journal_socket;
        char *prompt_program; /* the path of the only window to be trusted; or "any" */
        char *root;           /* where diagnoses look at the machine: "/" */

        bool allow_test;       /* set by the command line, before anything is read */
        size_t n_unknown_keys; /* that were ignored; a newer version may know them */
} Config;

/** The defaults. -ENOMEM. */
int config_init(Config *config);
void config_done(Config *config);

/**
 * Reads one file. A missing file is -ENOENT; one that is wrong is told on stderr with its line,
 * and is -EINVAL.
 */
int config_read_file(Config *config, const char *path);

/** Reads all *.conf of the system's and the user's folders, each folder in the order of names. */
int config_read_default_files(Config *config);
