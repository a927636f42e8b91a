/* SPDX-License-Identifier: MIT
 * The table of resources. Adding one: a row here, an id in watch.h, its two metrics in core/metric. */
#include "detection/resource.h"

const struct resource resource_table[RESOURCE_COUNT] = {
    [RESOURCE_TASKS] = {METRIC_TASKS, METRIC_TASKS_LIMIT,
        {.unit = "{task}/s",
            .subject = "the number of tasks grows",
            .cause = "task_leak",
            .used = "tasks.used",
            .limit = "tasks.limit",
            .r2 = "tasks.r2",
            .drift = "tasks.drift_ratio"}},
    [RESOURCE_TRACKED] = {METRIC_TRACKED, METRIC_TRACKED_LIMIT,
        {.unit = "{entry}/s",
            .subject = "the number of tracked connections grows",
            .cause = "connection_leak",
            .used = "conntrack.used",
            .limit = "conntrack.limit",
            .r2 = "conntrack.r2",
            .drift = "conntrack.drift_ratio"}},
    [RESOURCE_SPACE] = {METRIC_SPACE, METRIC_SPACE_LIMIT,
        {.unit = "By/s",
            .subject = "the space in use grows",
            .cause = "disk_fill",
            .used = "filesystem.used",
            .limit = "filesystem.limit",
            .r2 = "filesystem.r2",
            .drift = "filesystem.drift_ratio",
            .bytes = true}},
    [RESOURCE_INODES] = {METRIC_INODES, METRIC_INODES_LIMIT,
        {.unit = "{inode}/s",
            .subject = "the number of inodes in use grows",
            .cause = "inode_fill",
            .used = "inodes.used",
            .limit = "inodes.limit",
            .r2 = "inodes.r2",
            .drift = "inodes.drift_ratio"}},
    [RESOURCE_FILES] = {METRIC_OPEN_FILES, METRIC_OPEN_FILES_LIMIT,
        {.unit = "{file}/s",
            .subject = "the number of open files grows",
            .cause = "file_leak",
            .used = "files.used",
            .limit = "files.limit",
            .r2 = "files.r2",
            .drift = "files.drift_ratio"}},
};

int resource_of(enum metric_id metric)
{
    for (int i = 0; i < RESOURCE_COUNT; i++)
        if (resource_table[i].used == metric || resource_table[i].limit == metric)
            return i;
    return -1;
}
