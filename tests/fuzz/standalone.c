/* SPDX-License-Identifier: MIT */

/* Runs a fuzz target on the files of its corpus, as TAP: each file is a test. */

#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

static int run_file(const char *folder, const char *name) {
        char path[4096];
        uint8_t *data;
        size_t n;
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "rb");
        data = malloc(1024 * 1024);
        if (!file || !data) {
                free(data);
                if (file)
                        fclose(file);
                return -1;
        }
        n = fread(data, 1, 1024 * 1024, file);
        fclose(file);

        /* An exact copy, so that the sanitizer sees a read beyond the end. */
        data = realloc(data, n > 0 ? n : 1);
        LLVMFuzzerTestOneInput(data, n);
        free(data);
        return 0;
}

int main(int argc, char *argv[]) {
        struct dirent **names;
        int n, n_run = 0;

        if (argc != 2)
                return 2;
        n = scandir(argv[1], &names, NULL, alphasort);
        if (n < 0) {
                perror(argv[1]);
                return 1;
        }

        for (int i = 0; i < n; i++) {
                if (names[i]->d_name[0] != '.') {
                        n_run++;
                        printf("%sok %d - %s\n",
                               run_file(argv[1], names[i]->d_name) < 0 ? "not " : "", n_run,
                               names[i]->d_name);
                        fflush(stdout);
                }
                free(names[i]);
        }
        free(names);
        printf("1..%d\n", n_run);
        return n_run > 0 ? 0 : 1;
}
