/* SPDX-License-Identifier: MIT */

/*
 * One sign-in from a website's request to the answer, with both roles of libhybrid in one process:
 * the desktop (client platform) and the phone (authenticator). To build and run it:
 *
 *         cc -std=c17 -o two-roles two-roles.c $(pkg-config --cflags --libs libhybrid)
 *         ./two-roles
 *
 * A program of yours has one of the roles. Where this one hands things across in memory, it has a
 * screen or a camera, a radio and a websocket; and where this one ends because nobody has anything
 * left to do, it sleeps until something happens or the session's deadline has come.
 *
 * Written so that it is C++ as well.
 */

#define _DEFAULT_SOURCE 1 /* getentropy() */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <hybrid.h>

typedef struct Desktop {
        HybridWebauthn *webauthn; /* what the website asks for */
        HybridClient *session;
        char *answer; /* for the website */
} Desktop;

typedef struct World {
        HybridEnv env;
        Desktop desktop;
        HybridPhone *phone; /* NULL until it scans the code */
} World;

/* ---- what the phone knows and answers ---- */

/* Its passkey has the id a1a2a3a4a5a6a7a8. */
static const char request_json[] =
        "{\"rpId\": \"example.com\", \"challenge\": \"AAECAwQFBgcICQoLDA0ODw\","
        " \"userVerification\": \"required\","
        " \"allowCredentials\": [{\"type\": \"public-key\", \"id\": \"oaKjpKWmp6g\"}]}";

/* {1: ["FIDO_2_0"], 4: {"rk": true, "uv": true}} */
static const uint8_t get_info[] = "\xa2\x01\x81\x68"
                                  "FIDO_2_0"
                                  "\x04\xa2\x62rk\xf5\x62uv\xf5";

enum {
        GET_INFO_SIZE = sizeof(get_info) - 1, /* without the NUL */
        ASSERTION_SIZE = 75 + 70,
};

/* Success ‖ {1: credential, 2: authenticator data, 3: signature}. A real phone asks its person and
 * signs; the signature here, which is the rest, is all zero. */
static const uint8_t assertion[ASSERTION_SIZE] =
        "\x00\xa3"
        /* {"id": …, "type": "public-key"} */
        "\x01\xa2\x62id\x48\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\x64type\x6apublic-key"
        /* 37 bytes: SHA-256 of "example.com" ‖ user present and verified ‖ counter */
        "\x02\x58\x25"
        "\xa3\x79\xa6\xf6\xee\xaf\xb9\xa5\x5e\x37\x8c\x11\x80\x34\xe2\x75"
        "\x1e\x68\x2f\xab\x9f\x2d\x30\xab\x13\xd2\x12\x55\x86\xce\x19\x47"
        "\x05\x00\x00\x00\x00"
        /* 70 bytes */
        "\x03\x58\x46";

/* ---- what both need ---- */

/* Ends the program if something broke. What a peer did wrong comes as a FAILED action as well. */
static void check(int r, const char *what) {
        if (r < 0 && r != -EBADMSG) {
                fprintf(stderr, "Failed to %s: %s\n", what, strerror(-r));
                exit(EXIT_FAILURE);
        }
}

static int random_bytes(void *userdata, uint8_t *buf, size_t n) {
        const size_t most = 256; /* getentropy() gives no more at once */

        (void)userdata;
        for (size_t done = 0; done < n; done += most)
                if (getentropy(buf + done, n - done < most ? n - done : most) < 0)
                        return -errno;
        return 0;
}

static uint64_t now_usec(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void print_failure(const char *who, const HybridFailure *failure) {
        fprintf(stderr, "%s: failed: %s (%s)\n", who, hybrid_cause_name(failure->cause),
                failure->detail);
}

static HybridChannelError closed_in_order(void) {
        HybridChannelError error;

        memset(&error, 0, sizeof(error));
        error.fault = HYBRID_CHANNEL_CLOSED;
        return error;
}

/* ---- the phone ---- */

static void phone_scan(World *world, const char *qr_text) {
        HybridPhoneParams params;

        memset(&params, 0, sizeof(params));
        params.qr_text = qr_text;
        params.get_info = get_info;
        params.n_get_info = GET_INFO_SIZE;
        check(hybrid_phone_new(&world->phone, &world->env, &params, now_usec()), "read the code");
}

static void phone_do(World *world, const HybridAction *action) {
        HybridPhone *phone = world->phone;
        HybridClient *client = world->desktop.session;

        switch (action->type) {
        case HYBRID_ACTION_STATE:
                printf("phone: %s\n", hybrid_phone_state_name((HybridPhoneState)action->state));
                break;
        case HYBRID_ACTION_CONNECT:
                /* The tunnel service gives the id in the header X-caBLE-Routing-ID. */
                printf("phone: opens a tunnel at %s\n", action->connect.host);
                check(hybrid_phone_channel_up(phone, "0A0B0C", now_usec()), "open the tunnel");
                break;
        case HYBRID_ACTION_ADVERTISE_START:
                /* Over the air. HYBRID_E_NOT_OURS would mean that it is another desktop's. */
                printf("phone: broadcasts %zu bytes\n", action->bytes.n);
                check(hybrid_client_advert(client, action->bytes.data, action->bytes.n, now_usec()),
                      "read the advert");
                break;
        case HYBRID_ACTION_SEND:
                check(hybrid_client_recv(client, action->bytes.data, action->bytes.n, now_usec()),
                      "read the phone's message");
                break;
        case HYBRID_ACTION_COMMAND:
                printf("phone: its person agrees to command 0x%02x\n", action->bytes.data[0]);
                check(hybrid_phone_reply(phone, assertion, ASSERTION_SIZE, now_usec()), "reply");
                break;
        case HYBRID_ACTION_CLOSE: {
                const HybridChannelError why = closed_in_order();

                check(hybrid_client_channel_down(client, &why, now_usec()), "close");
                break;
        }
        case HYBRID_ACTION_FAILED:
                print_failure("phone", action->failure);
                break;
        case HYBRID_ACTION_ADVERTISE_STOP: /* there is no radio here */
        case HYBRID_ACTION_SHOW_QR:        /* and the rest is the desktop's */
        case HYBRID_ACTION_HIDE_QR:
        case HYBRID_ACTION_SCAN_START:
        case HYBRID_ACTION_SCAN_STOP:
        case HYBRID_ACTION_REPLY:
        case HYBRID_ACTION_LINKED:
        case HYBRID_ACTION_LINK_IGNORED:
                break;
        }
}

/* ---- the desktop ---- */

/* A real one asks the public suffix list, for example with libpsl. */
static bool is_public_suffix(void *userdata, const char *domain) {
        (void)userdata;
        return !strchr(domain, '.');
}

static void desktop_start(World *world) {
        Desktop *desktop = &world->desktop;
        HybridWebauthnParams request;
        HybridClientParams params;
        HybridFailure failure;
        int r;

        memset(&request, 0, sizeof(request));
        request.operation = HYBRID_GET;
        request.json = request_json;
        request.n_json = strlen(request_json);
        request.origin = "https://login.example.com";
        request.is_public_suffix = is_public_suffix;
        r = hybrid_webauthn_new(&desktop->webauthn, &request, &failure);
        check(r, "read the request");
        if (r == HYBRID_E_REFUSED) {
                print_failure("desktop", &failure);
                exit(EXIT_FAILURE);
        }

        memset(&params, 0, sizeof(params));
        params.operation = HYBRID_GET;
        params.unix_time = (uint64_t)time(NULL);
        params.timeout_usec = hybrid_webauthn_timeout_usec(desktop->webauthn);
        check(hybrid_client_new(&desktop->session, &world->env, &params, now_usec()), "start");
}

/* The phone has told what it can do, from which the command follows. */
static void desktop_send_command(Desktop *desktop) {
        const uint8_t *info;
        uint8_t *command;
        size_t n_info, n_command;
        HybridFailure failure;
        int r;

        check(hybrid_client_get_info(desktop->session, &info, &n_info), "learn about the phone");
        r = hybrid_webauthn_command(desktop->webauthn, info, n_info, &command, &n_command,
                                    &failure);
        check(r, "make the command");
        if (r == HYBRID_E_REFUSED) {
                print_failure("desktop", &failure);
                check(hybrid_client_cancel(desktop->session, failure.cause, now_usec()), "cancel");
                return;
        }

        check(hybrid_client_command(desktop->session, command, n_command, now_usec()),
              "send the command");
        free(command);
}

static void desktop_take_reply(Desktop *desktop, const uint8_t *reply, size_t n_reply) {
        HybridAuthenticator authenticator;
        const uint8_t *info;
        size_t n_info;
        HybridFailure failure;
        int r;

        check(hybrid_client_get_info(desktop->session, &info, &n_info), "learn about the phone");
        r = hybrid_webauthn_response(desktop->webauthn, info, n_info, reply, n_reply,
                                     &desktop->answer, &authenticator, &failure);
        check(r, "read the reply");
        if (r == HYBRID_E_REFUSED)
                print_failure("desktop", &failure);
}

static void desktop_do(World *world, const HybridAction *action) {
        Desktop *desktop = &world->desktop;

        switch (action->type) {
        case HYBRID_ACTION_STATE:
                printf("desktop: %s\n", hybrid_client_state_name((HybridClientState)action->state));
                if (action->state == HYBRID_CLIENT_READY)
                        desktop_send_command(desktop);
                break;
        case HYBRID_ACTION_SHOW_QR:
                printf("desktop: shows a code of %zu letters\n", strlen(action->qr_text));
                phone_scan(world, action->qr_text);
                break;
        case HYBRID_ACTION_CONNECT:
                printf("desktop: joins the tunnel at %s\n", action->connect.host);
                check(hybrid_client_channel_up(desktop->session, now_usec()), "join the tunnel");
                break;
        case HYBRID_ACTION_SEND:
                check(hybrid_phone_recv(world->phone, action->bytes.data, action->bytes.n,
                                        now_usec()),
                      "read the desktop's message");
                break;
        case HYBRID_ACTION_REPLY:
                desktop_take_reply(desktop, action->bytes.data, action->bytes.n);
                break;
        case HYBRID_ACTION_CLOSE: {
                const HybridChannelError why = closed_in_order();

                check(hybrid_phone_channel_down(world->phone, &why, now_usec()), "close");
                break;
        }
        case HYBRID_ACTION_FAILED:
                print_failure("desktop", action->failure);
                break;
        case HYBRID_ACTION_HIDE_QR:
        case HYBRID_ACTION_SCAN_START: /* the phone's bytes come by themselves here */
        case HYBRID_ACTION_SCAN_STOP:
        case HYBRID_ACTION_ADVERTISE_START: /* the rest is the phone's */
        case HYBRID_ACTION_ADVERTISE_STOP:
        case HYBRID_ACTION_COMMAND:
        case HYBRID_ACTION_LINKED: /* no links are accepted here */
        case HYBRID_ACTION_LINK_IGNORED:
                break;
        }
}

/* ---- both ---- */

/* What an action points to is good until its session is next told something, and each message is
 * handed to the other session: nothing needs to be copied. False if both have come to rest. */
static bool world_turn(World *world) {
        HybridAction action;

        if (hybrid_client_next_action(world->desktop.session, &action))
                desktop_do(world, &action);
        else if (world->phone && hybrid_phone_next_action(world->phone, &action))
                phone_do(world, &action);
        else
                return false;
        return true;
}

static void world_end(World *world) {
        Desktop *desktop = &world->desktop;

        if (desktop->answer)
                explicit_bzero(desktop->answer, strlen(desktop->answer));
        free(desktop->answer);
        hybrid_client_free(desktop->session);
        hybrid_webauthn_free(desktop->webauthn);
        hybrid_phone_free(world->phone);
}

int main(void) {
        World world;
        bool answered;

        memset(&world, 0, sizeof(world));
        world.env.random = random_bytes;

        desktop_start(&world);
        while (world_turn(&world)) {
        }

        answered = world.desktop.answer;
        if (answered)
                printf("%s\n", world.desktop.answer);
        world_end(&world);
        return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}
