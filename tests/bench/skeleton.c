/* SPDX-License-Identifier: MIT */

/* The least that a D-Bus activated program can be: what hybridd's start is compared with. */

#include <stdlib.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

static int method_answer(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(message, "s", "answer");
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Answer", "", "s", method_answer, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int main(void) {
        sd_event *event;
        sd_bus *bus;

        if (sd_event_default(&event) < 0 || sd_bus_open_user(&bus) < 0 ||
            sd_bus_attach_event(bus, event, 0) < 0 ||
            sd_bus_add_object_vtable(bus, NULL, "/skeleton", "org.hybridd.Skeleton", vtable, NULL) <
                    0 ||
            sd_bus_request_name(bus, "org.hybridd.Skeleton", 0) < 0)
                return EXIT_FAILURE;
        return sd_event_loop(event) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
