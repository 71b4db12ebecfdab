/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/bytes.h"
#include "report.h"
#include "statistics.h"

/* What is to be done about a radio that does not work. */
static const char *remedy(BleStatus status) {
        switch (status) {
        case BLE_OFF:
                return ": it is switched off; switch it on (bluetoothctl power on)";
        case BLE_BLOCKED:
                return ": it is blocked; use the switch or the key for radios, or rfkill unblock "
                       "bluetooth";
        case BLE_ABSENT:
                return ": there is no such adapter; see hybrid-ble adapters";
        case BLE_NO_SERVICE:
                return ": bluetoothd does not run; install bluez, then systemctl start bluetooth";
        case BLE_NO_PERMISSION:
                return ": bluetoothd does not talk to this user; see its D-Bus policy";
        case BLE_ON:
        case BLE_STARTING:
        case _BLE_STATUS_MAX:
                break;
        }
        return "";
}

void report_status(bool json, double seconds, BleStatus status) {
        const char *name = ble_status_name(status);

        if (json)
                printf("{\"event\":\"status\",\"seconds\":%.3f,\"status\":\"%s\"}\n", seconds,
                       name);
        else
                printf("%8.3f  radio is %s%s\n", seconds, name, remedy(status));
}

static void print_advert_json(double seconds, const BleAdvert *advert, const char *digits,
                              Match match) {
        printf("{\"event\":\"advert\",\"seconds\":%.3f,\"uuid\":\"%04x\"", seconds, advert->uuid);
        if (advert->rssi != RSSI_UNKNOWN)
                printf(",\"rssi\":%d", advert->rssi);
        printf(",\"data\":\"%s\"", digits);
        if (match != MATCH_UNKNOWN)
                printf(",\"match\":%s", match == MATCH_YES ? "true" : "false");
        puts("}");
}

static void print_advert_text(double seconds, const BleAdvert *advert, const char *digits,
                              Match match) {
        printf("%8.3f  %04x  ", seconds, advert->uuid);
        if (advert->rssi != RSSI_UNKNOWN)
                printf("%4d dBm", advert->rssi);
        else
                printf("   ? dBm");
        printf("  %s%s\n", digits, match == MATCH_YES ? "  ours" : "");
}

void report_advert(bool json, double seconds, const BleAdvert *advert, Match match) {
        char digits[2 * BLE_SERVICE_DATA_SIZE_MAX + 1];

        hex_encode_upper(advert->service_data, advert->n_service_data, digits);
        if (json)
                print_advert_json(seconds, advert, digits, match);
        else
                print_advert_text(seconds, advert, digits, match);
}

void report_advertising(bool json, const char *radio) {
        if (json)
                printf("{\"event\":\"advertising\",\"radio\":\"%s\"}\n", radio);
        else
                printf("Advertising by %s\n", radio);
}
