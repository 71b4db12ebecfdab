/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the demonstration takes place in: a folder of its own, a message bus that starts hybridd when
 * it is called, a tunnel server, and a folder that stands for the air between radios.
 */

#include <systemd/sd-bus.h>

#include "child.h"
#include "interrupts.h"
#include "line-reader.h"
#include "programs.h"

enum {
        LAB_PATH_SIZE = 64, /* short, because sockets in it must have short paths too */
        LAB_FILE_SIZE = LAB_PATH_SIZE + 32,
        LAB_ADDRESS_SIZE = 128,
};

typedef struct LabParams {
        sd_event *event;
        Interrupts *interrupts;
        const char *log_level;                                   /* of hybridd */
        void (*tunnel_event)(void *userdata, const char *event); /* such as "tunnel-new" */
        void *userdata;
} LabParams;

/** Must not move while it is open. */
typedef struct Lab {
        LabParams params;
        Programs programs;
        char folder[LAB_PATH_SIZE]; /* "" until it is made */
        sd_bus *bus;
        char bus_address[LAB_ADDRESS_SIZE];
        char tunnel_address[LAB_ADDRESS_SIZE]; /* 127.0.0.1:PORT */

        Child bus_daemon;
        Child tunnel;
        LineReader bus_lines;
        LineReader tunnel_lines;
} Lab;

/** The path of a file in the folder. */
void lab_file(const Lab *lab, const char *name, char ret[static LAB_FILE_SIZE]);

/** Opens a file in the folder to append to. A descriptor or a negative errno. */
int lab_open_log(const Lab *lab, const char *name);

/** Shows the end of all logs on stderr, after something failed. */
void lab_show_logs(const Lab *lab);

/**
 * Starts all of it. 0, or a negative errno after having complained; what was started by then is
 * ended with lab_close() all the same.
 */
int lab_open(Lab *lab, const LabParams *params);

/** Ends all processes, and removes the folder unless it is to be kept. */
void lab_close(Lab *lab, bool keep);
