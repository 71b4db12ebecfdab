/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "daemon/phones/phone-record.h"

#define FIRST_LINE "hybridd-phone 1"
#define CRC_KEY    "crc32"

enum {
        CRC_LINE_SIZE = sizeof(CRC_KEY " 01234567\n") - 1,
        LINE_SIZE = 2 * HYBRID_LINK_RECORD_SIZE_MAX + 64,
        NUMBER_SIZE_MAX = 12, /* digits: some thousand years */
};

static_assert(PHONE_TEXT_SIZE_MAX >
                      LINE_SIZE + PHONE_N_SITES_MAX * (PHONE_SITE_SIZE + NUMBER_SIZE_MAX + 8) + 512,
              "every good record fits");

void phone_record_done(PhoneRecord *record) {
        secret_erase(record, sizeof(*record));
}

/* ---- what may stand where ------------------------------------------------------------------- */

bool phone_id_is_good(const char *id) {
        return strlen(id) == PHONE_ID_SIZE - 1 &&
               strspn(id, "0123456789ABCDEF") == PHONE_ID_SIZE - 1;
}

/* A host name, as both RP IDs and tunnel services are. */
static bool is_host(const char *text, size_t size) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
        size_t n = strnlen(text, size);

        return n > 0 && n < size && strspn(text, allowed) == n;
}

bool phone_record_is_good(const PhoneRecord *record) {
        if (!memchr(record->name, '\0', sizeof(record->name)) ||
            !phone_name_is_good(record->name) ||
            !is_host(record->tunnel_host, sizeof(record->tunnel_host)) || record->n_link == 0 ||
            record->n_link > sizeof(record->link) || record->n_sites > PHONE_N_SITES_MAX)
                return false;
        for (size_t i = 0; i < record->n_sites; i++)
                if (!is_host(record->sites[i].rp_id, sizeof(record->sites[i].rp_id)))
                        return false;
        return true;
}

/* ---- the check sum -------------------------------------------------------------------------- */

/* That of Ethernet and zip files. It finds damage; nothing here keeps out who may write. */
static uint32_t crc32_of(const char *text, size_t n) {
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < n; i++) {
                crc ^= (uint8_t)text[i];
                for (unsigned bit = 0; bit < 8; bit++)
                        crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320U : 0);
        }
        return ~crc;
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct Text {
        char *data;
        size_t n;
} Text;

static _printf_(2, 3) void append(Text *text, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        text->n +=
                (size_t)vsnprintf(text->data + text->n, PHONE_TEXT_SIZE_MAX - text->n, format, ap);
        va_end(ap);
        assert(text->n < PHONE_TEXT_SIZE_MAX);
}

static void append_link(Text *text, const PhoneRecord *record) {
        append(text, "link ");
        hex_encode_upper(record->link, record->n_link, text->data + text->n);
        text->n += 2 * record->n_link;
        append(text, "\n");
}

size_t phone_record_encode(const PhoneRecord *record, char ret[static PHONE_TEXT_SIZE_MAX]) {
        Text text = { .data = ret };

        append(&text,
               FIRST_LINE "\nname %s\nrenamed %s\nlinked-at %" PRIu64 "\nlast-used %" PRIu64
                          "\ntunnel %s\n",
               record->name, record->renamed ? "yes" : "no", record->linked_at, record->last_used,
               record->tunnel_host);
        for (size_t i = 0; i < record->n_sites; i++)
                append(&text, "site %" PRIu64 " %s\n", record->sites[i].used_at,
                       record->sites[i].rp_id);
        append_link(&text, record);
        append(&text, CRC_KEY " %08" PRIX32 "\n", crc32_of(ret, text.n));
        return text.n;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_number(const char *text, uint64_t *ret) {
        size_t n = strspn(text, "0123456789");
        uint64_t value = 0;

        if (n == 0 || n > NUMBER_SIZE_MAX || text[n] != '\0')
                return false;
        for (size_t i = 0; i < n; i++)
                value = 10 * value + (uint64_t)(text[i] - '0');
        *ret = value;
        return true;
}

/* Room for all that is good; whether it is, is looked at when all has been read. */
static bool read_text(const char *text, char *ret, size_t size) {
        size_t n = strlen(text);

        if (n >= size)
                return false;
        memcpy(ret, text, n + 1);
        return true;
}

static bool read_bool(const char *text, bool *ret) {
        *ret = strcmp(text, "yes") == 0;
        return *ret || strcmp(text, "no") == 0;
}

static bool read_site(char *text, PhoneRecord *record) {
        char *blank = strchr(text, ' ');
        PhoneSite *site;

        if (!blank || record->n_sites == PHONE_N_SITES_MAX)
                return false;
        *blank = '\0';
        site = &record->sites[record->n_sites++];
        return read_number(text, &site->used_at) &&
               read_text(blank + 1, site->rp_id, sizeof(site->rp_id));
}

static bool read_link(const char *text, PhoneRecord *record) {
        size_t n = strlen(text) / 2;

        if (n > sizeof(record->link) || hex_decode(text, strlen(text), record->link, n) < 0)
                return false;
        record->n_link = n;
        return true;
}

static bool read_line(char *line, PhoneRecord *record) {
        char *blank = strchr(line, ' ');

        if (!blank)
                return true; /* a later version's */
        *blank++ = '\0';

        if (strcmp(line, "name") == 0)
                return read_text(blank, record->name, sizeof(record->name));
        if (strcmp(line, "renamed") == 0)
                return read_bool(blank, &record->renamed);
        if (strcmp(line, "linked-at") == 0)
                return read_number(blank, &record->linked_at);
        if (strcmp(line, "last-used") == 0)
                return read_number(blank, &record->last_used);
        if (strcmp(line, "tunnel") == 0)
                return read_text(blank, record->tunnel_host, sizeof(record->tunnel_host));
        if (strcmp(line, "site") == 0)
                return read_site(blank, record);
        if (strcmp(line, "link") == 0)
                return read_link(blank, record);
        return true;
}

/* Takes the next line off, without its end, into a buffer of LINE_SIZE. */
static bool next_line(const char **text, size_t *n, char *ret) {
        const char *end = memchr(*text, '\n', *n);
        size_t n_line = end ? (size_t)(end - *text) : 0;

        if (!end || n_line >= LINE_SIZE)
                return false;
        memcpy(ret, *text, n_line);
        ret[n_line] = '\0';
        *text += n_line + 1;
        *n -= n_line + 1;
        return true;
}

static bool has_good_sum(const char *text, size_t n) {
        char expected[CRC_LINE_SIZE + 1];

        if (n < CRC_LINE_SIZE || memchr(text, '\0', n))
                return false;
        snprintf(expected, sizeof(expected), CRC_KEY " %08" PRIX32 "\n",
                 crc32_of(text, n - CRC_LINE_SIZE));
        return memcmp(text + n - CRC_LINE_SIZE, expected, CRC_LINE_SIZE) == 0;
}

int phone_record_decode(const char *text, size_t n, PhoneRecord *ret) {
        _cleanup_(phone_record_done) PhoneRecord record = {};
        char line[LINE_SIZE];
        CLEANUP_ERASE(line);

        if (!has_good_sum(text, n))
                return -EBADMSG;
        n -= CRC_LINE_SIZE;

        if (!next_line(&text, &n, line) || strcmp(line, FIRST_LINE) != 0)
                return -EBADMSG;
        while (n > 0)
                if (!next_line(&text, &n, line) || !read_line(line, &record))
                        return -EBADMSG;
        if (!phone_record_is_good(&record))
                return -EBADMSG;

        *ret = record;
        return 0;
}

/* ---- items ---------------------------------------------------------------------------------- */

size_t phone_item_encode(const PhoneRecord *record, char ret[static PHONE_ITEM_SIZE_MAX]) {
        memcpy(ret, record->id, PHONE_ID_SIZE - 1);
        ret[PHONE_ID_SIZE - 1] = '\n';
        return PHONE_ID_SIZE + phone_record_encode(record, ret + PHONE_ID_SIZE);
}

int phone_item_decode(const char *text, size_t n, PhoneRecord *ret) {
        char id[PHONE_ID_SIZE] = "";
        int r;

        if (n < PHONE_ID_SIZE || n > PHONE_ITEM_SIZE_MAX || text[PHONE_ID_SIZE - 1] != '\n')
                return -EBADMSG;
        memcpy(id, text, PHONE_ID_SIZE - 1);
        if (!phone_id_is_good(id))
                return -EBADMSG;
        r = phone_record_decode(text + PHONE_ID_SIZE, n - PHONE_ID_SIZE, ret);
        if (r < 0)
                return r;

        memcpy(ret->id, id, sizeof(id));
        return 0;
}

/* ---- sites ---------------------------------------------------------------------------------- */

/* Where the site is, or where it is to go: in place of the one that was not used for longest. */
static size_t find_site(const PhoneRecord *record, const char *rp_id) {
        size_t i = 0;

        while (i < record->n_sites && strcmp(record->sites[i].rp_id, rp_id) != 0)
                i++;
        return i < PHONE_N_SITES_MAX ? i : PHONE_N_SITES_MAX - 1;
}

void phone_record_use(PhoneRecord *record, const char *rp_id, uint64_t now) {
        PhoneSite site = { .used_at = now };
        size_t i;

        record->last_used = now;
        if (!is_host(rp_id, PHONE_SITE_SIZE))
                return;
        strcpy(site.rp_id, rp_id);

        i = find_site(record, rp_id);
        if (i == record->n_sites)
                record->n_sites++;
        memmove(&record->sites[1], &record->sites[0], i * sizeof(PhoneSite));
        record->sites[0] = site;
}

uint64_t phone_record_used_for(const PhoneRecord *record, const char *rp_id) {
        for (size_t i = 0; i < record->n_sites; i++)
                if (strcmp(record->sites[i].rp_id, rp_id) == 0)
                        return record->sites[i].used_at;
        return 0;
}
