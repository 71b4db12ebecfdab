/* SPDX-License-Identifier: MIT */
#pragma once

/** Prints a label, and beside it a text that is wrapped at blanks, 77 columns in all. */
void print_labelled(const char *label, int label_columns, const char *text);
