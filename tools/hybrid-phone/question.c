/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "question.h"
#include "tools/common/printable.h"

enum {
        PART_SIZE = 254,
};

static void show(Ctap2Text text, char ret[static PART_SIZE]) {
        printable(text.data ? text.data : "", text.data ? text.n : 0, ret, PART_SIZE);
}

/* " as NAME (DISPLAY NAME)", with what there is of it. */
static void write_user(const AuthenticatorQuestion *question, char *ret, size_t size) {
        char name[PART_SIZE], display_name[PART_SIZE];

        show(question->user_name, name);
        show(question->user_display_name, display_name);
        if (name[0] && display_name[0] && strcmp(name, display_name) != 0)
                snprintf(ret, size, " as %s (%s)", name, display_name);
        else if (name[0] || display_name[0])
                snprintf(ret, size, " as %s", name[0] ? name : display_name);
        else
                ret[0] = '\0';
}

void question_write(const AuthenticatorQuestion *question, const char *phone_name,
                    char ret[static QUESTION_SIZE]) {
        char phone[PART_SIZE / 2], rp_id[PART_SIZE], user[2 * PART_SIZE + 16];

        printable(phone_name, strlen(phone_name), phone, sizeof(phone));
        show(question->rp_id, rp_id);
        write_user(question, user, sizeof(user));
        snprintf(ret, QUESTION_SIZE, "%s: %s %s%s?", phone,
                 question->operation == HYBRID_CREATE ? "register with" : "sign in to", rp_id,
                 user);
}
