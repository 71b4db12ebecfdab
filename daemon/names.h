/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The names on the bus. The version is in all of them from the first release on.
 */

#define BUS_NAME          "org.hybridd.Hybrid1"
#define BUS_PATH          "/org/hybridd/Hybrid1"
#define BUS_REQUEST_PATH  BUS_PATH "/request"
#define BUS_PHONE_PATH    BUS_PATH "/phone"
#define MANAGER_INTERFACE BUS_NAME ".Manager"
#define REQUEST_INTERFACE BUS_NAME ".Request"
#define PHONE_INTERFACE   BUS_NAME ".Phone"
#define ERROR_PREFIX      BUS_NAME ".Error."

#define PROMPT_NAME      "org.hybridd.Prompt1"
#define PROMPT_PATH      "/org/hybridd/Prompt1"
#define PROMPT_INTERFACE "org.hybridd.Prompt1"

#define ERROR_TYPE_ERROR          ERROR_PREFIX "TypeError"
#define ERROR_NOT_ALLOWED_ERROR   ERROR_PREFIX "NotAllowedError"
#define ERROR_INVALID_STATE_ERROR ERROR_PREFIX "InvalidStateError"
