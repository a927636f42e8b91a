/* SPDX-License-Identifier: MIT
 * Whose a series is, by its labels: the host, the entity on it, and the name of a series that no law knows.
 *
 * Host: the value of the first label that is there of host.name, host_name, nodename, node, k8s.node.name,
 * k8s_node_name, kubernetes_node, hostname, host, instance; of instance the port is left out. None of them,
 * a loopback address or "localhost": this host.
 *
 * Service: the first of service.name, service_name, service, app, application, app_kubernetes_io_name,
 * exported_job, job, container, pod; ":port" behind it when instance has one; "/pod" when a pod is named
 * besides. None: the instance, or "unnamed". */
#ifndef COHERENCE_INGESTION_PLACE_H
#define COHERENCE_INGESTION_PLACE_H

#include <stddef.h>

#include "base/text.h"
#include "core/entity.h"
#include "ingestion/intake/intake.h"

/* The label of that name, or NULL. */
const struct intake_label *place_label(const struct intake_label *labels, size_t count, const char *name);

/* Appends the host's name. local: this host's. */
void place_host(const struct intake_label *labels, size_t count, const char *local, struct text *out);

/* Appends the name of the entity that a meaning row's `entity` stands for. Returns its kind, or -EINVAL: a
 * label that the name needs is not there. */
int place_entity(const char *entity, const struct intake_label *labels, size_t count, struct text *out);

/* Writes name{a="b",c="d"} into out, which is empty: labels sorted by their bytes, values escaped as in the
 * exposition format; labels without a value are none. */
void place_identity(
    const char *name, size_t name_n, const struct intake_label *labels, size_t count, struct text *out);

/* The same without the label that only names the host. A text longer than `most` bytes (64 and more) is cut,
 * and ends with a hash of the whole. */
void place_series(const char *name, size_t name_n, const struct intake_label *labels, size_t count,
    size_t most, struct text *out);

#endif
