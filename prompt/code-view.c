/* SPDX-License-Identifier: MIT */

#include "base/secret.h"
#include "prompt/code-view.h"

enum {
        SIDE_MAX = 320, /* in the units of the layout; with border */
        BYTES_PER_PIXEL = 3,
};

struct _CodeView {
        GtkWidget parent;
        QrMatrix *matrix;
        GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE(CodeView, code_view, GTK_TYPE_WIDGET)

typedef struct Pixels {
        uint8_t *bytes;
        size_t n;
} Pixels;

static void free_pixels(void *data) {
        Pixels *pixels = data;

        secret_free(pixels->bytes, pixels->n);
        g_free(pixels);
}

static size_t modules_of(const CodeView *view) {
        return view->matrix ? view->matrix->size + QR_QUIET_ZONES : 1;
}

/* Pixels of the screen for one module. */
static size_t pixels_per_module(CodeView *view) {
        size_t scale = (size_t)gtk_widget_get_scale_factor(GTK_WIDGET(view));
        size_t pixels = SIDE_MAX * scale / modules_of(view);

        return pixels > 0 ? pixels : 1;
}

static size_t pixels_of(CodeView *view) {
        return pixels_per_module(view) * modules_of(view);
}

static void draw_modules(const QrMatrix *matrix, size_t side, size_t module, uint8_t *ret) {
        memset(ret, 0xff, side * side * BYTES_PER_PIXEL);
        for (size_t y = 0; y < matrix->size * module; y++)
                for (size_t x = 0; x < matrix->size * module; x++)
                        if (matrix->modules[y / module * matrix->size + x / module])
                                memset(ret + ((y + QR_QUIET_ZONE * module) * side + x +
                                              QR_QUIET_ZONE * module) *
                                                       BYTES_PER_PIXEL,
                                       0, BYTES_PER_PIXEL);
}

static GdkTexture *new_texture(CodeView *view) {
        size_t side = pixels_of(view);
        Pixels *pixels = g_new0(Pixels, 1);
        g_autoptr(GBytes) bytes = NULL;

        pixels->n = side * side * BYTES_PER_PIXEL;
        pixels->bytes = g_malloc(pixels->n);
        draw_modules(view->matrix, side, pixels_per_module(view), pixels->bytes);
        bytes = g_bytes_new_with_free_func(pixels->bytes, pixels->n, free_pixels, pixels);
        return gdk_memory_texture_new((int)side, (int)side, GDK_MEMORY_R8G8B8, bytes,
                                      side * BYTES_PER_PIXEL);
}

static void code_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline) {
        int scale = gtk_widget_get_scale_factor(widget);
        CodeView *view = CODE_VIEW(widget);

        *minimum = *natural = view->matrix ? ((int)pixels_of(view) + scale - 1) / scale : 0;
        *minimum_baseline = *natural_baseline = -1;
}

static void code_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
        float scale = (float)gtk_widget_get_scale_factor(widget);
        CodeView *view = CODE_VIEW(widget);
        float side;

        if (!view->matrix)
                return;
        if (!view->texture)
                view->texture = new_texture(view);
        side = (float)pixels_of(view) / scale;
        gtk_snapshot_append_texture(snapshot, view->texture, &GRAPHENE_RECT_INIT(0, 0, side, side));
}

static void on_scale_changed(GObject *object, GParamSpec *spec, void *userdata) {
        g_clear_object(&CODE_VIEW(object)->texture);
        gtk_widget_queue_resize(GTK_WIDGET(object));
}

void code_view_set(CodeView *view, QrMatrix *matrix) {
        g_clear_object(&view->texture);
        qr_matrix_free(view->matrix);
        view->matrix = matrix;
        gtk_widget_queue_resize(GTK_WIDGET(view));
        gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void code_view_dispose(GObject *object) {
        CodeView *view = CODE_VIEW(object);

        g_clear_object(&view->texture);
        view->matrix = qr_matrix_free(view->matrix);
        G_OBJECT_CLASS(code_view_parent_class)->dispose(object);
}

static void code_view_class_init(CodeViewClass *class) {
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

        G_OBJECT_CLASS(class)->dispose = code_view_dispose;
        widget_class->measure = code_view_measure;
        widget_class->snapshot = code_view_snapshot;
        gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void code_view_init(CodeView *view) {
        /* Never mirrored: the direction of writing is no matter of codes. */
        gtk_widget_set_direction(GTK_WIDGET(view), GTK_TEXT_DIR_LTR);
        gtk_widget_set_halign(GTK_WIDGET(view), GTK_ALIGN_CENTER);
        gtk_widget_set_valign(GTK_WIDGET(view), GTK_ALIGN_CENTER);
        g_signal_connect(view, "notify::scale-factor", G_CALLBACK(on_scale_changed), NULL);
}

GtkWidget *code_view_new(void) {
        return g_object_new(code_view_get_type(), NULL);
}
