/* SPDX-License-Identifier: MIT */

/*
 * The inputs of the phone's side. What an input means depends on the state: see phone-states.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "base/secret.h"
#include "session/channel-fault.h"
#include "session/phone-internal.h"
#include "wire/derive.h"
#include "wire/tunnel-url.h"

#define USEC_PER_SEC         1000000ULL
#define DEFAULT_TIMEOUT_USEC (60 * USEC_PER_SEC)
#define GET_INFO_SIZE_MAX    4096
#define N_RESERVED_IDS       256

DEFINE_CLEANUP(HybridPhone *, hybrid_phone_free);

/* Reads what was scanned, and whether desktop and phone have a tunnel service in common. */
static int read_code(HybridPhone *phone, const char *qr_text) {
        uint16_t id = phone->params.tunnel_server_id;
        int r;

        r = qr_decode(qr_text, &phone->code);
        if (r == -EBADMSG || (r >= 0 && !(phone->code.channels & QR_CHANNEL_TUNNEL)))
                return -EINVAL;
        if (r < 0)
                return r;

        if (id < N_RESERVED_IDS && id >= phone->code.n_tunnel_domains)
                return -ENOENT;
        phone_log_key(phone, "qr-secret", phone->code.secret, sizeof(phone->code.secret));
        phone->operation = phone->code.hint == QR_HINT_MAKE_CREDENTIAL ? HYBRID_CREATE : HYBRID_GET;
        return p256_decompress(phone->code.public_key, phone->identity);
}

static int copy_get_info(HybridPhone *phone) {
        if (phone->params.n_get_info > GET_INFO_SIZE_MAX)
                return -EINVAL;

        phone->get_info = malloc(phone->params.n_get_info + 1);
        if (!phone->get_info)
                return -ENOMEM;

        memcpy(phone->get_info, phone->params.get_info, phone->params.n_get_info);
        return 0;
}

/* Queues the first action. */
static int connect_tunnel(HybridPhone *phone) {
        char url[TUNNEL_URL_SIZE_MAX], host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        uint8_t tunnel_id[TUNNEL_ID_SIZE];
        int r;

        derive(DERIVE_TUNNEL_ID, phone->code.secret, sizeof(phone->code.secret), NULL, 0, tunnel_id,
               sizeof(tunnel_id));
        phone_log_key(phone, "tunnel-id", tunnel_id, sizeof(tunnel_id));
        r = tunnel_new_url(phone->params.tunnel_server_id, tunnel_id, url);
        if (r < 0)
                return r;

        (void)tunnel_host(phone->params.tunnel_server_id, host);
        phone_enter_state(phone, HYBRID_PHONE_OPENING_TUNNEL);
        return action_queue_push_connect(&phone->actions, url, host, NULL);
}

static int start_with_code(HybridPhone *phone, const char *qr_text, uint64_t now_usec) {
        int r;

        r = read_code(phone, qr_text);
        if (r < 0)
                return r;

        phone->deadline_usec = now_usec + phone->params.timeout_usec;
        return connect_tunnel(phone);
}

/* Nobody knows when: a phone waits for as long as it has the link. */
static int start_waiting(HybridPhone *phone) {
        if (!phone->own_key)
                return -EINVAL;

        phone->is_linked = true;
        phone->deadline_usec = HYBRID_USEC_NEVER;
        phone_enter_state(phone, HYBRID_PHONE_WAITING_FOR_CONTACT);
        return 0;
}

int hybrid_phone_new(HybridPhone **ret, const HybridEnv *env, const HybridPhoneParams *params,
                     uint64_t now_usec) {
        _cleanup_(hybrid_phone_freep) HybridPhone *phone = NULL;
        int r;

        phone = calloc(1, sizeof(*phone));
        if (!phone)
                return -ENOMEM;

        phone->env = env;
        phone->params = *params;
        phone->params.qr_text = NULL;
        phone->params.link = NULL;
        phone->params.private_key = NULL;
        if (phone->params.timeout_usec == 0)
                phone->params.timeout_usec = DEFAULT_TIMEOUT_USEC;

        r = copy_get_info(phone);
        if (r < 0)
                return r;
        r = phone_take_link(phone, params);
        if (r < 0)
                return r;
        r = params->qr_text ? start_with_code(phone, params->qr_text, now_usec)
                            : start_waiting(phone);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(phone);
        return 0;
}

HybridPhone *hybrid_phone_free(HybridPhone *phone) {
        if (!phone)
                return NULL;

        phone_erase_keys(phone);
        action_queue_done(&phone->actions);
        free(phone->get_info);
        return secret_free(phone, sizeof(*phone));
}

HybridOperation hybrid_phone_operation(const HybridPhone *phone) {
        return phone->operation;
}

int phone_check_input(const HybridPhone *phone) {
        if (phone->state == HYBRID_PHONE_FAILED)
                return -EBADMSG;
        return action_queue_has_room(&phone->actions) ? 0 : -EBUSY;
}

static bool is_routing_id(const char *text, uint8_t ret[static EID_ROUTING_ID_SIZE]) {
        return text && hex_decode(text, strlen(text), ret, EID_ROUTING_ID_SIZE) >= 0;
}

int hybrid_phone_channel_up(HybridPhone *phone, const char *routing_id, uint64_t now_usec) {
        uint8_t bytes[EID_ROUTING_ID_SIZE] = {};
        int r;

        r = phone_check_input(phone);
        if (r < 0)
                return r;
        if (phone->state != HYBRID_PHONE_OPENING_TUNNEL)
                return -EINVAL;
        if (!phone->is_linked && !is_routing_id(routing_id, bytes))
                return phone_fail(phone, HYBRID_CAUSE_TUNNEL_REFUSED, -EBADMSG,
                                  "the tunnel service gave no valid routing id");

        r = phone_start_advertising(phone, bytes);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_INTERNAL, "");
        return 0;
}

int hybrid_phone_recv(HybridPhone *phone, const uint8_t *message, size_t n, uint64_t now_usec) {
        int r;

        r = phone_check_input(phone);
        if (r < 0)
                return r;
        if (phone->state == HYBRID_PHONE_DONE)
                return 0;
        if (!phone_row(phone)->on_message)
                return -EINVAL;
        if (n > HYBRID_MESSAGE_SIZE_MAX)
                return phone_fail(phone, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "a message is too large");
        return phone_row(phone)->on_message(phone, message, n, now_usec);
}

int hybrid_phone_channel_down(HybridPhone *phone, const HybridChannelError *why,
                              uint64_t now_usec) {
        if (phone_has_ended(phone))
                return 0;
        if (phone->state == HYBRID_PHONE_WAITING_FOR_CONTACT)
                return -EINVAL;
        if (phone->state == HYBRID_PHONE_AWAITING_CLOSE || phone->state == HYBRID_PHONE_LINGERING) {
                phone_finish(phone);
                return 0;
        }

        phone->failure.http_status = why->http_status;
        return phone_fail(phone,
                          channel_fault_cause(why->fault, HYBRID_CAUSE_CHANNEL_BROKEN,
                                              HYBRID_CAUSE_CHANNEL_BROKEN),
                          0, why->detail);
}

int hybrid_phone_reply(HybridPhone *phone, const uint8_t *ctap2, size_t n, uint64_t now_usec) {
        int r;

        r = phone_check_input(phone);
        if (r < 0)
                return r;
        if (phone->state != HYBRID_PHONE_ANSWERING || n == 0)
                return -EINVAL;

        r = phone_send_reply(phone, ctap2, n);
        if (r == -EMSGSIZE)
                return r;
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_INTERNAL, "");

        if (phone->params.close_after_reply && !phone_gives_link(phone, HYBRID_PHONE_LINKS_LATER))
                phone_finish(phone);
        else
                phone_enter_state(phone, HYBRID_PHONE_AWAITING_CLOSE);
        return 0;
}

int hybrid_phone_hang_up(HybridPhone *phone, uint64_t now_usec) {
        if (phone_has_ended(phone))
                return 0;
        if (phone->state == HYBRID_PHONE_LINGERING) {
                phone_finish(phone);
                return 0;
        }
        return phone_fail(phone, HYBRID_CAUSE_DECLINED, 0, "");
}

int hybrid_phone_tick(HybridPhone *phone, uint64_t now_usec) {
        if (phone_has_ended(phone) || now_usec < phone->deadline_usec)
                return 0;
        if (phone->state == HYBRID_PHONE_LINGERING) {
                phone_finish(phone);
                return 0;
        }

        phone->failure.timed_out = true;
        return phone_fail(phone, HYBRID_CAUSE_TIMEOUT, 0, "");
}

uint64_t hybrid_phone_deadline(const HybridPhone *phone) {
        return phone_has_ended(phone) ? HYBRID_USEC_NEVER : phone->deadline_usec;
}

HybridPhoneState hybrid_phone_state(const HybridPhone *phone) {
        return phone->state;
}

bool hybrid_phone_next_action(HybridPhone *phone, HybridAction *ret) {
        return action_queue_next(&phone->actions, ret);
}
