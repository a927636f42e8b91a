/* SPDX-License-Identifier: MIT
 * What SQLite asks of a file system, answered through one directory descriptor: the only way that the seal
 * leaves to write files (sandbox/syscall_filter.h). Internal to the state room. */
#ifndef COHERENCE_STATE_VFS_H
#define COHERENCE_STATE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>

#define STATE_VFS_NAME_MAX 64 /* bytes of a file's name, NUL included; no slash in it */

struct state_vfs {
    sqlite3_vfs vfs; /* first */
    char name[32];   /* under which SQLite knows it; "" = not registered */
    bool reads;      /* a reader's: nothing is opened, created, changed or locked */
    int dir_fd;      /* a writer's directory, borrowed */
    int db_fd;       /* a reader's database, borrowed; a writer's while SQLite has it open, else -1 */
    int wal_fd;      /* a reader's write-ahead log, borrowed; -1: there was none */
    int last_errno;  /* of the last system call that failed; 0: none */
};

/* For writing: files of dir_fd (borrowed). While its database is open no other SQLite can use the file: all
 * of SQLite's lock bytes are held by a lock of the open file description (F_OFD_SETLK), which closing the
 * same file elsewhere in the process does not drop. Only locking_mode=EXCLUSIVE and WAL work: there is no
 * shared memory and no rollback journal. Returns 0 or -ENOMEM. */
int state_vfs_init_writer(struct state_vfs *v, int dir_fd);

/* For reading: two descriptors that are open already (wal_fd may be -1), whatever name is asked for. It needs
 * pread, fstat and nothing else, so it works under the tightest seal. The caller keeps the writer from
 * checkpoints (state_reader.c). */
int state_vfs_init_reader(struct state_vfs *v, int db_fd, int wal_fd);

/* After the last connection was closed. */
void state_vfs_done(struct state_vfs *v);

#endif
