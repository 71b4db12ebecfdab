/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "contact.h"

void contact_table_done(ContactTable *table) {
        for (size_t i = 0; i < table->n; i++) {
                free(table->contacts[i]->id);
                free(table->contacts[i]);
        }
        table->n = 0;
}

Contact *contact_find(const ContactTable *table, const char *id) {
        for (size_t i = 0; i < table->n; i++)
                if (strcmp(table->contacts[i]->id, id) == 0)
                        return table->contacts[i];
        return NULL;
}

Contact *contact_add(ContactTable *table, const char *id) {
        Contact *contact = contact_find(table, id);

        if (contact)
                return contact;
        if (table->n == CONTACT_N_MAX)
                return NULL;
        contact = calloc(1, sizeof(*contact));
        if (!contact)
                return NULL;
        contact->id = strdup(id);
        if (!contact->id) {
                free(contact);
                return NULL;
        }
        table->contacts[table->n++] = contact;
        return contact;
}
