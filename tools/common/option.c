/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "complain.h"
#include "option.h"

/* What is wrong: a letter out of "-xyz", or the long option that getopt_long() has just passed. */
static int complain_about_option(char *argv[], bool has_no_value, const char *help) {
        const char letter[] = { '-', (char)optopt, '\0' };
        const char *what = optopt != 0 && optopt <= UCHAR_MAX ? letter : argv[optind - 1];

        if (has_no_value)
                complain("%s: its value is missing; see %s", what, help);
        else
                complain("%s: there is no such option, or it takes no value; see %s", what, help);
        return -EINVAL;
}

int option_next(int argc, char *argv[], const struct option *known, const char *help,
                const char **ret_name) {
        int option, index;

        option = getopt_long(argc, argv, ":", known, &index);
        if (option == -1)
                return 0;
        if (option == ':' || option == '?')
                return complain_about_option(argv, option == ':', help);

        *ret_name = known[index].name;
        return option;
}
