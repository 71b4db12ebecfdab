/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "words/template.h"

size_t template_append(char *ret, size_t n, size_t size, const char *text, size_t n_text) {
        if (n_text > size - 1 - n) {
                n_text = size - 1 - n;
                while (n_text > 0 && (text[n_text] & 0xc0) == 0x80)
                        n_text--;
        }
        memcpy(ret + n, text, n_text);
        ret[n + n_text] = '\0';
        return n + n_text;
}

static const TemplateValue *find_value(const char *text, const TemplateValue *values, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strncmp(text, values[i].name, strlen(values[i].name)) == 0)
                        return &values[i];
        return NULL;
}

void template_fill_in(const char *text, const TemplateValue *values, size_t n_values, char *ret,
                      size_t size) {
        size_t n = template_append(ret, 0, size, "", 0);

        while (*text != '\0') {
                const TemplateValue *value = find_value(text, values, n_values);
                size_t n_plain = value ? 0 : 1 + strcspn(text + 1, "{");

                n = value ? template_append(ret, n, size, value->value, strlen(value->value))
                          : template_append(ret, n, size, text, n_plain);
                text += value ? strlen(value->name) : n_plain;
        }
}

/* What is around the only place of a text. */
typedef struct Around {
        size_t n_before;
        const char *after; /* "" without a place */
} Around;

static Around around_place(const char *text) {
        size_t n_before = strcspn(text, "{"), n_place = strcspn(text + n_before, "}");
        const char *after = text + n_before + n_place;

        return (Around){ n_before, *after == '}' ? after + 1 : after };
}

void template_fill_in_place(const char *text, const char *value, char *ret, size_t size) {
        Around around = around_place(text);
        size_t n = template_append(ret, 0, size, text, around.n_before);

        if (text[around.n_before] != '\0')
                n = template_append(ret, n, size, value, strlen(value));
        template_append(ret, n, size, around.after, strlen(around.after));
}

bool template_place(const char *filled_in, const char *text, char *ret_value, size_t size) {
        Around around = around_place(text);
        size_t n = strlen(filled_in), n_after = strlen(around.after);

        if (text[around.n_before] == '\0' || n < around.n_before + n_after ||
            strncmp(filled_in, text, around.n_before) != 0 ||
            strcmp(filled_in + n - n_after, around.after) != 0)
                return false;
        template_append(ret_value, 0, size, filled_in + around.n_before,
                        n - around.n_before - n_after);
        return true;
}
