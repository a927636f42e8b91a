/* SPDX-License-Identifier: MIT
 * Turns the name of a shared library into a table of its functions. That the types are right is the
 * compiler's matter, by the library's own header; what the functions are called for is the caller's. */
#include "net/shared_library.h"

#include <dlfcn.h>
#include <errno.h>

int shared_library_load(const struct shared_library *library, void *table, struct error *e)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return error_set(e, -ENOENT,
            "%s needs %s, which cannot be loaded (on Debian: apt-get install %s): %s", library->wanted_by,
            library->file, library->package, dlerror());
    for (size_t i = 0; i < library->count; i++) {
        void *function = dlsym(handle, library->functions[i].name);
        if (!function)
            return error_set(
                e, -ENOSYS, "%s has no %s: it is too old", library->file, library->functions[i].name);
        *(void **)((char *)table + library->functions[i].offset) = function;
    }
    return 0;
}
