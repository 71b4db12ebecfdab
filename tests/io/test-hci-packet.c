/* SPDX-License-Identifier: MIT */

/*
 * What comes over an HCI socket, and the commands that go.
 */

#include <errno.h>
#include <string.h>

#include "exact.h"
#include "io/radio/hci-command.h"
#include "io/radio/hci-packet.h"
#include "unit.h"

/* ---- packets --------------------------------------------------------------------------------- */

static const struct {
        const char *what, *hex;
        int r;
        HciPacketKind kind;
        uint16_t opcode;
        unsigned status;
        const char *data;
} packets[] = {
        { "complete", "040e04010b2000", 0, HCI_COMPLETE, 0x200b, 0, "" },
        { "refused", "040e04010b200c", 0, HCI_COMPLETE, 0x200b, 0x0c, "" },
        { "with more", "040e0601362000aabb", 0, HCI_COMPLETE, 0x2036, 0, "aabb" },
        { "bytes behind", "040e04010b2000ffff", 0, HCI_COMPLETE, 0x200b, 0, "" },
        { "no command", "040e03010000", 0, HCI_OTHER, 0, 0, "" },
        { "no command, with a status", "040e0401000000", 0, HCI_OTHER, 0, 0, "" },
        { "status: refused", "040f0401010b20", 0, HCI_COMPLETE, 0x200b, 0x01, "" },
        { "status: begun", "040f0400010b20", 0, HCI_OTHER, 0, 0, "" },
        { "status: no command", "040f0401010000", 0, HCI_OTHER, 0, 0, "" },
        { "LE meta", "043e020200", 0, HCI_LE_META, 0, 0, "0200" },
        { "LE meta, subevent alone", "043e01ff", 0, HCI_LE_META, 0, 0, "ff" },
        { "the kernel's own", "04fd06010003000100", 0, HCI_ADAPTER, 0, 0, "" },
        { "the kernel's own, empty", "04fd00", 0, HCI_ADAPTER, 0, 0, "" },
        { "another event", "040500", 0, HCI_OTHER, 0, 0, "" },
        { "their command", "010c20020100", 0, HCI_COMMAND_SENT, 0x200c, 0, "0100" },
        { "their command, empty", "01030c00", 0, HCI_COMMAND_SENT, 0x0c03, 0, "" },
        { "their command, bytes behind", "01030c00ff", 0, HCI_COMMAND_SENT, 0x0c03, 0, "" },
        { "data", "02010003000000", 0, HCI_OTHER, 0, 0, "" },
        { "no packet type", "ff", 0, HCI_OTHER, 0, 0, "" },

        { "nothing", "", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "event: type alone", "04", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "event: no length", "040e", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "event: length beyond the end", "040e04010b20", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "event: length 255", "040eff010b2000", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "complete: empty", "040e00", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "complete: half an opcode", "040e02010b", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "complete: no status", "040e03010b20", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "complete: status behind the length", "040e03010b2000", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "status: empty", "040f00", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "status: half an opcode", "040f0301010b", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "LE meta: empty", "043e00", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "command: type alone", "01", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "command: no length", "010c20", -EBADMSG, HCI_OTHER, 0, 0, "" },
        { "command: length beyond the end", "010c200201", -EBADMSG, HCI_OTHER, 0, 0, "" },
};

START_TEST(test_packets) {
        for (size_t i = 0; i < ELEMENTSOF(packets); i++) {
                _bytes_ text = bytes_from_hex(packets[i].hex);
                _bytes_ bytes = exact(text.data, text.n);
                _bytes_ data = bytes_from_hex(packets[i].data);
                HciPacket packet;

                ck_assert_msg(hci_packet_decode(bytes.data, bytes.n, &packet) == packets[i].r, "%s",
                              packets[i].what);
                ck_assert_msg(packet.kind == packets[i].kind, "%s", packets[i].what);
                ck_assert_uint_eq(packet.opcode, packets[i].opcode);
                ck_assert_uint_eq(packet.status, packets[i].status);
                assert_bytes_eq(packet.data, packet.n, data.data, data.n);
        }
}
END_TEST

START_TEST(test_short_packets) {
        for (unsigned value = 0; value < 1 << 16; value += 13) {
                const uint8_t data[5] = { value & 1 ? HCI_PACKET_COMMAND : HCI_PACKET_EVENT,
                                          (uint8_t)(value >> 1), (uint8_t)(value >> 9), 1, 0 };

                for (size_t n = 0; n <= sizeof(data); n++) {
                        _bytes_ bytes = exact(data, n);
                        HciPacket packet;

                        if (hci_packet_decode(bytes.data, bytes.n, &packet) < 0)
                                ck_assert_int_eq(packet.kind, HCI_OTHER);
                        ck_assert_uint_le(packet.n, n);
                }
        }
}
END_TEST

/* ---- abilities ------------------------------------------------------------------------------- */

static HciAbilities abilities_with(size_t octet, uint8_t bits, size_t octet2, uint8_t bits2) {
        uint8_t data[64] = {};
        HciAbilities abilities;

        data[octet] = bits;
        data[octet2] |= bits2;
        ck_assert_int_eq(hci_abilities_decode(data, sizeof(data), &abilities), 0);
        return abilities;
}

START_TEST(test_abilities) {
        HciAbilities a;
        uint8_t all[65];

        memset(all, 0xff, sizeof(all));
        ck_assert_int_eq(hci_abilities_decode(all, sizeof(all), &a), 0);
        ck_assert(a.legacy_scan && a.extended_scan);
        ck_assert(a.legacy_advertising && a.extended_advertising);
        for (size_t n = 0; n < 64; n++)
                ck_assert_int_eq(hci_abilities_decode(all, n, &a), -EBADMSG);

        a = abilities_with(26, 0x0c, 0, 0);
        ck_assert(a.legacy_scan && !a.extended_scan);
        ck_assert(!a.legacy_advertising && !a.extended_advertising);
        a = abilities_with(37, 0x60, 0, 0);
        ck_assert(!a.legacy_scan && a.extended_scan);
        a = abilities_with(25, 0xb0, 26, 0x02);
        ck_assert(a.legacy_advertising && !a.legacy_scan);
        a = abilities_with(36, 0x2e, 37, 0x01);
        ck_assert(a.extended_advertising && !a.extended_scan);

        /* Half of it is none of it. */
        for (unsigned bit = 0; bit < 8; bit++) {
                a = abilities_with(26, (uint8_t)(1 << bit), 37, (uint8_t)(1 << bit));
                ck_assert(!a.legacy_scan && !a.extended_scan);
                ck_assert(!a.legacy_advertising && !a.extended_advertising);
        }
        a = abilities_with(26, 0xf7, 37, 0xbf);
        ck_assert(!a.legacy_scan && !a.extended_scan);
}
END_TEST

/* ---- commands -------------------------------------------------------------------------------- */

static const uint8_t address[HCI_ADDRESS_SIZE] = { 1, 2, 3, 4, 5, 6 };
static const uint8_t advert[HCI_ADVERTISING_DATA_SIZE] = { 0xa1, 0xa2, 0xa3 };

static void expect_command(HciCommand command, HciOpcode opcode, const char *hex) {
        _bytes_ expected = bytes_from_hex(hex);
        HciPacket packet;

        ck_assert_uint_eq(command.opcode, opcode);
        assert_bytes_eq(command.data, command.n, expected.data, expected.n);

        /* As another program would see it. */
        ck_assert_int_eq(hci_packet_decode(command.data, command.n, &packet), 0);
        ck_assert_int_eq(packet.kind, HCI_COMMAND_SENT);
        ck_assert_uint_eq(packet.opcode, opcode);
        ck_assert_uint_eq(packet.n, command.n - 4);
}

START_TEST(test_scan_commands) {
        expect_command(hci_command_read_supported(), HCI_READ_SUPPORTED_COMMANDS, "01021000");
        expect_command(hci_command_scan_parameters(HCI_LEGACY, false), HCI_LE_SET_SCAN_PARAMETERS,
                       "010b2007"
                       "00600060000000");
        expect_command(hci_command_scan_parameters(HCI_LEGACY, true), HCI_LE_SET_SCAN_PARAMETERS,
                       "010b2007"
                       "01600060000000");
        expect_command(hci_command_scan_parameters(HCI_EXTENDED, false),
                       HCI_LE_SET_EXTENDED_SCAN_PARAMETERS,
                       "01412008"
                       "0000010060006000");
        expect_command(hci_command_scan_parameters(HCI_EXTENDED, true),
                       HCI_LE_SET_EXTENDED_SCAN_PARAMETERS,
                       "01412008"
                       "0000010160006000");
        expect_command(hci_command_scan_on(HCI_LEGACY, 0x1234), HCI_LE_SET_SCAN_ENABLE,
                       "010c20020100");
        expect_command(hci_command_scan_off(HCI_LEGACY), HCI_LE_SET_SCAN_ENABLE, "010c20020000");
        expect_command(hci_command_scan_on(HCI_EXTENDED, 0x1234), HCI_LE_SET_EXTENDED_SCAN_ENABLE,
                       "01422006"
                       "010034120000");
        expect_command(hci_command_scan_off(HCI_EXTENDED), HCI_LE_SET_EXTENDED_SCAN_ENABLE,
                       "01422006"
                       "000000000000");
}
END_TEST

START_TEST(test_legacy_advert_commands) {
        expect_command(hci_command_advert_address(HCI_LEGACY, 9, address),
                       HCI_LE_SET_RANDOM_ADDRESS,
                       "01052006"
                       "010203040506");
        expect_command(hci_command_advert_parameters(HCI_LEGACY, 9),
                       HCI_LE_SET_ADVERTISING_PARAMETERS,
                       "0106200f"
                       "a000a00003010000000000000007"
                       "00");
        expect_command(hci_command_advert_data(HCI_LEGACY, 9, advert, 3),
                       HCI_LE_SET_ADVERTISING_DATA,
                       "01082020"
                       "03a1a2a3"
                       "00000000000000000000000000000000000000000000000000000000");
        expect_command(hci_command_advert_data(HCI_LEGACY, 9, advert, 31),
                       HCI_LE_SET_ADVERTISING_DATA,
                       "01082020"
                       "1fa1a2a3"
                       "00000000000000000000000000000000000000000000000000000000");
        expect_command(hci_command_advert_on(HCI_LEGACY, 9, 0x1234), HCI_LE_SET_ADVERTISING_ENABLE,
                       "010a200101");
        expect_command(hci_command_advert_off(HCI_LEGACY, 9), HCI_LE_SET_ADVERTISING_ENABLE,
                       "010a200100");
}
END_TEST

START_TEST(test_extended_advert_commands) {
        expect_command(hci_command_advert_address(HCI_EXTENDED, 9, address),
                       HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS,
                       "01352007"
                       "09010203040506");
        expect_command(hci_command_advert_parameters(HCI_EXTENDED, 9),
                       HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS,
                       "01362019"
                       "09"
                       "1000"
                       "a00000a00000"
                       "07"
                       "01"
                       "00000000000000"
                       "00"
                       "7f"
                       "01"
                       "00"
                       "01"
                       "00"
                       "00");
        expect_command(hci_command_advert_data(HCI_EXTENDED, 9, advert, 3),
                       HCI_LE_SET_EXTENDED_ADVERTISING_DATA,
                       "01372007"
                       "090301"
                       "03a1a2a3");
        expect_command(hci_command_advert_data(HCI_EXTENDED, 9, advert, 0),
                       HCI_LE_SET_EXTENDED_ADVERTISING_DATA,
                       "01372004"
                       "09030100");
        expect_command(hci_command_advert_on(HCI_EXTENDED, 9, 0x1234),
                       HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE,
                       "01392006"
                       "010109341200");
        expect_command(hci_command_advert_off(HCI_EXTENDED, 9),
                       HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE,
                       "01392006"
                       "000109000000");
        expect_command(hci_command_advert_remove(9), HCI_LE_REMOVE_ADVERTISING_SET, "013c200109");
        ck_assert_uint_le(hci_command_advert_data(HCI_EXTENDED, 9, advert, 31).n,
                          HCI_COMMAND_SIZE_MAX);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("hci-packet", &tcase);

        tcase_add_test(tcase, test_packets);
        tcase_add_test(tcase, test_short_packets);
        tcase_add_test(tcase, test_abilities);
        tcase_add_test(tcase, test_scan_commands);
        tcase_add_test(tcase, test_legacy_advert_commands);
        tcase_add_test(tcase, test_extended_advert_commands);
        return unit_run(suite);
}
