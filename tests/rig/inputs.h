/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What can happen to a desktop's session, for the tests that try it in each state. Each returns what
 * the session said.
 */

#include "rig.h"

int input_advert_ours(Rig *rig);
int input_advert_of_second_phone(Rig *rig);
int input_advert_renewed(Rig *rig);
int input_advert_of_stranger(Rig *rig);
int input_advert_short(Rig *rig);
int input_channel_up(Rig *rig);
int input_empty_message(Rig *rig);
int input_garbage(Rig *rig);
int input_closed(Rig *rig);
int input_broken(Rig *rig);
int input_unreachable(Rig *rig);
int input_tls(Rig *rig);
int input_proxy(Rig *rig);
int input_refused(Rig *rig);
int input_violation(Rig *rig);
int input_forbidden(Rig *rig);
int input_command(Rig *rig);
int input_empty_command(Rig *rig);
int input_huge_command(Rig *rig);
int input_cancel(Rig *rig);
int input_early_tick(Rig *rig);
int input_state_deadline(Rig *rig);
int input_just_before_deadline(Rig *rig);
