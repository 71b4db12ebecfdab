/* SPDX-License-Identifier: MIT */

#include <adwaita.h>
#include <string.h>

#include "prompt/code-view.h"
#include "prompt/parent.h"
#include "prompt/shown-text.h"
#include "prompt/window.h"

enum {
        WIDTH = 420,
        HEIGHT = 430,        /* of what changes; so that the window stays as it is for most pages */
        PHONE_NAME_MAX = 64, /* characters */
        PAUSE_MSEC = 700,    /* before a new question can be answered */
};

struct Window {
        const WindowEvents *events;
        gpointer userdata;
        PageAction leave;
        PageAction proceed;
        bool asks;
        char question[WORDS_SIZE]; /* what it asks, or says */
        bool shown;
        guint pause; /* a timer; while it runs, only Escape answers */

        GtkWindow *window;
        GtkWidget *heading;
        GtkWidget *written;
        GtkWidget *caller;
        GtkWidget *code;
        GtkWidget *icon;
        GtkWidget *spinner;
        GtkWidget *phones;
        GtkWidget *body;
        GtkWidget *tips;
        GtkWidget *leave_button;
        GtkWidget *proceed_button;
};

static const struct {
        const char *name;
        const char *class;
} icons[_PICTURE_MAX] = {
        [PICTURE_BUSY] = { "content-loading-symbolic", "hybrid-phone" }, /* where nothing moves */
        [PICTURE_PHONE] = { "phone-symbolic", "hybrid-phone" },
        [PICTURE_BLUETOOTH] = { "bluetooth-active-symbolic", "hybrid-phone" },
        [PICTURE_QUESTION] = { "dialog-question-symbolic", "hybrid-phone" },
        [PICTURE_DONE] = { "emblem-ok-symbolic", "hybrid-done" },
        [PICTURE_PROBLEM] = { "dialog-warning-symbolic", "hybrid-problem" },
};

static const char style[] = ".hybrid-heading { font-size: 150%; }"
                            ".hybrid-done { color: @success_color; }"
                            ".hybrid-problem { color: @warning_color; }"
                            ".hybrid-phone { color: @accent_color; }"
                            ".hybrid-icon { -gtk-icon-size: 72px; margin: 24px; }"
                            ".hybrid-code { margin: 6px; border-radius: 12px; }";

/* ---- what people do ------------------------------------------------------------------------- */

static void act(Window *window, PageAction action) {
        if (action != ACTION_NONE)
                window->events->action(window->userdata, action);
}

static void on_leave(GtkButton *button, gpointer userdata) {
        Window *window = userdata;

        if (!window->pause)
                act(window, window->leave);
}

static void on_proceed(GtkButton *button, gpointer userdata) {
        Window *window = userdata;

        act(window, window->proceed);
}

static gboolean on_escape(GtkWidget *widget, GVariant *arguments, gpointer userdata) {
        Window *window = userdata;

        act(window, window->leave);
        return TRUE;
}

/* What is to be closed is for the daemon's answer to say. The title bar has a button for it, and that a
 * key can reach. */
static gboolean on_close(GtkWindow *widget, gpointer userdata) {
        Window *window = userdata;

        if (!window->pause)
                act(window, window->leave);
        return TRUE;
}

static void on_phone(GtkListBox *list, GtkListBoxRow *row, gpointer userdata) {
        const char *path = g_object_get_data(G_OBJECT(row), "path");
        Window *window = userdata;

        if (path)
                window->events->phone(window->userdata, path);
        else
                act(window, ACTION_USE_CODE);
}

/* ---- before a question is answered ---------------------------------------------------------- */

static gboolean on_pause_end(gpointer userdata) {
        Window *window = userdata;

        window->pause = 0;
        gtk_widget_set_sensitive(window->proceed_button, TRUE);
        return G_SOURCE_REMOVE;
}

static void end_pause(Window *window) {
        if (window->pause)
                g_source_remove(window->pause);
        on_pause_end(window);
}

/* A key or click that was meant for something else is no answer, and no consent later: who types on only
 * refuses. */
static void begin_pause(Window *window) {
        end_pause(window);
        gtk_widget_grab_focus(window->leave_button);
        gtk_widget_set_sensitive(window->proceed_button, FALSE);
        /* After the keys that wait already. */
        window->pause = g_timeout_add_full(G_PRIORITY_LOW, PAUSE_MSEC, on_pause_end, window, NULL);
}

static void on_map(GtkWidget *widget, gpointer userdata) {
        Window *window = userdata;

        if (window->asks)
                begin_pause(window);
}

static void on_active(GtkWindow *widget, GParamSpec *property, gpointer userdata) {
        Window *window = userdata;

        if (window->asks && gtk_window_is_active(widget))
                begin_pause(window);
}

/* ---- how it is built ------------------------------------------------------------------------ */

static GtkWidget *new_label(const char *class, GtkAccessibleRole role) {
        GtkWidget *label = g_object_new(GTK_TYPE_LABEL, "accessible-role", role, NULL);

        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        /* Never an ellipsis: of a site, the end is what counts. */
        gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
        gtk_label_set_max_width_chars(GTK_LABEL(label), 36);
        if (class)
                gtk_widget_add_css_class(label, class);
        return label;
}

static GtkWidget *new_tips(void) {
        GtkWidget *tips = gtk_expander_new(words_phrase(PHRASE_NOT_WORKING));
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
        const char *text;

        gtk_widget_set_margin_top(box, 6);
        for (size_t i = 0; (text = words_tip(i)); i++) {
                GtkWidget *label = new_label("dim-label", GTK_ACCESSIBLE_ROLE_LABEL);

                gtk_label_set_text(GTK_LABEL(label), text);
                gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_LEFT);
                gtk_label_set_xalign(GTK_LABEL(label), 0);
                gtk_box_append(GTK_BOX(box), label);
        }
        gtk_expander_set_child(GTK_EXPANDER(tips), box);
        return tips;
}

static GtkWidget *new_phones(Window *window) {
        GtkWidget *list = gtk_list_box_new();

        gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
        gtk_widget_add_css_class(list, "boxed-list");
        gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       words_phrase(PHRASE_PHONES), -1);
        g_signal_connect(list, "row-activated", G_CALLBACK(on_phone), window);
        return list;
}

static GtkWidget *new_code(void) {
        GtkWidget *code = code_view_new();

        gtk_widget_add_css_class(code, "hybrid-code");
        gtk_widget_set_overflow(code, GTK_OVERFLOW_HIDDEN);
        gtk_accessible_update_property(GTK_ACCESSIBLE(code), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       words_of_picture(), -1);
        return code;
}

static GtkWidget *new_icon(void) {
        GtkWidget *icon = g_object_new(GTK_TYPE_IMAGE, "accessible-role",
                                       GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

        gtk_widget_add_css_class(icon, "hybrid-icon");
        return icon;
}

static GtkWidget *new_spinner(void) {
        GtkWidget *spinner = gtk_spinner_new();

        gtk_widget_set_size_request(spinner, 48, 48);
        gtk_widget_set_halign(spinner, GTK_ALIGN_CENTER);
        gtk_widget_set_margin_top(spinner, 36);
        gtk_widget_set_margin_bottom(spinner, 36);
        return spinner;
}

static GtkWidget *new_page(Window *window) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);

        window->heading = new_label("hybrid-heading", GTK_ACCESSIBLE_ROLE_ALERT);
        gtk_label_set_max_width_chars(GTK_LABEL(window->heading), 26);
        window->written = new_label("dim-label", GTK_ACCESSIBLE_ROLE_LABEL);
        window->caller = new_label("dim-label", GTK_ACCESSIBLE_ROLE_LABEL);
        window->code = new_code();
        window->icon = new_icon();
        window->spinner = new_spinner();
        window->phones = new_phones(window);
        window->body = new_label(NULL, GTK_ACCESSIBLE_ROLE_LABEL);
        window->tips = new_tips();

        gtk_box_append(GTK_BOX(box), window->heading);
        gtk_box_append(GTK_BOX(box), window->written);
        gtk_box_append(GTK_BOX(box), window->caller);
        gtk_box_append(GTK_BOX(box), window->code);
        gtk_box_append(GTK_BOX(box), window->icon);
        gtk_box_append(GTK_BOX(box), window->spinner);
        gtk_box_append(GTK_BOX(box), window->body);
        gtk_box_append(GTK_BOX(box), window->phones);
        gtk_box_append(GTK_BOX(box), window->tips);
        gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
        gtk_widget_set_margin_start(box, 24);
        gtk_widget_set_margin_end(box, 24);
        return box;
}

static GtkWidget *new_button(GCallback clicked, Window *window) {
        GtkWidget *button = gtk_button_new_with_label("");

        gtk_widget_add_css_class(button, "pill");
        gtk_widget_set_hexpand(button, TRUE);
        g_signal_connect(button, "clicked", clicked, window);
        return button;
}

static GtkWidget *new_buttons(Window *window) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

        window->leave_button = new_button(G_CALLBACK(on_leave), window);
        window->proceed_button = new_button(G_CALLBACK(on_proceed), window);
        gtk_widget_add_css_class(window->proceed_button, "suggested-action");
        gtk_box_append(GTK_BOX(box), window->leave_button);
        gtk_box_append(GTK_BOX(box), window->proceed_button);
        gtk_widget_set_margin_top(box, 18);
        gtk_widget_set_margin_bottom(box, 24);
        gtk_widget_set_margin_start(box, 24);
        gtk_widget_set_margin_end(box, 24);
        return box;
}

/* The title bar says what the heading says; it is there to be moved by, and to close. */
static GtkWidget *new_content(Window *window) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
        GtkWidget *bar = adw_header_bar_new();
        GtkWidget *handle = gtk_window_handle_new();

        adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar), adw_window_title_new("", ""));
        adw_header_bar_set_decoration_layout(ADW_HEADER_BAR(bar), ":close");
        gtk_widget_add_css_class(bar, "flat");
        gtk_box_append(GTK_BOX(box), bar);
        gtk_window_handle_set_child(GTK_WINDOW_HANDLE(handle), new_page(window));
        gtk_widget_set_size_request(handle, -1, HEIGHT);
        gtk_widget_set_vexpand(handle, TRUE);
        gtk_box_append(GTK_BOX(box), handle);
        gtk_box_append(GTK_BOX(box), new_buttons(window));
        return box;
}

static void add_escape(Window *window) {
        GtkEventController *controller = gtk_shortcut_controller_new();
        GtkShortcut *shortcut = gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Escape, 0),
                                                 gtk_callback_action_new(on_escape, window, NULL));

        gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(controller), shortcut);
        gtk_widget_add_controller(GTK_WIDGET(window->window), controller);
}

static void add_style(void) {
        static bool added;
        GtkCssProvider *provider;

        if (added)
                return;
        added = true;
        provider = gtk_css_provider_new();
        gtk_css_provider_load_from_data(provider, style, -1);
        gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                                   GTK_STYLE_PROVIDER(provider),
                                                   GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
        g_object_unref(provider);
}

/* Where two pages follow at once, X11 may tell the size of the first after that of the second was asked
 * for, and GTK would leave it at that: the button below would be cut off. */
static void on_layout(GdkSurface *surface, int width, int height, gpointer userdata) {
        GtkWidget *widget = userdata;
        int needed;

        gtk_widget_measure(widget, GTK_ORIENTATION_VERTICAL, width, &needed, NULL, NULL, NULL);
        if (height < needed)
                gtk_widget_queue_resize(widget);
}

Window *window_new(const char *parent, const char *token, const WindowEvents *events,
                   gpointer userdata) {
        Window *window = g_new0(Window, 1);

        add_style();
        window->events = events;
        window->userdata = userdata;
        window->window = GTK_WINDOW(adw_window_new());
        adw_window_set_content(ADW_WINDOW(window->window), new_content(window));
        gtk_widget_set_size_request(GTK_WIDGET(window->window), WIDTH, -1);
        gtk_window_set_resizable(window->window, FALSE);
        gtk_window_set_icon_name(window->window, "org.hybridd.Prompt1");
        g_signal_connect(window->window, "close-request", G_CALLBACK(on_close), window);
        g_signal_connect(window->window, "map", G_CALLBACK(on_map), window);
        g_signal_connect(window->window, "notify::is-active", G_CALLBACK(on_active), window);
        add_escape(window);
        if (token[0] != '\0')
                gtk_window_set_startup_id(window->window, token);
        parent_set(window->window, parent);
        g_signal_connect_object(gtk_native_get_surface(GTK_NATIVE(window->window)), "layout",
                                G_CALLBACK(on_layout), window->window, G_CONNECT_AFTER);
        return window;
}

void window_free(Window *window) {
        window_set_code(window, NULL);
        window->asks = false;
        end_pause(window);
        gtk_window_destroy(window->window);
        g_free(window);
}

/* ---- what it shows -------------------------------------------------------------------------- */

static void set_text(GtkWidget *label, const char *text) {
        g_autofree char *markup = shown_markup(text);

        gtk_label_set_markup(GTK_LABEL(label), markup);
        gtk_widget_set_visible(label, text[0] != '\0');
}

static void set_button(GtkWidget *button, PageAction action) {
        gtk_widget_set_visible(button, action != ACTION_NONE);
        if (action != ACTION_NONE)
                gtk_button_set_label(GTK_BUTTON(button), page_action_text(action));
}

static void set_icon(GtkWidget *icon, const char *name, const char *class) {
        const char *classes[] = { "hybrid-icon", class, NULL };

        gtk_image_set_from_icon_name(GTK_IMAGE(icon), name);
        gtk_widget_set_css_classes(icon, classes);
}

/* People who have switched animations off are shown an icon instead of a wheel that stands still. */
static bool may_move(void) {
        gboolean moves = TRUE;

        g_object_get(gtk_settings_get_default(), "gtk-enable-animations", &moves, NULL);
        return moves;
}

static void set_picture(Window *window, PagePicture picture) {
        bool busy = picture == PICTURE_BUSY && may_move();
        const char *icon = busy ? NULL : icons[picture].name;

        gtk_widget_set_visible(window->code, picture == PICTURE_CODE);
        gtk_widget_set_visible(window->phones, picture == PICTURE_PHONES);
        gtk_widget_set_visible(window->spinner, busy);
        gtk_spinner_set_spinning(GTK_SPINNER(window->spinner), busy);
        gtk_widget_set_visible(window->icon, icon != NULL);
        if (icon)
                set_icon(window->icon, icon, icons[picture].class);
        if (picture != PICTURE_CODE)
                gtk_widget_set_visible(window->tips, FALSE);
}

/* The first thing that is of use, so that Return does it and a screen reader begins there. Of a question
 * that is to refuse, see begin_pause(). */
static void set_focus(Window *window, PagePicture picture) {
        GtkWidget *first = window->leave_button;
        GtkListBoxRow *row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(window->phones), 0);

        if (picture == PICTURE_PHONES && row)
                first = GTK_WIDGET(row);
        else if (window->proceed != ACTION_NONE)
                first = window->proceed_button;
        gtk_widget_grab_focus(first);
}

/* Read with the button, whatever has the focus: what it is about, and what to do. */
static void describe(GtkWidget *widget, const Window *window) {
        gtk_accessible_update_relation(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                       window->heading, window->body, NULL, -1);
}

static bool is_other(const Window *window, const Page *page) {
        return !window->shown ||
               g_strcmp0(gtk_window_get_title(window->window), page->heading) != 0 ||
               window->leave != page->leave || window->proceed != page->proceed;
}

/* The same question about something else is another one. */
static bool is_other_question(const Window *window, const Page *page) {
        return page->asks && (is_other(window, page) || strcmp(window->question, page->body) != 0);
}

void window_set_page(Window *window, const Page *page) {
        g_autofree char *title = g_strdup(page->heading);
        bool other = is_other(window, page), other_question = is_other_question(window, page);

        window->leave = page->leave;
        window->proceed = page->proceed;
        window->asks = page->asks;
        g_strlcpy(window->question, page->body, sizeof(window->question));
        gtk_window_set_title(window->window, title);
        set_text(window->heading, page->heading);
        set_text(window->caller, page->caller);
        set_text(window->body, page->body);
        set_picture(window, page->picture);
        gtk_widget_set_visible(window->written,
                               page->caller[0] != '\0' &&
                                       gtk_label_get_text(GTK_LABEL(window->written))[0] != '\0');
        set_button(window->leave_button, page->leave);
        set_button(window->proceed_button, page->proceed);
        describe(window->leave_button, window);
        describe(window->proceed_button, window);

        if (!window->shown)
                gtk_window_present(window->window);
        if (other_question)
                begin_pause(window);
        else if (other) {
                end_pause(window);
                set_focus(window, page->picture);
        }
        window->shown = true;
}

void window_set_written(Window *window, const char *written) {
        gtk_label_set_text(GTK_LABEL(window->written), written);
}

void window_set_code(Window *window, QrMatrix *matrix) {
        code_view_set(CODE_VIEW(window->code), matrix);
}

static GtkWidget *new_row(const char *title, const char *subtitle, const char *icon) {
        GtkWidget *row = adw_action_row_new();

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        adw_action_row_set_icon_name(ADW_ACTION_ROW(row), icon);
        gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
        return row;
}

void window_set_phones(Window *window, const WindowPhone *phones, size_t n) {
        GtkListBox *list = GTK_LIST_BOX(window->phones);
        guint64 now = (guint64)g_get_real_time() / G_USEC_PER_SEC;
        char name[SHOWN_TEXT_SIZE], used[WORDS_SIZE];
        GtkListBoxRow *row;

        while ((row = gtk_list_box_get_row_at_index(list, 0)))
                gtk_list_box_remove(list, GTK_WIDGET(row));
        for (size_t i = 0; i < n; i++) {
                GtkWidget *added;

                shown_text(phones[i].name, PHONE_NAME_MAX, name);
                words_of_last_use(phones[i].last_used, now, used, sizeof(used));
                added = new_row(name, used, "phone-symbolic");
                g_object_set_data_full(G_OBJECT(added), "path", g_strdup(phones[i].path), g_free);
                gtk_list_box_append(list, added);
        }
        gtk_list_box_append(
                list, new_row(words_phrase(PHRASE_ANOTHER_PHONE), "", "camera-photo-symbolic"));
        if (gtk_widget_get_visible(window->phones))
                set_focus(window, PICTURE_PHONES);
}

void window_show_tips(Window *window) {
        gtk_widget_set_visible(window->tips, gtk_widget_get_visible(window->code));
}
