/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/names.h"
#include "daemon/phones/phone-vault.h"
#include "daemon/phones/secret-service.h"
#include "daemon/private-memory.h"

enum {
        N_CHANGES_MAX = 64, /* that wait */
};

/* A change that the service has not confirmed. */
typedef struct Change {
        struct Change *next;
        PhoneRecord record; /* of a removal: the id */
        bool removes;
        bool sent;
        sd_bus_message *call; /* to be answered; or NULL */
} Change;

/* Where the service keeps a phone. */
typedef struct Place {
        char id[PHONE_ID_SIZE];
        char *path;
} Place;

/* What the service has, as far as it is known. No ceremony gets the records: see private-memory.h. */
typedef struct Contents {
        PhoneList phones; /* with room for PHONE_STORE_N_MAX */
        Place places[PHONE_STORE_N_MAX];
        size_t n_places;
} Contents;

struct PhoneVault {
        SecretService *service;
        const PhoneVaultEvents *events;
        void *userdata;
        Contents now;
        Contents incoming; /* while it loads */
        bool loading;
        bool stale;      /* to be loaded once more */
        int problem;     /* of the last load; -EAGAIN before the first one */
        Change *changes; /* the first one is the one that is sent */
        size_t n_changes;
};

static void go_on(PhoneVault *vault);
static void end_change(PhoneVault *vault, int r);

/* ---- contents ------------------------------------------------------------------------------- */

static void contents_done(Contents *contents) {
        private_memory_free(contents->phones.records, PHONE_STORE_N_MAX * sizeof(PhoneRecord));
        for (size_t i = 0; i < contents->n_places; i++)
                free(contents->places[i].path);
        *contents = (Contents){};
}

static int contents_init(Contents *contents) {
        *contents = (Contents){};
        contents->phones.records = private_memory_new(PHONE_STORE_N_MAX * sizeof(PhoneRecord));
        return contents->phones.records ? 0 : -ENOMEM;
}

static Place *find_place(Contents *contents, const char *id) {
        for (size_t i = 0; i < contents->n_places; i++)
                if (strcmp(contents->places[i].id, id) == 0)
                        return &contents->places[i];
        return NULL;
}

static int put_place(Contents *contents, const char *id, const char *path) {
        Place *place = find_place(contents, id);
        char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        if (!place && contents->n_places == PHONE_STORE_N_MAX) {
                free(copy);
                return -ENOSPC;
        }
        if (!place) {
                place = &contents->places[contents->n_places++];
                *place = (Place){};
                strcpy(place->id, id);
        }
        free(place->path);
        place->path = copy;
        return 0;
}

static void drop_place(Contents *contents, const char *id) {
        Place *place = find_place(contents, id);

        if (!place)
                return;
        free(place->path);
        *place = contents->places[--contents->n_places];
}

/* Keeps them in the order of their ids. */
static int put_phone(PhoneList *list, const PhoneRecord *record) {
        PhoneRecord *found = phone_list_find(list, record->id);
        size_t i = 0;

        if (found) {
                *found = *record;
                return 0;
        }
        if (list->n == PHONE_STORE_N_MAX)
                return -ENOSPC;
        while (i < list->n && strcmp(list->records[i].id, record->id) < 0)
                i++;
        memmove(&list->records[i + 1], &list->records[i], (list->n - i) * sizeof(PhoneRecord));
        list->records[i] = *record;
        list->n++;
        return 0;
}

static void drop_phone(PhoneList *list, const char *id) {
        PhoneRecord *found = phone_list_find(list, id);

        if (!found)
                return;
        list->n--;
        memmove(found, found + 1, (size_t)(&list->records[list->n] - found) * sizeof(PhoneRecord));
        phone_record_done(&list->records[list->n]);
}

/* ---- loading -------------------------------------------------------------------------------- */

static void on_item(void *userdata, const char *path, const char *secret, size_t n) {
        _cleanup_(phone_record_done) PhoneRecord record = {};
        PhoneVault *vault = userdata;
        int r;

        r = phone_item_decode(secret, n, &record);
        if (r >= 0)
                r = put_phone(&vault->incoming.phones, &record);
        if (r >= 0)
                r = put_place(&vault->incoming, record.id, path);
        if (r == -EBADMSG)
                log_error("The keyring's item %s is damaged; delete it there, and link that phone "
                          "again",
                          path);
        else if (r < 0)
                log_error_errno(r, "Failed to take the keyring's item %s", path);
}

static void log_problem(int r) {
        if (r == -EACCES)
                log_warning("The keyring is locked: linked phones can be used when it is unlocked");
        else if (r == -ENOMEDIUM)
                log_error("There is no default keyring for linked phones: make one with your "
                          "desktop's program for passwords, or set phone-store = file in [daemon]");
        else
                log_error_errno(r, "The Secret Service does not answer, so no linked phone can be "
                                   "used: start it (gnome-keyring, KWallet), or set phone-store = "
                                   "file in [daemon]");
}

/* What was not sent yet, or not confirmed, is to come. */
static void apply_changes(PhoneVault *vault) {
        for (const Change *change = vault->changes; change; change = change->next)
                if (change->removes)
                        drop_phone(&vault->now.phones, change->record.id);
                else if (put_phone(&vault->now.phones, &change->record) < 0)
                        log_error("Too many phones are linked; forget one of them");
}

static void note_problem(PhoneVault *vault, int r) {
        if (r < 0 && r != vault->problem)
                log_problem(r);
        vault->problem = r < 0 ? r : 0;
}

static void fail_changes(PhoneVault *vault, int r) {
        while (vault->changes)
                end_change(vault, r);
}

/* Of a keyring that cannot be read any more nothing stays in memory either. */
static void on_loaded(void *userdata, int r) {
        PhoneVault *vault = userdata;
        Contents before = vault->now;

        vault->loading = false;
        vault->now = vault->incoming;
        vault->incoming = (Contents){};
        note_problem(vault, r);
        if (r < 0)
                contents_done(&vault->now);
        else
                apply_changes(vault);

        vault->events->loaded(vault->userdata, &before.phones, &vault->now.phones);
        contents_done(&before);
        if (r < 0)
                fail_changes(vault, r);
        go_on(vault);
}

static void load(PhoneVault *vault) {
        int r;

        vault->stale = false;
        vault->loading = true;
        r = contents_init(&vault->incoming);
        if (r >= 0)
                r = secret_service_load(vault->service);
        if (r < 0)
                on_loaded(vault, r);
}

/* ---- changes -------------------------------------------------------------------------------- */

static Change *change_free(Change *change) {
        sd_bus_message_unref(change->call);
        return private_memory_free(change, sizeof(*change));
}

static void answer(sd_bus_message *call, int r) {
        if (r < 0)
                r = sd_bus_reply_method_errnof(call, r, "The keyring did not keep this: %s",
                                               strerror(-r));
        else
                r = sd_bus_reply_method_return(call, NULL);
        if (r < 0)
                log_error_errno(r, "Failed to answer who changed a linked phone");
}

/* The first one. What did not come about is found out by loading. */
static void end_change(PhoneVault *vault, int r) {
        Change *change = vault->changes;

        vault->changes = change->next;
        vault->n_changes--;
        if (r < 0) {
                vault->stale = true;
                log_error_errno(r, "The keyring did not %s a linked phone",
                                change->removes ? "forget" : "keep");
        }
        if (change->call)
                answer(change->call, r);
        (void)change_free(change);
}

static void on_changed(void *userdata, int r, const char *path) {
        PhoneVault *vault = userdata;
        const Change *change = vault->changes;

        if (change->removes && r == -ENOENT)
                r = 0; /* somebody else was faster */
        if (change->removes && r >= 0)
                drop_place(&vault->now, change->record.id);
        else if (r >= 0)
                r = put_place(&vault->now, change->record.id, path);
        end_change(vault, r);
        go_on(vault);
}

static int send_write(PhoneVault *vault, const PhoneRecord *record) {
        char text[PHONE_ITEM_SIZE_MAX], label[PHONE_NAME_SIZE + sizeof("Linked phone: ")];
        CLEANUP_ERASE(text);

        snprintf(label, sizeof(label), "Linked phone: %s", record->name);
        return secret_service_write(vault->service, record->id, label, text,
                                    phone_item_encode(record, text));
}

static int send_removal(PhoneVault *vault, const char *id) {
        const Place *place = find_place(&vault->now, id);

        return place ? secret_service_remove(vault->service, place->path) : -ENOENT;
}

static void send_change(PhoneVault *vault, Change *change) {
        int r;

        change->sent = true;
        r = change->removes ? send_removal(vault, change->record.id)
                            : send_write(vault, &change->record);
        if (r < 0)
                on_changed(vault, r, "");
}

/* One thing at a time: changes first, then what others have changed. */
static void go_on(PhoneVault *vault) {
        if (vault->loading || (vault->changes && vault->changes->sent))
                return;
        if (vault->changes && secret_service_is_open(vault->service))
                send_change(vault, vault->changes);
        else if (vault->changes || vault->stale)
                load(vault);
}

static int add_change(PhoneVault *vault, const PhoneRecord *record, bool removes) {
        Change *change, **last = &vault->changes;

        change = private_memory_new(sizeof(*change));
        if (!change)
                return -ENOMEM;
        change->record = *record;
        change->removes = removes;
        while (*last)
                last = &(*last)->next;
        *last = change;
        vault->n_changes++;
        go_on(vault);
        return 0;
}

/* ---- the store ------------------------------------------------------------------------------ */

static int vault_list(void *userdata, PhoneList *ret) {
        const PhoneVault *vault = userdata;
        PhoneList list = {};

        list.records = calloc(PHONE_STORE_N_MAX, sizeof(PhoneRecord));
        if (!list.records)
                return -ENOMEM;
        list.n = vault->now.phones.n;
        for (size_t i = 0; i < list.n; i++)
                list.records[i] = vault->now.phones.records[i];
        *ret = list;
        return 0;
}

static int vault_write(void *userdata, const PhoneRecord *record) {
        PhoneVault *vault = userdata;
        int r;

        if (vault->problem < 0)
                return vault->problem;
        if (vault->n_changes == N_CHANGES_MAX)
                return -EBUSY;
        r = put_phone(&vault->now.phones, record);
        return r < 0 ? r : add_change(vault, record, false);
}

static int vault_remove(void *userdata, const char *id) {
        _cleanup_(phone_record_done) PhoneRecord record = {};
        PhoneVault *vault = userdata;

        if (!phone_list_find(&vault->now.phones, id))
                return -ENOENT;
        if (vault->n_changes == N_CHANGES_MAX)
                return -EBUSY;
        strcpy(record.id, id);
        drop_phone(&vault->now.phones, id);
        return add_change(vault, &record, true);
}

static void vault_set_aside(void *userdata, const char *id) {
        int r;

        log_error(
                "A linked phone cannot be asked by what the keyring holds, which is removed; link "
                "it again");
        r = vault_remove(userdata, id);
        if (r < 0 && r != -ENOENT)
                log_error_errno(r, "Failed to remove a linked phone from the keyring");
}

static const PhoneStoreBackend backend = {
        .list = vault_list,
        .write = vault_write,
        .remove = vault_remove,
        .set_aside = vault_set_aside,
};

int phone_vault_open(PhoneVault *vault, PhoneStore **ret) {
        return vault->problem < 0 ? vault->problem : phone_store_new(ret, &backend, vault);
}

int phone_vault_reply(PhoneVault *vault, sd_bus_message *call) {
        Change *last = vault->changes;

        while (last && last->next)
                last = last->next;
        if (!last || last->call)
                return sd_bus_reply_method_return(call, NULL);
        last->call = sd_bus_message_ref(call);
        return 1;
}

bool phone_vault_is_busy(const PhoneVault *vault) {
        return vault->changes;
}

/* ---- life ----------------------------------------------------------------------------------- */

void phone_vault_refresh(PhoneVault *vault) {
        vault->stale = true;
        go_on(vault);
}

/* One that has left is not started again before somebody needs it. */
static void on_news(void *userdata, bool gone) {
        PhoneVault *vault = userdata;

        vault->stale = true;
        if (!gone)
                go_on(vault);
}

static const SecretServiceEvents service_events = {
        .item = on_item,
        .loaded = on_loaded,
        .changed = on_changed,
        .news = on_news,
};

int phone_vault_new(PhoneVault **ret, sd_bus *bus, const PhoneVaultEvents *events, void *userdata) {
        _cleanup_(phone_vault_freep) PhoneVault *vault = NULL;
        int r;

        vault = calloc(1, sizeof(*vault));
        if (!vault)
                return -ENOMEM;
        vault->events = events;
        vault->userdata = userdata;
        vault->problem = -EAGAIN;
        r = secret_service_new(&vault->service, bus, &service_events, vault);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(vault);
        return 0;
}

PhoneVault *phone_vault_free(PhoneVault *vault) {
        if (!vault)
                return NULL;

        while (vault->changes) {
                Change *change = vault->changes;

                vault->changes = change->next;
                (void)change_free(change);
        }
        secret_service_free(vault->service);
        contents_done(&vault->now);
        contents_done(&vault->incoming);
        free(vault);
        return NULL;
}
