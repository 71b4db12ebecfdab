/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The files of a lab.
 */

#include "lab.h"

#define LAB_ETHER       "ether" /* the folder that the loopback radio works in */
#define LAB_PHONE_STORE "phone" /* the phone's passkeys */
#define LAB_STATE       "state" /* hybridd's, and not the person's */
#define LAB_KEYS        "keys"  /* the site's public keys */
#define LAB_CA          "ca.pem"
#define LAB_BUS_CONFIG  "bus.conf"
#define LAB_BUS_LOG     "hybridd.log" /* hybridd inherits the bus' stderr */
#define LAB_TUNNEL_LOG  "hybrid-tunnel.log"
#define LAB_PHONE_LOG   "hybrid-phone.log"

/** Each returns 0, or a negative errno after having complained. */
int lab_make_folder(Lab *lab);
int lab_write_config(Lab *lab);

void lab_remove_folder(Lab *lab);
