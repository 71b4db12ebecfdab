/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "diagnosis/finding-text.h"
#include "diagnosis/radio.h"

/* Marks a text for the translators: who shows findings translates them. */
#define N_(text) text

static void add_error(Findings *findings, const char *id, const char *summary, const char *remedy) {
        findings_add(findings, id, SEVERITY_ERROR, summary, remedy);
}

/* ---- no adapter ----------------------------------------------------------------------------- */

static void add_unused_usb(const Machine *machine, Findings *findings) {
        char summary[FINDING_SUMMARY_SIZE];

        finding_text_fill_in(FINDING_TEXT_WITHOUT_DRIVER, machine->unused_usb, summary,
                             sizeof(summary));
        add_error(
                findings, "adapter-without-driver", summary,
                N_("Load the driver (sudo modprobe btusb); if that does not help, install a newer "
                   "kernel, or use another adapter."));
}

static void add_no_adapter(const RadioFacts *facts, Findings *findings) {
        const Machine *machine = &facts->machine;

        if (machine->unused_usb[0] != '\0')
                add_unused_usb(machine, findings);
        else if (machine->n_adapters > 0)
                add_error(findings, "adapter-unusable",
                          N_("There is a Bluetooth adapter, but it does not start: most often its "
                             "firmware is missing."),
                          N_("Look for the name of the missing file with: sudo dmesg | grep -i "
                             "bluetooth. Install the package that has it (on Debian "
                             "firmware-iwlwifi, "
                             "firmware-realtek, firmware-atheros or firmware-brcm80211), then "
                             "restart."));
        else if (machine->sandbox == SANDBOX_CONTAINER)
                add_error(findings, "no-adapter", N_("This container has no Bluetooth adapter."),
                          N_("Run hybridd on the host, outside of the container."));
        else if (machine->is_virtual)
                add_error(findings, "no-adapter",
                          N_("This virtual machine has no Bluetooth adapter."),
                          N_("Pass a USB Bluetooth adapter of the host through to it."));
        else
                add_error(
                        findings, "no-adapter", N_("This computer has no Bluetooth adapter."),
                        N_("Plug in a USB Bluetooth adapter (4.0 or newer), or enable the built-in "
                           "one in the firmware setup (BIOS)."));
}

static void add_other_adapter_wanted(const RadioFacts *facts, Findings *findings) {
        char summary[FINDING_SUMMARY_SIZE], remedy[FINDING_REMEDY_SIZE];
        char names[FINDING_REMEDY_SIZE] = "";
        size_t n = 0;

        for (size_t i = 0; i < facts->bluez.n && n < sizeof(names); i++)
                n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i > 0 ? ", " : "",
                                      facts->bluez.adapters[i].name);
        finding_text_fill_in(FINDING_TEXT_OTHER_WANTED, facts->only_name, summary, sizeof(summary));
        finding_text_fill_in(FINDING_TEXT_OTHER_REMEDY, names, remedy, sizeof(remedy));
        add_error(findings, "adapter-not-there", summary, remedy);
}

static void add_absent(const RadioFacts *facts, Findings *findings) {
        if (facts->only_name[0] != '\0' && facts->bluez.n > 0)
                add_other_adapter_wanted(facts, findings);
        else
                add_no_adapter(facts, findings);
}

/* ---- no service ----------------------------------------------------------------------------- */

static void add_not_installed(const Machine *machine, Findings *findings) {
        static const char *const remedies[] = {
                [PACKAGE_TOOL_UNKNOWN] = N_("Install BlueZ with the software manager."),
                [PACKAGE_TOOL_APT] = N_("Install it: sudo apt install bluez"),
                [PACKAGE_TOOL_DNF] = N_("Install it: sudo dnf install bluez"),
                [PACKAGE_TOOL_PACMAN] = N_("Install it: sudo pacman -S bluez"),
                [PACKAGE_TOOL_ZYPPER] = N_("Install it: sudo zypper install bluez"),
        };

        add_error(findings, "service-not-installed",
                  N_("The Bluetooth service (BlueZ) is not installed."),
                  remedies[machine->package_tool]);
}

/* The unit of bluetoothd waits for an adapter: where none is, that is why it does not run. */
static void add_no_service(const RadioFacts *facts, Findings *findings) {
        const Machine *machine = &facts->machine;

        if (machine->has_sysfs && machine->n_adapters == 0)
                add_no_adapter(facts, findings);

        if (machine->sandbox == SANDBOX_CONTAINER)
                add_error(findings, "service-outside",
                          N_("This is a container, and the Bluetooth service of its host cannot be "
                             "reached."),
                          N_("Run hybridd on the host; or give the container the host's "
                             "/run/dbus/system_bus_socket."));
        else if (!machine->has_system_bus)
                add_error(findings, "no-system-bus",
                          N_("There is no system bus, through which Bluetooth is used."),
                          N_("Start it: sudo systemctl start dbus.socket"));
        else if (!machine->bluez_installed)
                add_not_installed(machine, findings);
        else
                add_error(findings, "service-not-running",
                          N_("The Bluetooth service is not running."),
                          N_("Start it: sudo systemctl enable --now bluetooth.service. If it does "
                             "not "
                             "stay, see: journalctl -u bluetooth"));
}

/* ---- not allowed ---------------------------------------------------------------------------- */

static void add_raw_permission(Findings *findings) {
        add_error(
                findings, "raw-permission",
                N_("Using the adapter without the Bluetooth service takes the capability "
                   "CAP_NET_RAW, which hybridd does not have."),
                N_("Remove \"backend = hci\" from the section [bluetooth] of hybridd.conf, and use "
                   "the Bluetooth service."));
}

static void add_no_permission(const RadioFacts *facts, Findings *findings) {
        static const struct {
                const char *id, *summary, *remedy;
        } words[] = {
                [SANDBOX_NONE] = { "permission", N_("The system does not let you use Bluetooth."),
                                   N_("Become a member of the group \"bluetooth\" (sudo adduser "
                                      "$USER "
                                      "bluetooth), then log out and in again; or ask who "
                                      "administers "
                                      "this computer.") },
                [SANDBOX_CONTAINER] = { "permission",
                                        N_("The host's Bluetooth service does not talk to this "
                                           "container."),
                                        N_("Run hybridd on the host, outside of the container.") },
                [SANDBOX_FLATPAK] = { "permission-flatpak",
                                      N_("This Flatpak may not use Bluetooth."),
                                      N_("Allow it: flatpak override --user "
                                         "--system-talk-name=org.bluez $FLATPAK_ID") },
                [SANDBOX_SNAP] = { "permission-snap", N_("This snap may not use Bluetooth."),
                                   N_("Allow it: sudo snap connect $SNAP_NAME:bluez") },
        };
        Sandbox sandbox = facts->machine.sandbox;

        if (strcmp(facts->backend, "hci") == 0)
                add_raw_permission(findings);
        else
                add_error(findings, words[sandbox].id, words[sandbox].summary,
                          words[sandbox].remedy);
}

/* ---- there, but ----------------------------------------------------------------------------- */

static void add_blocked(const RadioFacts *facts, Findings *findings) {
        if (facts->rfkill.hard)
                add_error(findings, "rfkill-hard",
                          N_("Bluetooth is switched off by a switch or key of this computer."),
                          N_("Use the switch, or the key with an antenna or aeroplane on it; if "
                             "there "
                             "is none, look in the firmware setup (BIOS)."));
        else
                add_error(findings, "rfkill-soft",
                          N_("Bluetooth is blocked by software, as flight mode does it."),
                          N_("Switch flight mode off in the desktop's settings, or run: rfkill "
                             "unblock bluetooth"));
}

static bool is_wanted(const RadioFacts *facts, const BluezAdapterInfo *adapter) {
        return facts->only_name[0] == '\0' || strcmp(facts->only_name, adapter->name) == 0;
}

static bool knows_le(const RadioFacts *facts, bool powered_only) {
        for (size_t i = 0; i < facts->bluez.n; i++)
                if (is_wanted(facts, &facts->bluez.adapters[i]) &&
                    facts->bluez.adapters[i].can_hear_le &&
                    (facts->bluez.adapters[i].is_powered || !powered_only))
                        return true;
        return false;
}

static void add_without_le(Findings *findings) {
        add_error(findings, "adapter-without-le",
                  N_("The Bluetooth adapter knows only classic Bluetooth, and not Bluetooth Low "
                     "Energy, which phones use for this."),
                  N_("Use an adapter with Bluetooth 4.0 or newer. If it is one, look that "
                     "/etc/bluetooth/main.conf does not say \"ControllerMode = bredr\"."));
}

static void add_off(const RadioFacts *facts, Findings *findings) {
        if (facts->bluez.n > 0 && !knows_le(facts, false))
                add_without_le(findings);
        else
                findings_add(
                        findings, "adapter-off", SEVERITY_WARNING, N_("Bluetooth is switched off."),
                        N_("Switch it on in the desktop's settings, or run: bluetoothctl power "
                           "on. hybridctl does it with --turn-on-bluetooth."));
}

static void add_heard(const RadioHeard *heard, Findings *findings) {
        char summary[FINDING_SUMMARY_SIZE], strength[32];

        if (!heard->listened)
                return;
        if (heard->n_adverts == 0) {
                findings_add(
                        findings, "no-adverts", SEVERITY_INFO,
                        N_("No phone nearby is looking for a computer at the moment. That is as "
                           "it should be, unless one has just scanned a code."),
                        N_("If one has: keep it near, unlocked and online, with Bluetooth on."));
                return;
        }
        snprintf(strength, sizeof(strength), "%d dBm", heard->rssi_max);
        finding_text_fill_in(FINDING_TEXT_HEARD, strength, summary, sizeof(summary));
        if (heard->rssi_max == 127)
                snprintf(summary, sizeof(summary), "%s",
                         N_("A phone nearby is looking for a computer: FIDO adverts were heard."));
        findings_add(findings, "adverts-heard", SEVERITY_INFO, summary, "");
}

static void add_ready(const RadioFacts *facts, Findings *findings) {
        char summary[FINDING_SUMMARY_SIZE];

        if (facts->bluez.n > 0 && !knows_le(facts, true)) {
                add_without_le(findings);
                return;
        }
        for (size_t i = 0; i < facts->bluez.n; i++) {
                const BluezAdapterInfo *adapter = &facts->bluez.adapters[i];

                if (!is_wanted(facts, adapter) || !adapter->is_powered || !adapter->can_hear_le)
                        continue;
                finding_text_fill_in(FINDING_TEXT_READY, adapter->name, summary, sizeof(summary));
                findings_add(findings, "adapter-ready", SEVERITY_INFO, summary, "");
        }
        if (facts->bluez.n == 0)
                findings_add(findings, "adapter-ready", SEVERITY_INFO, N_("Bluetooth is on."), "");
        add_heard(&facts->heard, findings);
}

/* ---- all ------------------------------------------------------------------------------------ */

static void diagnose_status(const RadioFacts *facts, Findings *findings) {
        switch (facts->status) {
        case BLE_ON:
                add_ready(facts, findings);
                break;
        case BLE_OFF:
                add_off(facts, findings);
                break;
        case BLE_BLOCKED:
                add_blocked(facts, findings);
                break;
        case BLE_ABSENT:
                add_absent(facts, findings);
                break;
        case BLE_NO_SERVICE:
                add_no_service(facts, findings);
                break;
        case BLE_NO_PERMISSION:
                add_no_permission(facts, findings);
                break;
        default:
                findings_add(
                        findings, "not-known", SEVERITY_WARNING,
                        N_("The Bluetooth service has not said yet how things are."),
                        N_("Ask again in a few seconds. If it stays, restart it: sudo systemctl "
                           "restart bluetooth.service"));
        }
}

/* Radios that are not: told first, for nothing else is of interest then. */
static bool diagnose_backend(const RadioFacts *facts, Findings *findings) {
        if (strcmp(facts->backend, "none") == 0) {
                add_error(findings, "radio-none", N_("hybridd is set to use no radio."),
                          N_("Remove \"backend = none\" from the section [bluetooth] of "
                             "hybridd.conf."));
                return false;
        }
        if (strcmp(facts->backend, "loopback") == 0) {
                findings_add(findings, "radio-loopback", SEVERITY_WARNING,
                             N_("hybridd uses a folder in place of a radio, which no phone can be "
                                "heard in."),
                             N_("Outside of tests, remove \"backend = loopback\" from the section "
                                "[bluetooth] of hybridd.conf."));
                add_heard(&facts->heard, findings);
                return false;
        }
        return true;
}

void radio_diagnose(const RadioFacts *facts, Findings *findings) {
        bool is_blocked = facts->rfkill.soft || facts->rfkill.hard;

        if (!diagnose_backend(facts, findings))
                return;
        /* Where the kernel blocks the radio, that is why the rest does not work. */
        if (is_blocked && facts->status != BLE_ON && facts->status != BLE_BLOCKED)
                add_blocked(facts, findings);
        diagnose_status(facts, findings);
}
