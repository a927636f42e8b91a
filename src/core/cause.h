/* SPDX-License-Identifier: MIT
 * The causes that a finding may name, in words for people: what a law says of them and what the story of an
 * incident says of them is the same. */
#ifndef COHERENCE_CORE_CAUSE_H
#define COHERENCE_CORE_CAUSE_H

#include <stdbool.h>

/* Half a sentence ("its threads stand in line for a lock"), or "" where the finding's own text says it all,
 * or the name is not known. Static. */
const char *cause_words(const char *cause);

/* What experience says usually comes next: a whole sentence, or NULL. Static. */
const char *cause_next(const char *cause);

/* What a resource fever of that cause exhausts ("Memory", "Disk"), or NULL. Static. */
const char *cause_resource(const char *cause);

/* Is it something that all entities of a host share: its CPUs, its storage, its hypervisor? */
bool cause_is_shared(const char *cause);

#endif
