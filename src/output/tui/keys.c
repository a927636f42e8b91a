/* SPDX-License-Identifier: MIT
 * The table of keys: those of htop and less where they have one. What comes of a key is page.c's. */
#include "output/tui/keys.h"

#include <curses.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE          27

static const struct key_row rows[] = {
    {PAGE_LEAVE, ON_ALL, "q", "q quit", NULL, "back; on the first page: out of the past, or quit", {'q'}},
    {PAGE_QUIT, ON_ALL, "Q  F10", NULL, NULL, "quit", {'Q', KEY_F(10)}},
    {PAGE_HELP, ON_ALL, "h  ?  F1", "h help", NULL, "this page", {'h', '?', KEY_F(1)}},
    {PAGE_OPEN, ON_LISTS, "Enter", "Enter open", NULL,
        "everything about the selected row; also a second click on it", {'\r', '\n', KEY_ENTER, KEY_RIGHT}},
    {PAGE_BACK, ON_ALL, "Esc", NULL, NULL, "back; on the first page: out of the past",
        {ESCAPE, KEY_LEFT, KEY_BACKSPACE}},
    {PAGE_PROCESSES, ON_ALL, "p", "p processes", NULL, "processes by what they use, and back", {'p'}},
    {PAGE_INCIDENTS, ON_ALL, "i", "i incidents", NULL,
        "incidents, open and over, with their evidence, and back", {'i'}},
    {PAGE_FIND, ON_LISTS, "/", "/ find", NULL, "the next row whose name holds a text", {'/', KEY_F(3)}},
    {PAGE_FIND_NEXT, ON_LISTS | ON_INCIDENTS, "n  N", NULL, NULL,
        "the next such row, on the page of incidents: the next incident; the one before", {'n'}},
    {PAGE_FIND_BEFORE, ON_LISTS | ON_INCIDENTS, "", NULL, NULL, "", {'N'}},
    {PAGE_FILTER, ON_LISTS, "\\  &  F4", NULL, NULL, "only rows whose name holds a text; an empty one: all",
        {'\\', '&', KEY_F(4)}},
    {PAGE_SORT, ON_LISTS, "s  >  <", "s sort", NULL, "the next order; the one before", {'s', '>', KEY_F(6)}},
    {PAGE_SORT_BEFORE, ON_LISTS, "", NULL, NULL, "", {'<'}},
    {PAGE_REVERSE, ON_LISTS, "I", NULL, NULL, "the other way round", {'I'}},
    {PAGE_PAUSE, ON_ALL, "Space", "Space pause", NULL, "hold the screen still; watching goes on", {' '}},
    {PAGE_NOW, ON_ALL, "F", NULL, "F now", "follow: out of the past, back to now", {'F'}},
    {PAGE_TICK_BACK, ON_ALL, "[  ]", "[ past", "[ ] tick",
        "the screen as it was a tick before; a tick later. Watching goes on meanwhile; also T t", {'[', 'T'}},
    {PAGE_TICK_ON, ON_ALL, "", NULL, NULL, "", {']', 't'}},
    {PAGE_MINUTE_BACK, ON_ALL, "{  }", NULL, "{ } minute", "the same by a minute", {'{'}},
    {PAGE_MINUTE_ON, ON_ALL, "", NULL, NULL, "", {'}'}},
    {PAGE_TEN_BACK, ON_ALL, "(  )", NULL, "( ) ten", "by ten minutes", {'('}},
    {PAGE_TEN_ON, ON_ALL, "", NULL, NULL, "", {')'}},
    {PAGE_TIME, ON_ALL, "@", NULL, "@ time",
        "to a time: 03:02 or 03:02:15 (UTC), 2026-01-31 03:02, or how long ago: 10m", {'@'}},
    {PAGE_OPENING, ON_ALL, "o", "o opening", "o opening",
        "to the moment at which an incident opened: the chosen one of the page of incidents, else the latest",
        {'o'}},
    {PAGE_DOWN, ON_ALL, "j k  arrows", NULL, NULL, "one row down, up; also the mouse's wheel",
        {'j', KEY_DOWN}},
    {PAGE_UP, ON_ALL, "", NULL, NULL, "", {'k', KEY_UP}},
    {PAGE_FAR_DOWN, ON_ALL, "PgDn PgUp", NULL, NULL, "a page down, up; also f b, Ctrl-F Ctrl-B",
        {KEY_NPAGE, 'f', CONTROL('F'), CONTROL('D')}},
    {PAGE_FAR_UP, ON_ALL, "", NULL, NULL, "", {KEY_PPAGE, 'b', CONTROL('B'), CONTROL('U')}},
    {PAGE_TOP, ON_ALL, "Home  End", NULL, NULL, "first row, last row; also g G", {KEY_HOME, 'g'}},
    {PAGE_BOTTOM, ON_ALL, "", NULL, NULL, "", {KEY_END, 'G'}},
    {PAGE_REDRAW, ON_ALL, "Ctrl-L", NULL, NULL, "draw the whole screen anew", {CONTROL('L')}},
};

const struct key_row *keys_row(size_t i)
{
    return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

enum page_key keys_find(int code, unsigned page)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int k = 0; k < KEYS_EACH && rows[i].codes[k]; k++)
            if (rows[i].codes[k] == code)
                return rows[i].pages & page ? rows[i].meaning : PAGE_NO_KEY;
    return PAGE_NO_KEY;
}
