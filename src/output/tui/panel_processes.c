/* SPDX-License-Identifier: MIT
 * The table of processes by what they use. No law judges a process: what it carries of a finding stands in
 * the finding. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "output/tui/cells.h"
#include "output/tui/phrase.h"

#define PID_END        8
#define COMMAND_COLUMN 9
#define COMMAND_WIDTH  15 /* what the kernel keeps of a command's name */
#define PLACE_GAP      2
#define PLACE_MIN      8

/* The columns of numbers, from left to right as long as there is room. */
static const struct {
    enum rank_order order;
    const char *heading;
    int width;
} numbers[] = {
    {ORDER_CPU, "CPU", 8},
    {ORDER_MEMORY, "memory", 10},
    {ORDER_GROWTH, "growth", 12},
    {ORDER_FUTEX, "futex", 7},
    {ORDER_WAIT, "wait", 8},
    {ORDER_FAULTS, "faults", 11}, /* seven digits and a gap: 80 columns have room for it, and no more */
    {ORDER_STORAGE, "storage", 13},
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* Columns of numbers that fit; the one by which the list is ordered is always one of them. */
static size_t shown(int columns, enum rank_order order, size_t *ret_last)
{
    int end = COMMAND_COLUMN + COMMAND_WIDTH;
    size_t n = 0;

    while (n < NUMBERS && end + numbers[n].width <= columns)
        end += numbers[n++].width;
    *ret_last = n ? n - 1 : 0;
    for (size_t i = n; i < NUMBERS; i++)
        if (numbers[i].order == order)
            *ret_last = i;
    return n;
}

static void put_number(struct text *t, const struct view_process *p, enum rank_order order)
{
    const double amounts[ORDER_COUNT] = {
        [ORDER_CPU] = p->cpu_ratio * 100.0,
        [ORDER_MEMORY] = p->memory_bytes,
        [ORDER_GROWTH] = p->growth_bytes_per_s,
        [ORDER_FUTEX] = p->futex_ratio * 100.0,
        [ORDER_WAIT] = p->wait_ratio * 100.0,
        [ORDER_FAULTS] = p->faults_per_s,
        [ORDER_STORAGE] = fmax(p->read_bytes_per_s, p->written_bytes_per_s),
    };

    if (isnan(amounts[order])) {
        text_add_char(t, '-');
    } else if (order == ORDER_MEMORY) {
        phrase_bytes(t, amounts[order]);
    } else if (order == ORDER_GROWTH || order == ORDER_STORAGE) {
        phrase_quantity(t, amounts[order], "By/s");
    } else {
        /* A tenth is enough, and keeps the column still. */
        text_add_human(t, floor(amounts[order] * 10.0 + 0.5) / 10.0, 3);
        text_add(t, order == ORDER_FAULTS ? " /s" : " %");
    }
}

void panel_process_heading(struct area *a, enum rank_order order)
{
    struct line l = area_line(a);
    size_t last, n = shown(a->screen->columns, order, &last);
    int end = COMMAND_COLUMN + COMMAND_WIDTH;

    line_put_before(&l, STYLE_QUIET, "pid", PID_END);
    line_to(&l, COMMAND_COLUMN);
    line_put(&l, STYLE_QUIET, "command");
    for (size_t i = 0; i < n; i++) {
        size_t k = i == n - 1 ? last : i;
        end += numbers[i].width;
        line_put_before(&l, numbers[k].order == order ? STYLE_STRONG : STYLE_QUIET, numbers[k].heading, end);
    }
    if (end + PLACE_GAP + PLACE_MIN <= l.end) {
        line_to(&l, end + PLACE_GAP);
        line_put(&l, STYLE_QUIET, "lives in");
    }
}

/* The parts of "CGROUP/PID COMMAND @START", as the source names processes; what is missing is empty. */
struct parts {
    const char *pid, *command;
    size_t pid_n, command_n;
};

static struct parts parts_of(const char *name, const char *parent)
{
    size_t skip = parent ? strlen(parent) : 0;
    struct parts p = {.pid = name};

    if (skip && strncmp(name, parent, skip) == 0 && name[skip] == '/')
        p.pid = name + skip + 1;
    p.pid_n = strspn(p.pid, "0123456789");
    p.command = p.pid + p.pid_n + (p.pid[p.pid_n] == ' ');
    p.command_n = strlen(p.command);
    const char *start = strrchr(p.command, '@');
    if (start && start > p.command && start[-1] == ' ')
        p.command_n = (size_t)(start - 1 - p.command);
    return p;
}

void panel_process(
    struct area *a, const struct view *v, uint32_t entity, bool selected, enum rank_order order)
{
    const struct catalog *names = view_catalog(v);
    const struct entity *e = catalog_entity_get(names, entity);
    bool placed = catalog_stage(names, e->parent) != CATALOG_UNKNOWN && e->parent != e->host;
    const char *place = placed ? catalog_entity_get(names, e->parent)->name : NULL;
    struct parts p = parts_of(e->name, place);
    struct line l = area_line(a);
    size_t last, n = shown(a->screen->columns, order, &last);
    int end = COMMAND_COLUMN + COMMAND_WIDTH;
    struct view_process used;
    char buffer[64];
    struct text t;

    line_select(&l, selected);
    text_init(&t, buffer, sizeof(buffer));
    text_add_bytes(&t, p.pid, p.pid_n);
    line_put_before(&l, STYLE_PLAIN, t.data, PID_END);
    line_to(&l, COMMAND_COLUMN);
    line_put_outside(&l, STYLE_STRONG, p.command, p.command_n, COMMAND_WIDTH);
    bool known = view_process(v, entity, &used);
    for (size_t i = 0; i < n; i++) {
        size_t k = i == n - 1 ? last : i;
        end += numbers[i].width;
        text_clear(&t);
        if (known)
            put_number(&t, &used, numbers[k].order);
        line_put_before(&l, numbers[k].order == order ? STYLE_STRONG : STYLE_PLAIN, t.data, end);
    }
    if (place && end + PLACE_GAP + PLACE_MIN <= l.end) {
        line_to(&l, end + PLACE_GAP);
        line_put_outside(&l, STYLE_PLAIN, place, strlen(place), l.end - l.column);
    }
}

void panel_list_state(struct text *t, const struct list *list, bool utf8)
{
    const struct ranking *r = &list->ranking;

    if (list->filter[0]) {
        text_add(t, ", ");
        text_add_uint(t, r->count);
        text_add(t, " with \"");
        cells_add(t, list->filter, strlen(list->filter), utf8);
        text_add(t, "\"");
    }
    if (list->order != (list->processes ? ORDER_CPU : ORDER_UNSTABLE) || list->reversed) {
        text_add(t, ", by ");
        text_add(t, rank_order_name(list->order));
        text_add(t, list->reversed ? " reversed" : "");
    }
    if (list->first) {
        text_add(t, ", from ");
        text_add_uint(t, list->first + 1);
    }
}

void panel_processes(struct area *a, struct board *b, const struct view *v)
{
    struct list *list = &b->processes;
    int room = a->rows - 2;
    struct line l = area_line(a);
    char buffer[512];
    struct text t;

    list_fit(list, room > 0 ? (uint32_t)room : 0);
    list->top = a->top + 2;
    text_init(&t, buffer, sizeof(buffer));
    text_add_uint(&t, list->ranking.total);
    text_add(&t, list->ranking.total == 1 ? " process watched" : " processes watched");
    panel_list_state(&t, list, b->screen.utf8);
    line_title(&l, t.data);
    panel_process_heading(a, list->order);
    for (uint32_t i = list->first; a->count < a->rows && i < list->ranking.count; i++)
        panel_process(a, v, list->ranking.rows[i].entity, i == list->cursor, list->order);
    if (list->ranking.total == 0) {
        struct line none = area_line(a);
        line_to(&none, 1);
        line_put(&none, STYLE_QUIET, "none uses enough of anything to be watched (docs/processes.md)");
    }
}
