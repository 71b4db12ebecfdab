/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reading members of a parsed JSON object. An absent member and one that is null are the same.
 *
 * Each function returns 0, -ENOENT if the member is absent, -EBADMSG if it is of another type or
 * cannot be read as what it should be, or -ENOMEM. Outputs are borrowed from the tree unless said
 * otherwise, and untouched on failure.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/macro.h"
#include "webauthn/blob.h"

int json_member(const json_t *object, const char *name, json_type type, json_t **ret);
int json_member_text(const json_t *object, const char *name, const char **ret);
int json_member_bool(const json_t *object, const char *name, bool *ret);

/** Any number; a fraction is cut off, what is below zero becomes 0, and what is large UINT64_MAX. */
int json_member_natural(const json_t *object, const char *name, uint64_t *ret);

/** base64url without padding, decoded; owned by the caller. */
int json_member_bytes(const json_t *object, const char *name, Blob *ret);

/**
 * The index of the text in `names`, which has `n_names` of them. As WebAuthn wants it, a text that
 * is not known counts as absent.
 */
int json_member_enum(const json_t *object, const char *name, const char *const names[],
                     size_t n_names, unsigned *ret);

/** Decodes base64url text. Returns 0, -EBADMSG or -ENOMEM. */
int json_decode_bytes(const char *text, size_t n, Blob *ret);

/** Erases all strings in the tree, which nobody else may hold, and frees it. */
void json_erase(json_t *json);
DEFINE_CLEANUP(json_t *, json_erase);
