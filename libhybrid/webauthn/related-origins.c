/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "hybrid.h"
#include "webauthn/json-member.h"
#include "webauthn/related-origins.h"

#define HTTPS "https://"

/* Labels as they stand in the hosts they come from. */
typedef struct Labels {
        char seen[RELATED_ORIGINS_LABELS_MAX][DOMAIN_SIZE_MAX];
        size_t n;
} Labels;

typedef struct Search {
        const Origin *origin;
        PublicSuffixCheck is_public_suffix;
        void *userdata;
        Labels labels;
} Search;

int related_origins_check_rp_id(const Origin *origin, const char *rp_id,
                                PublicSuffixCheck is_public_suffix, void *userdata) {
        int r;

        if (!is_public_suffix || strncmp(origin->text, HTTPS, strlen(HTTPS)) != 0)
                return HYBRID_E_REFUSED;
        r = domain_check(rp_id);
        if (r != 0)
                return r;

        return is_public_suffix(userdata, rp_id) ? HYBRID_E_REFUSED : 0;
}

/*
 * "Registrable origin label": what is before the public suffix, "example" of www.example.co.uk. The
 * longest suffix that is a public one counts. False if there is none, or nothing before it.
 */
static bool find_label(const Search *search, const char *host, char ret[static DOMAIN_SIZE_MAX]) {
        const char *domain = host, *dot;

        if (search->is_public_suffix(search->userdata, host))
                return false;

        while ((dot = strchr(domain, '.'))) {
                if (search->is_public_suffix(search->userdata, dot + 1)) {
                        memcpy(ret, domain, (size_t)(dot - domain));
                        ret[dot - domain] = '\0';
                        return true;
                }
                domain = dot + 1;
        }
        return false;
}

static bool has_label(const Labels *labels, const char *label) {
        for (size_t i = 0; i < labels->n; i++)
                if (strcmp(labels->seen[i], label) == 0)
                        return true;
        return false;
}

static char to_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * The origin of a URL in the list. Sites write them with a slash or a path behind, and in capitals;
 * what else the URL standard would accept (users, backslashes, white space) is passed over.
 */
static int read_item(const char *text, Origin *ret) {
        char copy[ORIGIN_SIZE_MAX];
        size_t n;

        if (strncasecmp(text, HTTPS, strlen(HTTPS)) != 0)
                return HYBRID_E_REFUSED;
        n = strlen(HTTPS) + strcspn(text + strlen(HTTPS), "/?#");
        if (n >= sizeof(copy))
                return HYBRID_E_REFUSED;
        for (size_t i = 0; i < n; i++)
                copy[i] = to_lower(text[i]);
        copy[n] = '\0';

        return origin_parse(copy, false, ret);
}

/* One turn of section 5.11.1, step 6. 0 if it is the origin, HYBRID_E_REFUSED if not. */
static int look_at(Search *search, const char *text) {
        char label[DOMAIN_SIZE_MAX];
        Labels *labels = &search->labels;
        Origin item;
        int r;

        r = read_item(text, &item);
        if (r != 0)
                return r;
        if (!find_label(search, item.host, label))
                return HYBRID_E_REFUSED;
        if (!has_label(labels, label)) {
                if (labels->n == RELATED_ORIGINS_LABELS_MAX)
                        return HYBRID_E_REFUSED;
                strcpy(labels->seen[labels->n++], label);
        }

        return strcmp(item.text, search->origin->text) == 0 ? 0 : HYBRID_E_REFUSED;
}

static bool is_array_of_texts(const json_t *array) {
        const json_t *item;
        size_t i;

        if (!json_is_array(array))
                return false;
        json_array_foreach(array, i, item) if (!json_is_string(item)) return false;
        return true;
}

static int search_list(Search *search, const json_t *list, const char **ret_problem) {
        const json_t *item;
        size_t i;
        int r;

        json_array_foreach(list, i, item) {
                r = look_at(search, json_string_value(item));
                if (r != HYBRID_E_REFUSED)
                        return r;
        }

        *ret_problem = "the RP ID is of another site, which does not list this origin";
        return HYBRID_E_REFUSED;
}

int related_origins_check(const Origin *origin, const char *json, size_t n,
                          PublicSuffixCheck is_public_suffix, void *userdata,
                          const char **ret_problem) {
        Search search = {
                .origin = origin,
                .is_public_suffix = is_public_suffix,
                .userdata = userdata,
        };
        _cleanup_(json_erasep) json_t *document = NULL;
        const json_t *list;
        json_error_t error;

        document = json_loadb(json, n, 0, &error);
        if (!document && (json_error_code(&error) == json_error_unknown ||
                          json_error_code(&error) == json_error_out_of_memory))
                return -ENOMEM;
        list = json_object_get(document, "origins");
        if (!is_array_of_texts(list)) {
                *ret_problem = "the RP ID is of another site, whose list of origins is malformed";
                return HYBRID_E_REFUSED;
        }

        return search_list(&search, list, ret_problem);
}
