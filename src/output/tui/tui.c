/* SPDX-License-Identifier: MIT
 * Owns the terminal for `live`: takes it over before the seal, gives it back in every case, and turns ticks
 * and keys into drawings. What the parts of the screen look like is the panels' business; what the numbers
 * mean is the engine's. */
#include "output/tui/tui.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "output/tui/page.h"
#include "output/tui/screen.h"
#include "output/tui/terminal.h"

/* How long a lone Esc waits for the rest of a key's sequence: below what a person notices, above what a local
 * terminal or a fast line needs. */
#define ESCAPE_WAIT_MS 25
/* Keys handled in one go, so that a pasted book does not keep the ticks waiting. */
#define KEYS_AT_ONCE 64
#define CONTROL_L    12
#define WHEEL_ROWS   3 /* as in less */

struct tui {
    SCREEN *screen;
    struct termios modes; /* as we found them */
    struct page page;     /* of now */
    struct travel travel;
};

static void find_shapes(struct screen *s)
{
    const char *type = getenv("TERM");
    wchar_t c;
    mbstate_t state = {0};

    s->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    /* The kernel's own console knows UTF-8, but its fonts lack most of the blocks. */
    s->blocks = s->utf8 && !(type && strcmp(type, "linux") == 0);
    /* The C library reads its conversion tables at the first conversion: now, not under the seal. */
    if (mbrtowc(&c, s->utf8 ? "\u2588" : "#", s->utf8 ? 3 : 1, &state) <= 3)
        (void)wcwidth(c);
}

static void read_size(struct screen *s)
{
    s->rows = LINES;
    s->columns = COLS;
}

/* Modes of the terminal while we draw. Flow control is off: a stray Ctrl-S must not stop the sampling, which
 * shares our thread. */
static void set_modes(void)
{
    struct termios m;

    cbreak();
    noecho();
    nonl();
    if (tcgetattr(STDIN_FILENO, &m) == 0) {
        m.c_iflag &= ~(tcflag_t)IXON;
        tcsetattr(STDIN_FILENO, TCSANOW, &m);
        def_prog_mode();
    }
    intrflush(stdscr, FALSE);
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(ESCAPE_WAIT_MS);
    curs_set(0);
    /* On the kernel's own console curses would open a socket to gpm. */
    const char *type = getenv("TERM");
    if (type && strncmp(type, "linux", 5) != 0) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0); /* a press is a press: no waiting for what may become a click */
    }
}

struct tui *tui_open(const struct tui_options *o, struct error *e)
{
    setlocale(LC_CTYPE, "");
    if (terminal_check(e))
        return NULL;
    struct tui *t = calloc(1, sizeof(*t));
    if (!t) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    tcgetattr(STDIN_FILENO, &t->modes);
    use_tioctl(TRUE); /* the window's real size, whatever LINES and COLUMNS say */
    t->screen = newterm(NULL, stdout, stdin);
    if (!t->screen) {
        tcsetattr(STDIN_FILENO, TCSANOW, &t->modes);
        free(t);
        error_set(e, -ENOTTY, "the terminal cannot be taken over");
        return NULL;
    }
    set_modes();
    page_init(&t->page);
    travel_init(&t->travel);
    find_shapes(&t->page.board.screen);
    read_size(&t->page.board.screen);
    if (o->color && has_colors() && start_color() == OK && use_default_colors() == OK) {
        screen_init_colors();
        t->page.board.screen.color = true;
    }
    tui_note(t, o->note);
    /* Until the first drawing the terminal is as it was: what goes wrong before it is said where it can be
     * read. */
    endwin();
    return t;
}

void tui_close(struct tui *t)
{
    if (!t)
        return;
    if (!isendwin())
        endwin();
    delscreen(t->screen);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &t->modes);
    travel_done(&t->travel);
    free(t);
}

void tui_note(struct tui *t, const char *note)
{
    struct board *b = &t->page.board;
    size_t n = note ? strnlen(note, sizeof(b->note) - 1) : 0;
    memcpy(b->note, n ? note : "", n);
    b->note[n] = '\0';
}

static bool is_gone(void)
{
    struct pollfd ends[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}};
    return poll(ends, 2, 0) > 0 && ((ends[0].revents | ends[1].revents) & (POLLHUP | POLLERR | POLLNVAL));
}

/* A terminal that has stopped taking bytes loses pictures, and we lose no samples: a slow serial line, a
 * pseudo terminal whose buffer (64 KiB in Linux) is full. One that stops in the middle of a picture still
 * makes us wait for it. */
static bool takes_bytes(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLOUT);
}

static int show(struct tui *t, const struct view *v)
{
    if (is_gone())
        return -EIO;
    if (!takes_bytes())
        return 0;
    if (!travel_is_on_the_way(&t->travel))
        erase();
    travel_draw(&t->travel, &t->page, v);
    refresh();
    return is_gone() ? -EIO : 0;
}

int tui_draw(struct tui *t, const struct view *v)
{
    page_tick(&t->page, v);
    if (t->page.board.paused && !t->page.stale && !travel_is_away(&t->travel))
        return is_gone() ? -EIO : 0;
    return show(t, v);
}

/* The wheel scrolls, a click selects. */
static enum page_answer point(struct tui *t, const struct view *v)
{
    enum page_answer answer = PAGE_UNCHANGED;
    MEVENT event;

    if (getmouse(&event) != OK)
        return answer;
    if (event.bstate & BUTTON1_PRESSED)
        return travel_click(&t->travel, &t->page, v, event.y);
    for (int i = 0; i < WHEEL_ROWS && event.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED); i++)
        answer = travel_turn(&t->travel, &t->page, v, event.bstate & BUTTON4_PRESSED ? PAGE_UP : PAGE_DOWN);
    return answer;
}

/* Readable, and nothing to read: the end of the file. Curses does not tell that from "no key". */
static bool at_end(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    int bytes = 0;
    return poll(&in, 1, 0) > 0 && (in.revents & POLLIN) && ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 &&
           bytes == 0;
}

int tui_keys(struct tui *t, const struct view *v)
{
    bool changed = false;
    int key = ERR;

    if (is_gone())
        return -EIO;
    for (int i = 0; i < KEYS_AT_ONCE && (key = getch()) != ERR; i++) {
        enum page_answer answer = key == KEY_MOUSE ? point(t, v) : travel_press(&t->travel, &t->page, v, key);
        if (answer == PAGE_ENDS)
            return 1;
        if (key == CONTROL_L)
            clearok(curscr, TRUE);
        changed |= answer == PAGE_CHANGED;
    }
    if (key == ERR && at_end())
        return -EIO;
    return changed ? show(t, v) : 0;
}

void tui_way_back(struct tui *t, const struct travel_way *way)
{
    t->travel.way = *way;
}

void tui_past_begin(struct tui *t)
{
    travel_begin(&t->travel);
}

void tui_past_tick(struct tui *t, const struct view *v)
{
    travel_tick(&t->travel, v);
}

int tui_past_arrive(struct tui *t, const struct view *now, const struct travel_arrival *a)
{
    travel_arrive(&t->travel, &t->page, now, a);
    return show(t, now);
}

void tui_past_left(struct tui *t)
{
    travel_left(&t->travel);
}

void tui_resize(struct tui *t)
{
    struct winsize w;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0)
        return;
    resizeterm(w.ws_row, w.ws_col);
    clearok(curscr, TRUE);
    read_size(&t->page.board.screen);
    t->page.stale = true;
}
