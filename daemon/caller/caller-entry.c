/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/utf8.h"
#include "ceremony/log.h"
#include "daemon/caller/caller-entry.h"

#define SECTION_PREFIX "caller "

enum {
        /* What the reader of INI files keeps of a section's name; a longer one would be another. */
        SECTION_SIZE_MAX = 48,
        N_ENTRIES_MAX = 256,
        N_TEXTS_MAX = 256,
};

/* ---- memory --------------------------------------------------------------------------------- */

static void text_list_done(TextList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i]);
        free(list->items);
        *list = (TextList){};
}

static void entry_done(CallerEntry *entry) {
        free(entry->id);
        free(entry->name);
        free(entry->exe);
        free(entry->app_id);
        text_list_done(&entry->parents);
        text_list_done(&entry->origins);
        *entry = (CallerEntry){};
}

void caller_entries_done(CallerEntries *entries) {
        for (size_t i = 0; i < entries->n; i++)
                entry_done(&entries->items[i]);
        free(entries->items);
        *entries = (CallerEntries){};
}

static int text_list_add(TextList *list, const char *text, size_t n) {
        char **items;

        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        items[list->n] = strndup(text, n);
        if (!items[list->n])
                return -ENOMEM;
        list->n++;
        return 0;
}

/* Moves all of them over. */
static int entries_move(CallerEntries *to, CallerEntries *from) {
        CallerEntry *items;

        if (from->n == 0)
                return 0;
        items = reallocarray(to->items, to->n + from->n, sizeof(*items));
        if (!items)
                return -ENOMEM;
        memcpy(items + to->n, from->items, from->n * sizeof(*items));
        to->items = items;
        to->n += from->n;
        from->n = 0;
        return 0;
}

/* ---- values --------------------------------------------------------------------------------- */

#define OUT_OF_MEMORY "out of memory"

static const char *set_text(char **variable, const char *value) {
        if (*variable)
                return "is there twice";
        *variable = strdup(value);
        return *variable ? NULL : OUT_OF_MEMORY;
}

static bool is_path(const char *text) {
        return text[0] == '/' && text[1] != '\0';
}

/* As browsers serialise them; the ceremony is stricter still. */
static bool is_origin(const char *text) {
        const char *host = NULL;

        if (strncmp(text, "https://", 8) == 0)
                host = text + 8;
        else if (strncmp(text, "http://localhost", 16) == 0 &&
                 (text[16] == '\0' || text[16] == ':'))
                host = text + 7;
        return host && host[0] != '\0' &&
               host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:")] == '\0';
}

/* Adds the words of a value, which may go on in further lines. */
static const char *add_words(TextList *list, const char *value, bool (*is_right)(const char *),
                             const char *problem) {
        static const char blanks[] = " \t\r\n";
        size_t n;

        for (value += strspn(value, blanks); *value; value += n + strspn(value + n, blanks)) {
                n = strcspn(value, blanks);
                if (list->n == N_TEXTS_MAX)
                        return "has too many values";
                if (text_list_add(list, value, n) < 0)
                        return OUT_OF_MEMORY;
                if (!is_right(list->items[list->n - 1]))
                        return problem;
        }
        return NULL;
}

static const char *set_name(CallerEntry *entry, const char *value) {
        size_t n = strlen(value);

        if (n == 0 || n >= CALLER_NAME_SIZE || !utf8_is_valid(value, n))
                return "must be a name of at most 63 bytes of UTF-8";
        for (const char *p = value; *p; p++)
                if ((unsigned char)*p < ' ' || *p == '\x7f')
                        return "must have no control characters";
        return set_text(&entry->name, value);
}

static const char *set_kind(CallerEntry *entry, const char *value) {
        static const CallerKind kinds[] = { CALLER_KIND_HOST, CALLER_KIND_FLATPAK,
                                            CALLER_KIND_SNAP };

        if (entry->kind != CALLER_KIND_UNKNOWN)
                return "is there twice";
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strcmp(value, caller_kind_name(kinds[i])) == 0)
                        entry->kind = kinds[i];
        return entry->kind != CALLER_KIND_UNKNOWN ? NULL : "must be host, flatpak or snap";
}

static const char *set_exe(CallerEntry *entry, const char *value) {
        return is_path(value) ? set_text(&entry->exe, value) : "must be an absolute path";
}

static const char *set_app_id(CallerEntry *entry, const char *value) {
        return app_id_is_valid(value) ? set_text(&entry->app_id, value)
                                      : "must be an application's id";
}

static const char *add_parents(CallerEntry *entry, const char *value) {
        return add_words(&entry->parents, value, is_path, "must be absolute paths");
}

static const char *add_origins(CallerEntry *entry, const char *value) {
        if (strcmp(value, "*") == 0) {
                entry->any_origin = true;
                return NULL;
        }
        return add_words(&entry->origins, value, is_origin,
                         "must be * or origins such as https://login.example.com");
}

static const char *set_terminal(CallerEntry *entry, const char *value) {
        if (entry->terminal_said)
                return "is there twice";
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
                return "must be yes or no";
        entry->terminal_said = true;
        entry->terminal = strcmp(value, "yes") == 0;
        return NULL;
}

typedef struct Key {
        const char *name;
        const char *(*set)(CallerEntry *entry, const char *value);
} Key;

/* Unlike in other settings, a name that is not known is a mistake: it may have been a limit. */
static const char *set_value(CallerEntry *entry, const char *name, const char *value) {
        static const Key keys[] = {
                { "name", set_name },         { "kind", set_kind },      { "exe", set_exe },
                { "app-id", set_app_id },     { "parent", add_parents }, { "origins", add_origins },
                { "terminal", set_terminal },
        };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i].name, name) == 0)
                        return keys[i].set(entry, value);
        return "is not known";
}

/* ---- whole entries -------------------------------------------------------------------------- */

/* What is wrong with an entry as a whole, or NULL. */
static const char *check_entry(CallerEntry *entry) {
        bool host;

        if (entry->kind == CALLER_KIND_UNKNOWN)
                entry->kind = CALLER_KIND_HOST;
        host = entry->kind == CALLER_KIND_HOST;

        if (host && !entry->exe)
                return "exe is missing";
        if (!host && !entry->app_id)
                return "app-id is missing";
        if (host && entry->app_id)
                return "app-id is for sandboxed programs only";
        if (!host && (entry->exe || entry->parents.n > 0 || entry->terminal_said))
                return "exe, parent and terminal are for programs of the host only";
        if (entry->any_origin == (entry->origins.n > 0))
                return "origins must be * or some origins";
        return NULL;
}

/* How the place of a key is written. */
#define KEY "[%.48s] %.60s"

/* One file while it is read. */
typedef struct Reader {
        CallerEntries entries;
        const char *path;
        const char *problem; /* the first one */
        char place[128];     /* where it is */
        bool no_memory;
} Reader;

_printf_(3, 4) static void complain(Reader *reader, const char *problem, const char *place, ...) {
        va_list arguments;

        if (reader->problem)
                return;
        reader->problem = problem;
        reader->no_memory = strcmp(problem, OUT_OF_MEMORY) == 0;
        va_start(arguments, place);
        vsnprintf(reader->place, sizeof(reader->place), place, arguments);
        va_end(arguments);
}

/* NULL if memory runs out, or there are too many. */
static CallerEntry *find_or_add(CallerEntries *entries, const char *id) {
        CallerEntry *items;

        for (size_t i = 0; i < entries->n; i++)
                if (strcmp(entries->items[i].id, id) == 0)
                        return &entries->items[i];

        if (entries->n == N_ENTRIES_MAX)
                return NULL;
        items = reallocarray(entries->items, entries->n + 1, sizeof(*items));
        if (!items)
                return NULL;
        entries->items = items;
        items[entries->n] = (CallerEntry){ .id = strdup(id) };
        if (!items[entries->n].id)
                return NULL;
        return &items[entries->n++];
}

/* What inih calls for each line; 0 marks the line as wrong. */
static int on_key(void *userdata, const char *section, const char *name, const char *value) {
        Reader *reader = userdata;
        const char *id = section + strlen(SECTION_PREFIX), *problem;
        CallerEntry *entry;

        if (strncmp(section, SECTION_PREFIX, strlen(SECTION_PREFIX)) != 0 || id[0] == '\0' ||
            strlen(section) > SECTION_SIZE_MAX || !utf8_is_valid(id, strlen(id))) {
                complain(reader, "stands in no section [caller NAME]", KEY, section, name);
                return 0;
        }

        entry = find_or_add(&reader->entries, id);
        problem = entry ? set_value(entry, name, value)
                        : (reader->entries.n == N_ENTRIES_MAX ? "is one caller too many"
                                                              : OUT_OF_MEMORY);
        if (problem)
                complain(reader, problem, KEY, section, name);
        return problem ? 0 : 1;
}

/* Whether what is there makes sense together. */
static void check_entries(Reader *reader) {
        for (size_t i = 0; i < reader->entries.n; i++) {
                CallerEntry *entry = &reader->entries.items[i];
                const char *problem = check_entry(entry);

                if (problem)
                        complain(reader, problem, "[caller %.48s]", entry->id);
        }
}

static int finish(Reader *reader, int line, CallerEntries *entries,
                  char ret_problem[static CALLER_PROBLEM_SIZE]) {
        if (line == -2 || reader->no_memory)
                return -ENOMEM;
        if (line != 0 || reader->problem) {
                char number[16] = "";

                /* What is wrong with a caller as a whole stands in no line. */
                if (line != 0)
                        snprintf(number, sizeof(number), ":%d", line);
                snprintf(ret_problem, CALLER_PROBLEM_SIZE, "%s%s: %s: %s", reader->path, number,
                         reader->problem ? reader->place : "a line",
                         reader->problem ? reader->problem
                                         : "is neither a section nor \"name = value\", or longer "
                                           "than 199 characters");
                return -EINVAL;
        }
        return entries_move(entries, &reader->entries);
}

int caller_entries_read(CallerEntries *entries, FILE *file, const char *path,
                        char ret_problem[static CALLER_PROBLEM_SIZE]) {
        Reader reader = { .path = path };
        int line, r;

        line = ini_parse_file(file, on_key, &reader);
        if (line == 0)
                check_entries(&reader);
        r = finish(&reader, line, entries, ret_problem);
        caller_entries_done(&reader.entries);
        return r;
}

/* ---- matching ------------------------------------------------------------------------------- */

static bool is_program(const char *path, const FileId *running) {
        FileId listed;

        return root_path_file(path, &listed) >= 0 && file_id_equal(&listed, running);
}

static bool fits_parent(const CallerEntry *entry, const Caller *caller) {
        if (entry->parents.n == 0)
                return true;
        for (size_t i = 0; i < entry->parents.n && caller->has_parent; i++)
                if (is_program(entry->parents.items[i], &caller->parent))
                        return true;
        return false;
}

bool caller_entry_fits(const CallerEntry *entry, const Caller *caller) {
        if (entry->kind != caller->kind)
                return false;
        if (entry->kind == CALLER_KIND_HOST)
                return caller_runs(caller, entry->exe) && fits_parent(entry, caller);
        return strcmp(entry->app_id, caller->app_id) == 0;
}

bool caller_entry_has_origin(const CallerEntry *entry, const char *origin) {
        for (size_t i = 0; i < entry->origins.n; i++)
                if (strcmp(entry->origins.items[i], origin) == 0)
                        return true;
        return entry->any_origin;
}
