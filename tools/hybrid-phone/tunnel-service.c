/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tools/common/number.h"
#include "tunnel-service.h"
#include "wire/tunnel-url.h"

static int parse_id(const char *text, uint16_t *ret) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        uint64_t id;

        if (number_parse(text, 0, UINT16_MAX, &id) < 0 || tunnel_host((uint16_t)id, host) < 0)
                return -EINVAL;

        *ret = (uint16_t)id;
        return 0;
}

int tunnel_service_parse(const char *text, uint16_t *ret) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];

        if (strspn(text, "0123456789") == strlen(text))
                return parse_id(text, ret);

        /* There are few enough to try them all. */
        for (unsigned id = 0; id <= UINT16_MAX; id++)
                if (tunnel_host((uint16_t)id, host) >= 0 && strcasecmp(host, text) == 0) {
                        *ret = (uint16_t)id;
                        return 0;
                }

        return -ENOENT;
}
