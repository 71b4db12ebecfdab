/* SPDX-License-Identifier: MIT */

/*
 * For test-differential.py: a request a line, with "create" or "get", the getInfo response in
 * hexadecimal and the JSON, separated by tabs. Answers with the command in hexadecimal and the client
 * data, or with "refused" and the exception's name.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "webauthn/request.h"

DEFINE_CLEANUP(HybridWebauthn *, hybrid_webauthn_free);

static void print_refusal(const HybridFailure *failure) {
        printf("refused\t%s\n", hybrid_cause_dom_exception(failure->cause));
}

static void print_hex(const uint8_t *data, size_t n) {
        for (size_t i = 0; i < n; i++)
                printf("%02x", data[i]);
}

static bool allows_enterprise(void *userdata, const char *rp_id) {
        return true;
}

static int answer(const char *operation, const char *get_info_hex, const char *json) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _blob_ get_info = {}, command = {};
        HybridFailure failure = {};
        const HybridWebauthnParams params = {
                .operation = strcmp(operation, "create") == 0 ? HYBRID_CREATE : HYBRID_GET,
                .json = json,
                .n_json = strlen(json),
                .origin = "https://example.com",
                .allows_enterprise_attestation = allows_enterprise,
        };
        int r;

        r = blob_init(&get_info, strlen(get_info_hex) / 2);
        if (r < 0)
                return r;
        if (hex_decode(get_info_hex, strlen(get_info_hex), get_info.data, get_info.n) < 0)
                return -EINVAL;

        r = hybrid_webauthn_new(&webauthn, &params, &failure);
        if (r == 0)
                r = hybrid_webauthn_command(webauthn, get_info.data, get_info.n, &command.data,
                                            &command.n, &failure);
        if (r == HYBRID_E_REFUSED)
                print_refusal(&failure);
        if (r != 0)
                return r < 0 ? r : 0;

        print_hex(command.data, command.n);
        printf("\t%.*s\n", (int)webauthn->client_data.n, (char *)webauthn->client_data.data);
        return 0;
}

static int answer_line(char *line) {
        char *rest = line;
        const char *operation = strsep(&rest, "\t");
        const char *get_info = strsep(&rest, "\t");

        if (!rest)
                return -EINVAL;
        rest[strcspn(rest, "\n")] = '\0';
        return answer(operation, get_info, rest);
}

int main(void) {
        char *line = NULL;
        size_t size = 0;
        int r = 0;

        while (r == 0 && getline(&line, &size, stdin) > 0)
                r = answer_line(line);
        free(line);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
