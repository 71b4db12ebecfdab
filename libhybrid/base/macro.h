/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The few macros that the whole library shares: scope-bound clean-up and array sizes.
 */

#include <assert.h>
#include <stddef.h>

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _public_            __attribute__((visibility("default")))
#define _unused_            __attribute__((unused))
#define _printf_(a, b)      __attribute__((format(printf, a, b)))

/** Number of elements of a true array (not of a pointer). */
#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

/** Hands the pointer over: the variable becomes NULL, so that its clean-up does nothing. */
#define TAKE_PTR(ptr)                                                                              \
        ({                                                                                         \
                typeof(ptr) *_taken_from = &(ptr);                                                 \
                typeof(ptr) _taken = *_taken_from;                                                 \
                *_taken_from = NULL;                                                               \
                _taken;                                                                            \
        })

/** The same for a file descriptor, which becomes -1. */
#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int *_taken_from = &(fd);                                                          \
                int _taken = *_taken_from;                                                         \
                *_taken_from = -1;                                                                 \
                _taken;                                                                            \
        })

/** Defines `NAMEp()`, to be used with `_cleanup_()`, for a function that frees one pointer. */
#define DEFINE_CLEANUP(type, function)                                                             \
        static inline void function##p(type *p) { /* NOLINT(bugprone-macro-parentheses) */         \
                if (*p)                                                                            \
                        (function)(*p);                                                            \
        }                                                                                          \
        struct _cleanup_needs_a_semicolon
