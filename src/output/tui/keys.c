/* SPDX-License-Identifier: MIT
 * The table of keys: those of htop and less where they have one. What comes of a key is page.c's. */
#include "output/tui/keys.h"

#include <curses.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE          27

static const struct key_row rows[] = {
    {PAGE_LEAVE, ON_ALL, "q", "q quit", "back; on the first page: quit", {'q'}},
    {PAGE_QUIT, ON_ALL, "Q  F10", NULL, "quit", {'Q', KEY_F(10)}},
    {PAGE_HELP, ON_ALL, "h  ?  F1", "h help", "this page", {'h', '?', KEY_F(1)}},
    {PAGE_OPEN, ON_LISTS, "Enter", "Enter open",
        "everything about the selected row; also a second click on it", {'\r', '\n', KEY_ENTER, KEY_RIGHT}},
    {PAGE_BACK, ON_ALL, "Esc", NULL, "back", {ESCAPE, KEY_LEFT, KEY_BACKSPACE}},
    {PAGE_PROCESSES, ON_ALL, "p", "p processes", "processes by what they use, and back", {'p'}},
    {PAGE_INCIDENTS, ON_ALL, "i", "i incidents", "incidents, open and over, with their evidence, and back",
        {'i'}},
    {PAGE_FIND, ON_LISTS, "/", "/ find", "the next row whose name holds a text", {'/', KEY_F(3)}},
    {PAGE_FIND_NEXT, ON_LISTS, "n  N", NULL, "the next such row; the one before", {'n'}},
    {PAGE_FIND_BEFORE, ON_LISTS, "", NULL, "", {'N'}},
    {PAGE_FILTER, ON_LISTS, "\\  &  F4", NULL, "only rows whose name holds a text; an empty one: all",
        {'\\', '&', KEY_F(4)}},
    {PAGE_SORT, ON_LISTS, "s  >  <", "s sort", "the next order; the one before", {'s', '>', KEY_F(6)}},
    {PAGE_SORT_BEFORE, ON_LISTS, "", NULL, "", {'<'}},
    {PAGE_REVERSE, ON_LISTS, "I", NULL, "the other way round", {'I'}},
    {PAGE_PAUSE, ON_ALL, "Space", "Space pause", "hold the screen still; watching goes on", {' '}},
    {PAGE_DOWN, ON_ALL, "j k  arrows", NULL, "one row down, up; also the mouse's wheel", {'j', KEY_DOWN}},
    {PAGE_UP, ON_ALL, "", NULL, "", {'k', KEY_UP}},
    {PAGE_FAR_DOWN, ON_ALL, "PgDn PgUp", NULL, "a page down, up; also f b, Ctrl-F Ctrl-B",
        {KEY_NPAGE, 'f', CONTROL('F'), CONTROL('D')}},
    {PAGE_FAR_UP, ON_ALL, "", NULL, "", {KEY_PPAGE, 'b', CONTROL('B'), CONTROL('U')}},
    {PAGE_TOP, ON_ALL, "Home  End", NULL, "first row, last row; also g G", {KEY_HOME, 'g'}},
    {PAGE_BOTTOM, ON_ALL, "", NULL, "", {KEY_END, 'G'}},
    {PAGE_REDRAW, ON_ALL, "Ctrl-L", NULL, "draw the whole screen anew", {CONTROL('L')}},
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
