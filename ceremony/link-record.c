/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "ceremony/link-record.h"
#include "ceremony/sealed-memfd.h"
#include "crypto/sha256.h"

enum {
        ID_BYTES = 16,
};

/* A phone is known by its public key: so nobody but itself can take its place. */
static void make_id(const HybridLink *record, char ret[static 2 * ID_BYTES + 1]) {
        uint8_t hash[SHA256_SIZE];

        sha256_of_two(record->public_key, sizeof(record->public_key), NULL, 0, hash);
        hex_encode_upper(hash, ID_BYTES, ret);
}

int link_record_send(Link *link, const HybridLink *record) {
        char id[2 * ID_BYTES + 1], host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        uint8_t data[HYBRID_LINK_RECORD_SIZE_MAX];
        CLEANUP_ERASE(data);
        size_t n;
        int fd, r;

        r = hybrid_link_encode(record, data, &n);
        if (r >= 0)
                r = hybrid_link_host(record, host);
        if (r < 0)
                return r;
        make_id(record, id);

        fd = sealed_memfd("hybridd-link", data, n);
        if (fd < 0)
                return fd;
        r = link_send_fd(link, LINK_LINKED, fd, id, record->name, host, NULL);
        close(fd);
        return r;
}

int link_record_read(int fd, HybridLink *ret) {
        uint8_t data[HYBRID_LINK_RECORD_SIZE_MAX];
        CLEANUP_ERASE(data);
        ssize_t n;

        n = sealed_memfd_size(fd, sizeof(data));
        if (n < 0 || pread(fd, data, (size_t)n, 0) != n)
                return -EBADMSG;
        return hybrid_link_decode(data, (size_t)n, ret);
}
