/* SPDX-License-Identifier: MIT */

/* Frames are judged the same whether they come at once or byte by byte. */

#include "fuzz.h"
#include "io/tunnel/frame-scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FrameScan whole = {}, pieces = {};
        FrameViolation violation = {}, violation_of_pieces = {};
        size_t n_good = frame_scan(&whole, data, n, &violation), n_good_pieces = 0;

        check(n_good <= n && (n_good == n) == (violation.detail == NULL));
        while (n_good_pieces < n &&
               frame_scan(&pieces, data + n_good_pieces, 1, &violation_of_pieces) == 1)
                n_good_pieces++;
        check((violation.detail == NULL) == (violation_of_pieces.detail == NULL));
        if (violation.detail)
                check(violation.code == violation_of_pieces.code);
        return 0;
}
