/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/names.h"
#include "daemon/phones/phone-vault.h"
#include "daemon/phones/phones.h"

/* ---- paths ---------------------------------------------------------------------------------- */

void phone_path(const char *id, char ret[static PHONE_PATH_SIZE]) {
        snprintf(ret, PHONE_PATH_SIZE, BUS_PHONE_PATH "/%s", id);
}

const char *phone_id_of(const char *path) {
        static const char prefix[] = BUS_PHONE_PATH "/";

        if (strncmp(path, prefix, strlen(prefix)) != 0 || !phone_id_is_good(path + strlen(prefix)))
                return NULL;
        return path + strlen(prefix);
}

/* ---- the store ------------------------------------------------------------------------------ */

int phones_open_store(const Phones *phones, bool make, PhoneStore **ret) {
        char *folder;
        int r;

        if (phones->vault)
                return phone_vault_open(phones->vault, ret);
        folder = phone_store_default_folder();
        if (!folder)
                return -ENOENT;
        r = phone_store_open(ret, folder, make);
        if (r == -EPERM)
                log_error("%s is not used for linked phones: others can write to it; chmod 0700 it",
                          folder);
        else if (r < 0 && r != -ENOENT)
                log_error_errno(r, "Failed to open %s, where linked phones are kept", folder);
        free(folder);
        return r;
}

bool phones_may_be_linked(const Phones *phones) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        uint64_t max_age;

        return policy_allows_linking(&phones->services->policy, &max_age) &&
               phones_open_store(phones, true, &store) >= 0;
}

/* ---- which may be asked --------------------------------------------------------------------- */

/* A link from the future was made under a clock that was wrong: its age is not known. */
static bool is_usable(const Phones *phones, const PhoneRecord *record) {
        uint64_t max_age, now = (uint64_t)time(NULL);

        if (!policy_allows_linking(&phones->services->policy, &max_age))
                return false;
        return max_age == 0 || (record->linked_at <= now && now - record->linked_at <= max_age);
}

static int compare_use(const void *a, const void *b, void *rp_id) {
        const PhoneRecord *x = a, *y = b;
        uint64_t x_used = phone_record_used_for(x, rp_id), y_used = phone_record_used_for(y, rp_id);

        if (x_used != y_used)
                return x_used > y_used ? -1 : 1;
        if (x->last_used != y->last_used)
                return x->last_used > y->last_used ? -1 : 1;
        return strcmp(x->id, y->id);
}

static void drop_unusable(const Phones *phones, PhoneList *list) {
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (is_usable(phones, &list->records[i]))
                        list->records[n++] = list->records[i];
        secret_erase(&list->records[n], (list->n - n) * sizeof(PhoneRecord));
        list->n = n;
}

void phones_list_usable(const Phones *phones, const char *rp_id, PhoneList *ret) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        int r;

        *ret = (PhoneList){};
        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_list(store, ret);
        if (r < 0)
                return;
        drop_unusable(phones, ret);
        qsort_r(ret->records, ret->n, sizeof(PhoneRecord), compare_use, (void *)rp_id);
}

int phones_read_usable(const Phones *phones, const char *path, PhoneRecord *ret) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        const char *id = phone_id_of(path);
        int r;

        if (!id)
                return -ENOENT;
        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_read(store, id, ret);
        if (r < 0)
                return r;
        if (is_usable(phones, ret))
                return 0;
        phone_record_done(ret);
        return -ENOENT;
}

/* ---- changes -------------------------------------------------------------------------------- */

static bool has_name(const PhoneList *list, const char *name, const char *except_id) {
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->records[i].name, name) == 0 &&
                    strcmp(list->records[i].id, except_id) != 0)
                        return true;
        return false;
}

/* Two phones of one name could not be told apart by who chooses. */
static void make_name_unique(const PhoneList *list, PhoneRecord *record) {
        char name[PHONE_NAME_SIZE];

        strcpy(name, record->name);
        for (unsigned number = 2; has_name(list, name, record->id); number++)
                phone_name_number(record->name, number, name);
        strcpy(record->name, name);
}

/* A phone that is linked once more is the same phone: with its name, if that is its person's. */
static void take_over(PhoneRecord *record, const PhoneRecord *before) {
        record->last_used = before->last_used;
        record->n_sites = before->n_sites;
        memcpy(record->sites, before->sites, sizeof(record->sites));
        record->renamed = before->renamed;
        if (before->renamed)
                strcpy(record->name, before->name);
}

int phones_remember(Phones *phones, PhoneRecord *record, const char *rp_id) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        _cleanup_(phone_list_done) PhoneList list = {};
        const PhoneRecord *before;
        int r;

        r = phones_open_store(phones, true, &store);
        if (r >= 0)
                r = phone_store_list(store, &list);
        if (r < 0)
                return r;

        before = phone_list_find(&list, record->id);
        if (before)
                take_over(record, before);
        make_name_unique(&list, record);
        record->linked_at = (uint64_t)time(NULL);
        phone_record_use(record, rp_id, record->linked_at);

        r = phone_store_write(store, record);
        if (r == -ENOSPC)
                return log_error_errno(r,
                                       "Failed to keep a linked phone; forget one of the others, "
                                       "or make room on the disk");
        if (r < 0)
                return log_error_errno(r, "Failed to keep a linked phone");

        log_info("A phone is linked");
        if (before)
                phones_bus_emit_changed(phones, record);
        else
                phones_bus_emit_added(phones, record);
        return 0;
}

void phones_note_use(Phones *phones, const char *id, const char *rp_id) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        _cleanup_(phone_record_done) PhoneRecord record = {};
        int r;

        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_read(store, id, &record);
        if (r < 0)
                return; /* it was forgotten meanwhile */

        phone_record_use(&record, rp_id, (uint64_t)time(NULL));
        r = phone_store_write(store, &record);
        if (r < 0)
                log_error_errno(r, "Failed to note the use of a phone");
        else
                phones_bus_emit_changed(phones, &record);
}

void phones_forget(Phones *phones, const char *id) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        int r;

        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_remove(store, id);
        if (r < 0 && r != -ENOENT)
                log_error_errno(r, "Failed to forget a linked phone");
        if (r >= 0)
                phones_bus_emit_removed(phones, id);
}

void phones_set_aside(Phones *phones, const char *id) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;

        if (phones_open_store(phones, false, &store) < 0)
                return;
        phone_store_set_aside(store, id);
        phones_bus_emit_removed(phones, id);
}

/* ---- the Secret Service --------------------------------------------------------------------- */

static bool looks_the_same(const PhoneRecord *a, const PhoneRecord *b) {
        return strcmp(a->name, b->name) == 0 && a->linked_at == b->linked_at &&
               a->last_used == b->last_used && strcmp(a->tunnel_host, b->tunnel_host) == 0;
}

static void emit_differences(Phones *phones, const PhoneList *before, const PhoneList *now) {
        for (size_t i = 0; i < before->n; i++)
                if (!phone_list_find(now, before->records[i].id))
                        phones_bus_emit_removed(phones, before->records[i].id);
        for (size_t i = 0; i < now->n; i++) {
                const PhoneRecord *old = phone_list_find(before, now->records[i].id);

                if (!old)
                        phones_bus_emit_added(phones, &now->records[i]);
                else if (!looks_the_same(old, &now->records[i]))
                        phones_bus_emit_changed(phones, &now->records[i]);
        }
}

static void on_vault_loaded(void *userdata, const PhoneList *before, const PhoneList *now) {
        Phones *phones = userdata;

        emit_differences(phones, before, now);
        phones->events->loaded(phones->userdata);
}

static int start_vault(Phones *phones) {
        static const PhoneVaultEvents events = { .loaded = on_vault_loaded };
        int r;

        r = phone_vault_new(&phones->vault, phones->services->bus, &events, phones);
        if (r < 0)
                return log_error_errno(r, "Failed to use the Secret Service");
        phone_vault_refresh(phones->vault);
        return 0;
}

void phones_refresh(const Phones *phones) {
        if (phones->vault)
                phone_vault_refresh(phones->vault);
}

int phones_reply(const Phones *phones, sd_bus_message *call) {
        if (phones->vault)
                return phone_vault_reply(phones->vault, call);
        return sd_bus_reply_method_return(call, NULL);
}

bool phones_are_busy(const Phones *phones) {
        return phones->vault && phone_vault_is_busy(phones->vault);
}

/* ---- life ----------------------------------------------------------------------------------- */

int phones_start(Phones *phones, Services *services, const PhonesEvents *events, void *userdata) {
        int r;

        phones->services = services;
        phones->events = events;
        phones->userdata = userdata;
        r = phones_bus_add(phones);
        if (r < 0)
                return log_error_errno(r, "Failed to put linked phones on the bus");
        return services->config.phones_in_secret_service ? start_vault(phones) : 0;
}

void phones_done(Phones *phones) {
        phones_bus_remove(phones);
        phones->vault = phone_vault_free(phones->vault);
}
