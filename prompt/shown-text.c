/* SPDX-License-Identifier: MIT */

#include <glib.h>
#include <idn2.h>
#include <string.h>

#include "prompt/shown-text.h"

/* LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE. */
#define ISOLATE_BEGIN "\u2066"
#define ISOLATE_END   "\u2069"

enum {
        SITE_MAX = 280, /* characters, of an origin too */
        PATH_MAX_SHOWN = 160,
};

static gboolean is_harmless(gunichar c) {
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL:
        case G_UNICODE_FORMAT:
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
        case G_UNICODE_PRIVATE_USE:
        case G_UNICODE_SURROGATE:
        case G_UNICODE_UNASSIGNED:
                return FALSE;
        default:
                return TRUE;
        }
}

void shown_text(const char *text, size_t n_max, char ret[static SHOWN_TEXT_SIZE]) {
        g_autofree char *valid = g_utf8_make_valid(text, -1);
        g_autoptr(GString) shown = g_string_new(NULL);
        size_t n = 0;

        for (const char *p = valid; *p && shown->len < SHOWN_TEXT_SIZE - 12;
             p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (n++ == n_max) {
                        g_string_append(shown, "…");
                        break;
                }
                g_string_append_unichar(shown, is_harmless(c) ? c : 0xfffd);
        }
        g_strlcpy(ret, shown->str, SHOWN_TEXT_SIZE);
}

static void isolate(const char *text, char ret[static SHOWN_TEXT_SIZE]) {
        g_snprintf(ret, SHOWN_TEXT_SIZE, "%s%s%s", text[0] ? ISOLATE_BEGIN : "", text,
                   text[0] ? ISOLATE_END : "");
}

void shown_site(const char *rp_id, char ret[static SHOWN_TEXT_SIZE]) {
        char text[SHOWN_TEXT_SIZE];

        /* A name has at most 253 characters, an origin 14 more: its right end, which counts, is never cut. */
        shown_text(rp_id, SITE_MAX, text);
        isolate(text, ret);
}

void shown_path(const char *path, char ret[static SHOWN_TEXT_SIZE]) {
        g_autofree char *valid = g_utf8_make_valid(path, -1);
        g_autoptr(GString) visible = g_string_new(valid);
        long n = g_utf8_strlen(valid, -1);
        char text[SHOWN_TEXT_SIZE];

        if (n > PATH_MAX_SHOWN) {
                g_autofree char *end = g_utf8_substring(valid, n - PATH_MAX_SHOWN / 2, n);

                g_string_truncate(
                        visible,
                        (gsize)(g_utf8_offset_to_pointer(valid, PATH_MAX_SHOWN / 2) - valid));
                g_string_append_printf(visible, "…%s", end);
        }
        g_string_replace(visible, " ", "␣", 0);
        shown_text(visible->str, PATH_MAX_SHOWN + 1, text);
        isolate(text, ret);
}

/* Scripts none of whose letters is taken for a Latin one. Han and kana are written together. */
static int group_of(GUnicodeScript script) {
        switch (script) {
        case G_UNICODE_SCRIPT_HAN:
        case G_UNICODE_SCRIPT_HIRAGANA:
        case G_UNICODE_SCRIPT_KATAKANA:
                return G_UNICODE_SCRIPT_HAN;
        case G_UNICODE_SCRIPT_HANGUL:
        case G_UNICODE_SCRIPT_ARABIC:
        case G_UNICODE_SCRIPT_HEBREW:
        case G_UNICODE_SCRIPT_THAI:
        case G_UNICODE_SCRIPT_DEVANAGARI:
                return (int)script;
        default:
                return -1;
        }
}

static gboolean is_label_clear(const char *label) {
        int group = 0;

        for (const char *p = label; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                int now = group_of(g_unichar_get_script(c));

                if (now < 0 || !g_unichar_isalpha(c) || (group != 0 && now != group))
                        return FALSE;
                group = now;
        }
        return group != 0;
}

static gboolean is_ascii(const char *text) {
        return g_str_is_ascii(text);
}

void shown_site_written(const char *rp_id, char ret[static SHOWN_TEXT_SIZE]) {
        g_auto(GStrv) labels = NULL;
        char *written = NULL;

        ret[0] = '\0';
        if (idn2_to_unicode_8z8z(rp_id, &written, 0) != IDN2_OK)
                return;
        if (!is_ascii(written)) {
                labels = g_strsplit(written, ".", -1);
                shown_site(written, ret);
        }
        idn2_free(written);
        for (size_t i = 0; labels && labels[i]; i++)
                if (!is_ascii(labels[i]) && !is_label_clear(labels[i]))
                        ret[0] = '\0';
}

char *shown_markup(const char *text) {
        g_autofree char *escaped = g_markup_escape_text(text, -1);
        g_auto(GStrv) before = g_strsplit(escaped, ISOLATE_BEGIN, -1);
        g_autofree char *begun = g_strjoinv("<b>" ISOLATE_BEGIN, before);
        g_auto(GStrv) after = g_strsplit(begun, ISOLATE_END, -1);

        return g_strjoinv(ISOLATE_END "</b>", after);
}
