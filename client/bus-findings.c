/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/macro.h"
#include "client/bus-findings.h"

static const char **member_of(BusFinding *finding, const char *key) {
        const struct {
                const char *key;
                const char **member;
        } members[] = {
                { "id", &finding->id },
                { "severity", &finding->severity },
                { "summary", &finding->summary },
                { "remedy", &finding->remedy },
        };

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (strcmp(members[i].key, key) == 0)
                        return members[i].member;
        return NULL;
}

static int read_entry(sd_bus_message *reply, BusFinding *finding) {
        const char *key, **member;
        int r;

        r = sd_bus_message_read(reply, "s", &key);
        if (r < 0)
                return r;
        member = member_of(finding, key);
        return member ? sd_bus_message_read(reply, "v", "s", member)
                      : sd_bus_message_skip(reply, "v");
}

static int read_finding(sd_bus_message *reply, BusFinding *ret) {
        int r;

        *ret = (BusFinding){ "", "", "", "" };
        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_entry(reply, ret);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        break;
        }
        return r;
}

int bus_findings_read(sd_bus_message *reply,
                      void (*each)(void *userdata, const BusFinding *finding), void *userdata) {
        BusFinding finding;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "a{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'a', "{sv}")) > 0) {
                r = read_finding(reply, &finding);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r >= 0)
                        each(userdata, &finding);
        }
        return r;
}
