/* SPDX-License-Identifier: MIT */

#include "diagnosis/finding-text.h"
#include "words/template.h"

/* Marks a text for the translators. */
#define N_(text) text

const char *const finding_texts[_FINDING_TEXT_MAX] = {
        [FINDING_TEXT_WITHOUT_DRIVER] =
                /* Translators: {usb} is such as 0a12:0001.
                 * xgettext:python-brace-format */
        N_("A Bluetooth adapter (USB {usb}) is plugged in, but the kernel has no driver for it."),
        [FINDING_TEXT_OTHER_WANTED] =
                /* Translators: {adapter} is a name such as hci0.
                 * xgettext:python-brace-format */
        N_("The adapter {adapter}, which hybridd's settings ask for, is not there."),
        [FINDING_TEXT_OTHER_REMEDY] =
                /* Translators: {adapters} are names with commas. Leave "adapter" and [bluetooth].
                 * xgettext:python-brace-format */
        N_("Plug it in, or change \"adapter\" in the section [bluetooth] of hybridd.conf. There "
           "are: "
           "{adapters}"),
        [FINDING_TEXT_HEARD] =
                /* Translators: {strength} is such as "-48 dBm".
                 * xgettext:python-brace-format */
        N_("A phone nearby is looking for a computer: FIDO adverts were heard, at best with "
           "{strength}."),
        [FINDING_TEXT_READY] =
                /* Translators: {adapter} is a name such as hci0.
                 * xgettext:python-brace-format */
        N_("Bluetooth is on: {adapter} hears Bluetooth Low Energy."),
        [FINDING_TEXT_OLD_LIST] =
                /* Translators: {month} is such as 2023-02.
                 * xgettext:python-brace-format */
        N_("The list of public suffixes, which keeps sites apart, is of {month}: it does not know "
           "newer ones."),
};

void finding_text_fill_in(FindingText text, const char *value, char *ret, size_t size) {
        template_fill_in_place(finding_texts[text], value, ret, size);
}
