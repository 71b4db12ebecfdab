/* SPDX-License-Identifier: MIT */

#include "ceremony/log.h"
#include "daemon/policy-log.h"
#include "daemon/policy/policy-file.h"
#include "daemon/services.h"

int services_connect(Services *services) {
        int r;

        r = sd_bus_open_user(&services->bus);
        if (r < 0)
                return log_error_errno(r, "Failed to connect to the session bus");
        r = sd_bus_attach_event(services->bus, services->event, 0);
        if (r < 0)
                return log_error_errno(r, "Failed to attach the bus to the event loop");
        r = sd_bus_set_exit_on_disconnect(services->bus, true);
        if (r < 0)
                return log_error_errno(r, "Failed to follow the life of the bus");
        return 0;
}

int services_read_policy(Services *services) {
        _cleanup_(policy_done) Policy policy = {};
        Policy before;
        int r;

        r = policy_read_folder(&policy, services->config.policy_folder);
        if (r < 0)
                return r;
        if (!policy_same_findings(&policy, &services->policy))
                policy_log(&policy);

        before = services->policy;
        services->policy = policy;
        policy = before; /* to be freed */
        return 0;
}

void services_done(Services *services) {
        sd_bus_flush_close_unref(services->bus);
        radio_free(services->radio);
        policy_done(&services->policy);
        config_done(&services->config);
        sd_event_unref(services->event);
        *services = (Services){};
}
