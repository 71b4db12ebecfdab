/* SPDX-License-Identifier: MIT */

/*
 * A crowd on the loopback radio: RATE adverts of strangers each second for SECONDS, no two alike,
 * and among them, each once and far from each other, those given in hexadecimal.
 *
 *         bench-flood SOCKET RATE SECONDS [ADVERT]...
 *
 * Waits where the receiver does not keep up, as no radio does: what it takes off its socket is all
 * that was sent. Prints how many that were, and the seconds it took.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum {
        N_HEADER = 3, /* UUID, RSSI */
        N_ADVERT = 20,
        BURSTS_PER_SECOND = 100,
};

static double now(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void sleep_until(double when) {
        double seconds = when - now();
        struct timespec ts = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };

        if (seconds > 0)
                nanosleep(&ts, NULL);
}

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

static int send_advert(int fd, const uint8_t *advert) {
        uint8_t datagram[N_HEADER + N_ADVERT] = { 0xf9, 0xff, (uint8_t)-60 };

        memcpy(datagram + N_HEADER, advert, N_ADVERT);
        return send(fd, datagram, sizeof(datagram), 0) < 0 ? -1 : 0;
}

/* Looks as random as a sealed advert: a multiplication spreads the number over 20 bytes. */
static int send_stranger(int fd, uint64_t number) {
        uint8_t advert[N_ADVERT];
        uint64_t word = number + 1;

        for (size_t i = 0; i < N_ADVERT; i++) {
                word = word * 6364136223846793005ULL + 1442695040888963407ULL;
                advert[i] = (uint8_t)(word >> 56);
        }
        return send_advert(fd, advert);
}

static int send_hex(int fd, const char *hex) {
        uint8_t advert[N_ADVERT];

        for (size_t i = 0; i < N_ADVERT; i++) {
                unsigned byte;

                if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
                        return -1;
                advert[i] = (uint8_t)byte;
        }
        return send_advert(fd, advert);
}

int main(int argc, char *argv[]) {
        unsigned long rate, seconds, n_bursts, sent = 0;
        int fd, n_ours = argc - 4, next = 0;
        double began;

        if (argc < 4)
                return 2;
        fd = connect_to(argv[1]);
        rate = strtoul(argv[2], NULL, 10);
        seconds = strtoul(argv[3], NULL, 10);
        n_bursts = seconds * BURSTS_PER_SECOND;
        if (fd < 0 || rate < BURSTS_PER_SECOND)
                return 1;

        began = now();
        for (unsigned long burst = 0; burst < n_bursts; burst++) {
                for (unsigned long i = 0; i < rate / BURSTS_PER_SECOND; i++, sent++)
                        if (send_stranger(fd, sent) < 0)
                                return 1;
                if (next < n_ours &&
                    burst * (unsigned)(n_ours + 1) >= n_bursts * (unsigned)(next + 1)) {
                        if (send_hex(fd, argv[4 + next++]) < 0)
                                return 1;
                        sent++;
                }
                sleep_until(began + (double)(burst + 1) / BURSTS_PER_SECOND);
        }
        printf("%lu %.3f\n", sent, now() - began);
        return next == n_ours ? 0 : 1;
}
