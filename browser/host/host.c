/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "browser/host/browser-call.h"
#include "browser/host/browser-reply.h"
#include "browser/host/frame.h"
#include "browser/host/host.h"
#include "client/bus-error.h"
#include "client/bus-request.h"
#include "daemon/names.h"

enum {
        READ_SIZE = 64 * 1024,
        /* hybridd serves four requests of ours at a time; an extension that asks for this many is mad. */
        OPEN_CALLS_MAX = 64,
};

#define _bus_ _cleanup_(sd_bus_flush_close_unrefp) sd_bus

/* What the extension waits for: a request, or the reply to a call. */
typedef struct OpenCall {
        LIST_ENTRY(OpenCall) link;
        Host *host;
        int64_t id;
        BusRequest *request;
        sd_bus_slot *slot;
        bool answered;
} OpenCall;

typedef LIST_HEAD(OpenCalls, OpenCall) OpenCalls;

struct Host {
        sd_event *event;
        sd_event_source *input;
        sd_bus *bus; /* or NULL while it was not needed */
        int in_fd, out_fd;
        FrameReader reader;
        OpenCalls calls;
        size_t n_calls;
        bool ended;
        int r; /* why it has ended */
};

static void end(Host *host, int r) {
        if (!host->ended) {
                host->ended = true;
                host->r = r;
        }
}

/* ---- output --------------------------------------------------------------------------------- */

/* The browser reads all the time; where it does not, there is nobody to wait for us either. */
static int write_all(int fd, const void *data, size_t n) {
        const uint8_t *bytes = data;

        while (n > 0) {
                ssize_t n_written = write(fd, bytes, n);

                if (n_written < 0 && errno == EINTR)
                        continue;
                if (n_written < 0)
                        return -errno;
                bytes += n_written;
                n -= (size_t)n_written;
        }
        return 0;
}

static int write_frame(int fd, const char *text) {
        uint8_t header[FRAME_HEADER_SIZE];
        size_t n = strlen(text);
        int r;

        if (n > FRAME_TEXT_SIZE_MAX)
                return -EMSGSIZE;
        frame_encode_header(n, header);
        r = write_all(fd, header, sizeof(header));
        return r < 0 ? r : write_all(fd, text, n);
}

/* Takes the text. A browser that has gone meanwhile is no error. */
static void say(Host *host, char *text) {
        int r = text ? write_frame(host->out_fd, text) : -ENOMEM;

        browser_reply_free(text);
        if (r < 0)
                end(host, r == -EPIPE ? 0 : r);
}

static void say_failed(Host *host, int64_t id, const Outcome *outcome) {
        if (outcome->error && outcome->cause && outcome->message)
                say(host,
                    browser_reply_failed(id, outcome->error, outcome->cause, outcome->message));
        else
                end(host, -ENOMEM);
}

static void say_refused(Host *host, int64_t id, const char *error, const char *cause,
                        const char *message) {
        say(host, browser_reply_failed(id, error, cause, message));
}

/* ---- what is open --------------------------------------------------------------------------- */

static OpenCall *open_call_find(Host *host, int64_t id) {
        OpenCall *call;

        for (call = LIST_FIRST(&host->calls); call; call = LIST_NEXT(call, link))
                if (call->id == id)
                        return call;
        return NULL;
}

static OpenCall *open_call_new(Host *host, int64_t id) {
        OpenCall *call = calloc(1, sizeof(*call));

        if (!call)
                return NULL;
        call->host = host;
        call->id = id;
        LIST_INSERT_HEAD(&host->calls, call, link);
        host->n_calls++;
        return call;
}

static void open_call_free(OpenCall *call) {
        LIST_REMOVE(call, link);
        call->host->n_calls--;
        bus_request_free(call->request);
        sd_bus_slot_unref(call->slot);
        free(call);
}

/* Not where they are answered: that is in the middle of what they own. */
static void free_answered(Host *host) {
        OpenCall *call = LIST_FIRST(&host->calls);

        while (call) {
                OpenCall *next = LIST_NEXT(call, link);

                if (call->answered)
                        open_call_free(call);
                call = next;
        }
}

/* ---- requests ------------------------------------------------------------------------------- */

static void on_state(void *userdata, const char *state) {
}

static void on_code_gone(void *userdata) {
}

static void on_ended(void *userdata, Outcome *outcome) {
        OpenCall *call = userdata;

        call->answered = true;
        if (outcome->done)
                say(call->host, browser_reply_done(call->id, outcome->response));
        else
                say_failed(call->host, call->id, outcome);
}

static const BusRequestEvents request_events = {
        .state = on_state,
        .code_gone = on_code_gone,
        .ended = on_ended,
};

static int begin_request(OpenCall *call, const BrowserCall *asked) {
        const BusRequestParams params = {
                .operation = asked->type == BROWSER_CALL_CREATE ? HYBRID_CREATE : HYBRID_GET,
                .origin = asked->origin,
                .top_origin = asked->top_origin,
                .json = asked->options,
                .window = true,
        };

        return bus_request_new(&call->request, call->host->bus, &params, &request_events, call);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* True if the call has failed; the extension is told. */
static bool failed(OpenCall *call, sd_bus_message *reply) {
        _cleanup_(outcome_done) Outcome outcome = {};

        call->answered = true;
        if (!sd_bus_message_is_method_error(reply, NULL))
                return false;
        bus_error_outcome(sd_bus_message_get_error(reply), &outcome);
        say_failed(call->host, call->id, &outcome);
        return true;
}

static void say_nonsense(OpenCall *call) {
        say_refused(
                call->host, call->id, "UnknownError", "protocol",
                "hybridd said something that makes no sense. Check that all its programs are of "
                "the same version.");
}

static int read_status_entry(sd_bus_message *reply, const char **version, const char **bluetooth) {
        const char *name;
        int r;

        r = sd_bus_message_read(reply, "s", &name);
        if (r < 0)
                return r;
        if (strcmp(name, "Version") == 0)
                return sd_bus_message_read(reply, "v", "s", version);
        if (strcmp(name, "Bluetooth") == 0)
                return sd_bus_message_read(reply, "v", "s", bluetooth);
        return sd_bus_message_skip(reply, "v");
}

static int read_status(sd_bus_message *reply, const char **version, const char **bluetooth) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_status_entry(reply, version, bluetooth);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r;
}

static int on_status(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const char *version = "", *bluetooth = "";
        OpenCall *call = userdata;

        if (failed(call, reply))
                return 0;
        if (read_status(reply, &version, &bluetooth) < 0)
                say_nonsense(call);
        else
                say(call->host, browser_reply_status(call->id, version, bluetooth));
        return 0;
}

static int begin_status(OpenCall *call) {
        return sd_bus_call_method_async(call->host->bus, &call->slot, BUS_NAME, BUS_PATH,
                                        "org.freedesktop.DBus.Properties", "GetAll", on_status,
                                        call, "s", MANAGER_INTERFACE);
}

static void on_finding(void *userdata, const BusFinding *finding) {
        browser_findings_add(userdata, finding);
}

static int on_diagnosed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(browser_findings_done) BrowserFindings findings = {};
        OpenCall *call = userdata;

        if (failed(call, reply))
                return 0;
        if (bus_findings_read(reply, on_finding, &findings) < 0)
                say_nonsense(call);
        else
                say(call->host, browser_reply_findings(call->id, &findings));
        return 0;
}

static int begin_diagnose(OpenCall *call) {
        return sd_bus_call_method_async(call->host->bus, &call->slot, BUS_NAME, BUS_PATH,
                                        MANAGER_INTERFACE, "Diagnose", on_diagnosed, call, "");
}

/* ---- the bus -------------------------------------------------------------------------------- */

/* One that was lost is opened anew: the session may have got another one. */
static int need_bus(Host *host) {
        const char *unique_name;
        _bus_ *bus = NULL;
        int r;

        if (host->bus && sd_bus_is_open(host->bus) > 0)
                return 0;
        host->bus = sd_bus_flush_close_unref(host->bus);

        r = sd_bus_open_user(&bus);
        if (r >= 0)
                r = sd_bus_get_unique_name(bus, &unique_name);
        if (r >= 0)
                r = sd_bus_attach_event(bus, host->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                host->bus = TAKE_PTR(bus);
        return r;
}

/* ---- input ---------------------------------------------------------------------------------- */

static int begin(OpenCall *call, const BrowserCall *asked) {
        switch (asked->type) {
        case BROWSER_CALL_STATUS:
                return begin_status(call);
        case BROWSER_CALL_DIAGNOSE:
                return begin_diagnose(call);
        default:
                return begin_request(call, asked);
        }
}

static int take_new_call(Host *host, const BrowserCall *asked) {
        OpenCall *call;
        int r;

        if (need_bus(host) < 0) {
                say_refused(host, asked->id, "UnknownError", "no-daemon",
                            "There is no session bus, through which hybridd is reached. Start the "
                            "browser in a desktop session.");
                return 0;
        }
        call = open_call_new(host, asked->id);
        if (!call)
                return -ENOMEM;
        r = begin(call, asked);
        if (r < 0)
                open_call_free(call);
        return r;
}

static void cancel(Host *host, int64_t id) {
        OpenCall *call = open_call_find(host, id);

        /* It may have been answered while the extension spoke. */
        if (call && call->request && !call->answered)
                bus_request_cancel(call->request);
}

static int take_call(Host *host, const BrowserCall *asked) {
        if (asked->type == BROWSER_CALL_CANCEL) {
                cancel(host, asked->id);
                return 0;
        }
        /* Whose answer would it be? */
        if (open_call_find(host, asked->id))
                return -EBADMSG;
        if (host->n_calls >= OPEN_CALLS_MAX) {
                say_refused(host, asked->id, "NotAllowedError", "busy",
                            "Too many requests are open. End some of them, then try again.");
                return 0;
        }
        return take_new_call(host, asked);
}

static int take_text(Host *host, const char *text, size_t n) {
        _cleanup_(browser_call_done) BrowserCall asked = {};
        int r;

        r = browser_call_parse(text, n, &asked);
        if (r == -EINVAL) {
                if (open_call_find(host, asked.id))
                        return -EBADMSG;
                say_refused(
                        host, asked.id, "TypeError", "bad-request",
                        "The extension and its program do not understand each other. Check that "
                        "both are of the same version.");
                return 0;
        }
        return r < 0 ? r : take_call(host, &asked);
}

static int take_frames(Host *host) {
        const char *text;
        size_t n;
        int r;

        while (!host->ended && (r = frame_reader_next(&host->reader, &text, &n)) > 0) {
                r = take_text(host, text, n);
                if (r < 0)
                        return r;
                free_answered(host);
        }
        return host->ended ? 0 : r;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        uint8_t bytes[READ_SIZE];
        CLEANUP_ERASE(bytes);
        Host *host = userdata;
        ssize_t n;
        int r;

        n = read(fd, bytes, sizeof(bytes));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return 0;
        if (n <= 0) {
                end(host, n < 0 ? -errno : 0);
                return 0;
        }

        r = frame_reader_push(&host->reader, bytes, (size_t)n);
        if (r >= 0)
                r = take_frames(host);
        if (r < 0)
                end(host, r);
        return 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

int host_new(Host **ret, sd_event *event, int in_fd, int out_fd) {
        Host *host;
        int r;

        host = calloc(1, sizeof(*host));
        if (!host)
                return -ENOMEM;
        host->event = sd_event_ref(event);
        host->in_fd = in_fd;
        host->out_fd = out_fd;
        LIST_INIT(&host->calls);

        r = sd_event_add_io(event, &host->input, in_fd, EPOLLIN, on_input, host);
        if (r < 0) {
                host_free(host);
                return r;
        }
        *ret = host;
        return 0;
}

int host_run(Host *host) {
        int r = 0;

        while (r >= 0 && !host->ended) {
                r = sd_event_run(host->event, UINT64_MAX);
                free_answered(host);
        }
        return r < 0 ? r : host->r;
}

Host *host_free(Host *host) {
        if (!host)
                return NULL;

        while (!LIST_EMPTY(&host->calls))
                open_call_free(LIST_FIRST(&host->calls));
        sd_event_source_disable_unref(host->input);
        sd_bus_flush_close_unref(host->bus);
        sd_event_unref(host->event);
        frame_reader_done(&host->reader);
        free(host);
        return NULL;
}
