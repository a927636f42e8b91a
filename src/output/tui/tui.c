/* SPDX-License-Identifier: MIT
 * Owns the terminal for `live`: takes it over before the seal, gives it back in every case, turns keys into what is shown. What a screen
 * looks like is panels.c's business; what the numbers mean is the engine's. */
#include "output/tui/tui.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

struct tui {
    SCREEN *screen;
    bool color;
};

struct tui *tui_open(const struct tui_options *o, struct error *e)
{
    int found = 0;
    setlocale(LC_CTYPE, "");
    if (setupterm(NULL, STDOUT_FILENO, &found) == ERR || !cursor_address) {
        error_set(e, -ENOTTY, "the terminal type '%s' cannot be drawn on", getenv("TERM") ? getenv("TERM") : "");
        return NULL;
    }
    struct tui *t = calloc(1, sizeof(*t));
    if (!t) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    t->color = o->color;
    t->screen = newterm(NULL, stdout, stdin);
    if (!t->screen) {
        free(t);
        error_set(e, -ENOTTY, "cannot take over the terminal");
        return NULL;
    }
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    return t;
}

void tui_close(struct tui *t)
{
    if (!t)
        return;
    endwin();
    delscreen(t->screen);
    free(t);
}

int tui_draw(struct tui *t, const struct view *v)
{
    (void)t;
    const struct host_tick *h = view_host(v, 0);
    erase();
    mvprintw(0, 0, "coherence %s", h ? host_state_name(h->state) : "waiting for the first tick");
    return refresh() == ERR ? -EIO : 0;
}

int tui_keys(struct tui *t, const struct view *v)
{
    (void)t;
    (void)v;
    for (int key = getch(); key != ERR; key = getch())
        if (key == 'q')
            return 1;
    return 0;
}

void tui_resize(struct tui *t)
{
    struct winsize w;
    (void)t;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row && w.ws_col)
        resizeterm(w.ws_row, w.ws_col);
}
