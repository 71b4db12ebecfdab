/* SPDX-License-Identifier: MIT */

#include "io/tunnel/frame-scan.h"
#include "hybrid.h"

enum {
        FIN = 0x80,
        RESERVED_BITS = 0x70,
        OPCODE = 0x0f,
        MASKED = 0x80,
        LENGTH = 0x7f,

        OPCODE_CONTINUATION = 0x0,
        OPCODE_TEXT = 0x1,
        OPCODE_BINARY = 0x2,
        OPCODE_CLOSE = 0x8,
        OPCODE_PING = 0x9,
        OPCODE_PONG = 0xa,

        LENGTH_16_BITS = 126,
        LENGTH_64_BITS = 127,
        CONTROL_LENGTH_MAX = 125,

        CODE_PROTOCOL_ERROR = 1002,
        CODE_TOO_BIG = 1009,
};

static bool is_control(const FrameScan *scan) {
        return (scan->header[0] & OPCODE) >= OPCODE_CLOSE;
}

static const char *check_first_byte(const FrameScan *scan) {
        if (scan->header[0] & RESERVED_BITS)
                return "a frame with reserved bits";

        switch (scan->header[0] & OPCODE) {
        case OPCODE_CONTINUATION:
                return scan->in_fragments ? NULL : "a continuation of nothing";
        case OPCODE_TEXT:
        case OPCODE_BINARY:
                return scan->in_fragments ? "a message inside another" : NULL;
        case OPCODE_CLOSE:
        case OPCODE_PING:
        case OPCODE_PONG:
                return scan->header[0] & FIN ? NULL : "a fragmented control frame";
        default:
                return "a frame of an unknown kind";
        }
}

static const char *check_second_byte(const FrameScan *scan) {
        if (scan->header[1] & MASKED)
                return "a masked frame";
        if (is_control(scan) && (scan->header[1] & LENGTH) > CONTROL_LENGTH_MAX)
                return "a control frame of more than 125 bytes";

        return NULL;
}

static unsigned header_size(const FrameScan *scan) {
        switch (scan->header[1] & LENGTH) {
        case LENGTH_16_BITS:
                return 4;
        case LENGTH_64_BITS:
                return 10;
        default:
                return 2;
        }
}

/* What the payload comes to at least, by the bytes of its length that are here. */
static uint64_t payload_length(const FrameScan *scan) {
        unsigned size = header_size(scan);
        uint64_t length = 0;

        if (size == 2)
                return scan->header[1] & LENGTH;
        for (unsigned i = 2; i < size; i++)
                length = length << 8 | (i < scan->n_header ? scan->header[i] : 0);

        return length;
}

static const char *check_last_byte(const FrameScan *scan) {
        switch (scan->n_header) {
        case 1:
                return check_first_byte(scan);
        case 2:
                return check_second_byte(scan);
        default:
                return NULL;
        }
}

/* Each byte is judged when it comes, for the codec gets it right afterwards. */
static bool take_header_byte(FrameScan *scan, uint8_t byte, FrameViolation *ret) {
        const char *wrong;

        scan->header[scan->n_header++] = byte;
        wrong = check_last_byte(scan);
        if (wrong) {
                *ret = (FrameViolation){ wrong, CODE_PROTOCOL_ERROR };
                return false;
        }
        if (scan->n_header < 2)
                return true;

        if (payload_length(scan) > HYBRID_MESSAGE_SIZE_MAX) {
                *ret = (FrameViolation){ "a message of more than 64 KiB", CODE_TOO_BIG };
                return false;
        }
        if (scan->n_header < header_size(scan))
                return true;

        scan->n_left = payload_length(scan);
        if (!is_control(scan))
                scan->in_fragments = !(scan->header[0] & FIN);
        scan->n_header = 0;
        return true;
}

size_t frame_scan(FrameScan *scan, const uint8_t *data, size_t n, FrameViolation *ret) {
        size_t i = 0, n_good = 0;

        while (i < n) {
                if (scan->n_left > 0) {
                        size_t n_skip = scan->n_left < n - i ? (size_t)scan->n_left : n - i;

                        scan->n_left -= n_skip;
                        i += n_skip;
                } else if (!take_header_byte(scan, data[i++], ret))
                        return n_good;

                if (scan->n_header == 0)
                        n_good = i;
        }

        return n;
}
