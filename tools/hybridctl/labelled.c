/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "columns.h"
#include "labelled.h"

enum {
        LINE_COLUMNS = 77,
        LINE_COLUMNS_MIN = 8,
        TEXT_COLUMNS_MIN = 24, /* beside a label; below it where there is less room */
        INDENTATION = 2,       /* before the label, and behind it */
};

/* What people read at ease, or what the terminal has. */
static size_t line_columns(void) {
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ||
            size.ws_col > LINE_COLUMNS)
                return LINE_COLUMNS;
        return size.ws_col < LINE_COLUMNS_MIN ? LINE_COLUMNS_MIN : size.ws_col;
}

static void print_blanks(size_t n) {
        printf("%*s", (int)n, "");
}

/* One line of it; returns where the next begins. */
static const char *print_line(const char *text, size_t columns) {
        size_t n = columns_wrap(text, columns), n_shown = n;

        while (n_shown > 0 && text[n_shown - 1] == ' ')
                n_shown--;
        printf("%.*s\n", (int)n_shown, text);
        text += n;
        return text + strspn(text, " \n");
}

void print_wrapped(const char *text) {
        while (*text != '\0')
                text = print_line(text, line_columns());
}

void print_labelled(const char *label, size_t label_columns, const char *text) {
        size_t width = line_columns(), indentation = 2 * INDENTATION + label_columns;
        size_t label_width = columns_of(label, strlen(label));
        bool is_beside = width >= indentation + TEXT_COLUMNS_MIN && label_width <= label_columns;

        if (*text == '\0')
                return;
        if (!is_beside && *label != '\0')
                printf("%*s%s\n", INDENTATION, "", label);
        if (width < indentation + TEXT_COLUMNS_MIN)
                indentation = 2 * INDENTATION;
        for (bool first = is_beside; *text != '\0'; first = false) {
                print_blanks(first ? INDENTATION : indentation);
                if (first) {
                        fputs(label, stdout);
                        print_blanks(indentation - INDENTATION - label_width);
                }
                text = print_line(text, width - indentation);
        }
}
