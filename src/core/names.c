/* SPDX-License-Identifier: MIT
 * The words by which the nouns are known outside: one table per enum, as the public interface spells them. */
#include <assert.h>
#include <string.h>

#include "core/entity.h"
#include "core/event.h"
#include "core/law.h"

static const char *const entity_kinds[ENTITY_KIND_COUNT] = {
    "host", "cpu", "cgroup", "process", "jvm", "service", "filesystem", "series"};
static const char *const laws[LAW_COUNT] = {
    "seizure", "fever", "amplification", "shock", "early_warning", "signal_lost"};
static const char *const law_states[LAW_STATE_COUNT] = {"warmup", "ok", "active", "stale", "unobservable"};
static const char *const host_states[HOST_STATE_COUNT] = {"warmup", "stable", "unstable", "stale", "error"};
static const char *const veto_types[] = {"NONE", "COMPUTE", "RESOURCE", "INTENT"};
static const char *const veto_actions[] = {NULL, "SHED_LOAD", "THROTTLE", "CAP_RETRIES"};
static const char *const confidences[] = {"low", "medium", "high"};
static const char *const incident_kinds[] = {"single", "flapping", "cascading", "persistent"};
static const char *const severities[] = {"warning", "critical"};
static const char *const anomaly_kinds[] = {"variance", "spike"};
static const char *const changes[] = {"open", "update", "close"};
static const char *const finding_ends[] = {"", "over", "changed", "unheard", "gone", "forgotten"};
static const char *const line_kinds[] = {"head", "fact", "next", "advice", "end"};

const char *entity_kind_name(enum entity_kind kind)
{
    assert(kind < ENTITY_KIND_COUNT);
    return entity_kinds[kind];
}

int entity_kind_parse(const char *name, size_t n)
{
    for (int i = 0; i < ENTITY_KIND_COUNT; i++)
        if (strlen(entity_kinds[i]) == n && memcmp(entity_kinds[i], name, n) == 0)
            return i;
    return -1;
}

const char *law_name(enum law_id law)
{
    assert(law < LAW_COUNT);
    return laws[law];
}

const char *law_state_name(enum law_state state)
{
    assert(state < LAW_STATE_COUNT);
    return law_states[state];
}

const char *host_state_name(enum host_state state)
{
    assert(state < HOST_STATE_COUNT);
    return host_states[state];
}

const char *veto_type_name(enum veto_type type)
{
    return veto_types[type];
}

const char *veto_action_name(enum veto_type type)
{
    return veto_actions[type];
}

enum veto_type law_veto(enum law_id law)
{
    switch (law) {
    case LAW_SEIZURE:
        return VETO_COMPUTE;
    case LAW_FEVER:
        return VETO_RESOURCE;
    case LAW_AMPLIFICATION:
        return VETO_INTENT;
    default:
        return VETO_NONE;
    }
}

const char *confidence_name(enum confidence c)
{
    return confidences[c];
}

const char *incident_kind_name(enum incident_kind k)
{
    return incident_kinds[k];
}

const char *severity_name(enum severity s)
{
    return severities[s];
}

const char *anomaly_kind_name(enum anomaly_kind k)
{
    return anomaly_kinds[k];
}

const char *change_name(enum change c)
{
    return changes[c];
}

const char *finding_end_name(enum finding_end e)
{
    return finding_ends[e];
}

const char *line_kind_name(enum line_kind k)
{
    return line_kinds[k];
}
