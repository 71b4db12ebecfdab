/* SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static bool counting;
static uint64_t n_allocations, fail_at;

void failing_begin(uint64_t n) {
        n_allocations = 0;
        fail_at = n;
        counting = true;
}

bool failing_end(void) {
        counting = false;
        return n_allocations >= fail_at;
}

static bool refuse(void) {
        return counting && ++n_allocations == fail_at;
}

void *__wrap_malloc(size_t n) {
        return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size) {
        return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n) {
        return refuse() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return refuse() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *text) {
        return refuse() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n) {
        return refuse() ? NULL : __real_strndup(text, n);
}

/* What *ret is after a failure is not defined; nobody may look. */
static int print(char **ret, const char *format, va_list arguments) {
        if (refuse()) {
                *ret = (char *)1;
                return -1;
        }
        return vasprintf(ret, format, arguments);
}

int __wrap_asprintf(char **ret, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = print(ret, format, arguments);
        va_end(arguments);
        return r;
}

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = print(ret, format, arguments);
        va_end(arguments);
        return r;
}
