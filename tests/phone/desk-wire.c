/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk-wire.h"

static Desk *the_desk; /* the backends have no other way to find it */

void desk_wire_init(Desk *desk) {
        the_desk = desk;
}

/* ---- the radio ------------------------------------------------------------------------------ */

static int radio_open(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                      void *userdata) {
        *ret = calloc(1, sizeof(Ble));
        ck_assert_ptr_nonnull(*ret);
        (*ret)->backend = &desk_radio;
        return 0;
}

static BleStatus radio_status(Ble *ble) {
        return BLE_ON;
}

static int radio_scan_start(Ble *ble) {
        return 0;
}

static void radio_stop(Ble *ble) {
}

static int radio_advertise_start(Ble *ble, uint16_t uuid, const uint8_t *service_data, size_t n) {
        Desk *desk = the_desk;

        ck_assert_uint_eq(n, HYBRID_ADVERT_SIZE);
        ck_assert_uint_lt(desk->n_adverts, DESK_ADVERTS_MAX);
        memcpy(desk->adverts[desk->n_adverts++], service_data, n);
        desk->uuid = uuid;
        return 0;
}

static Ble *radio_free(Ble *ble) {
        free(ble);
        return NULL;
}

const BleBackend desk_radio = {
        .name = "desk",
        .open = radio_open,
        .status = radio_status,
        .scan_start = radio_scan_start,
        .scan_stop = radio_stop,
        .advertise_start = radio_advertise_start,
        .advertise_stop = radio_stop,
        .free = radio_free,
};

/* ---- the tunnel ----------------------------------------------------------------------------- */

static int tunnel_open(Channel **ret, sd_event *event, const ChannelOptions *options) {
        DeskChannel *channel = calloc(1, sizeof(*channel));

        ck_assert_ptr_nonnull(channel);
        ck_assert_ptr_null(the_desk->channel);
        channel->channel.backend = &desk_tunnel;
        channel->events = options->events;
        channel->userdata = options->userdata;
        snprintf(channel->url, sizeof(channel->url), "%s", options->url);
        the_desk->channel = *ret = &channel->channel;
        the_desk->channel_coming_up = true;
        return 0;
}

void desk_enqueue(Desk *desk, bool to_phone, const uint8_t *data, size_t n) {
        DeskMessage *message = &desk->queue[desk->n_queue++];

        ck_assert_uint_le(desk->n_queue, DESK_MESSAGES_MAX);
        *message = (DeskMessage){ .to_phone = to_phone, .data = malloc(n + 1), .n = n };
        ck_assert_ptr_nonnull(message->data);
        memcpy(message->data, data, n);
}

static int tunnel_send(Channel *channel, const uint8_t *data, size_t n) {
        ck_assert_ptr_eq(channel, the_desk->channel);
        if (the_desk->channel_closing)
                return -ENOTCONN;
        ck_assert_uint_le(n, HYBRID_MESSAGE_SIZE_MAX);
        desk_enqueue(the_desk, false, data, n);
        return 0;
}

static void tunnel_close(Channel *channel) {
        the_desk->channel_closing = true;
}

static Channel *tunnel_free(Channel *channel) {
        ck_assert_ptr_eq(channel, the_desk->channel);
        the_desk->channel = NULL;
        the_desk->channel_closing = true; /* the desktop's end notices */
        free(channel);
        return NULL;
}

const ChannelBackend desk_tunnel = {
        .name = "desk",
        .open = tunnel_open,
        .send = tunnel_send,
        .close = tunnel_close,
        .free = tunnel_free,
};
