/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A widget that shows a QR code: black on white whatever the style is, a border of 4 modules, and a
 * whole number of the screen's pixels for each module, so that its edges are sharp.
 */

#include <gtk/gtk.h>

#include "io/qr/qr-render.h"

G_DECLARE_FINAL_TYPE(CodeView, code_view, CODE, VIEW, GtkWidget)

GtkWidget *code_view_new(void);

/** Takes the matrix over; NULL takes the code away. What was shown before is erased. */
void code_view_set(CodeView *view, QrMatrix *matrix);
