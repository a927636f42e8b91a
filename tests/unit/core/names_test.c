/* SPDX-License-Identifier: MIT
 * The words of the public interface, spelled here once more: they may not change. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/entity.h"
#include "core/event.h"
#include "core/law.h"

/* Does name(i) give words[i] for all n? */
#define assert_words(name, type, count, ...)                                                                 \
    do {                                                                                                     \
        static const char *const words[] = {__VA_ARGS__};                                                    \
        assert_int_equal(sizeof(words) / sizeof(words[0]), (size_t)(count));                                 \
        for (int i = 0; i < (int)(count); i++)                                                               \
            assert_string_equal(name((type)i), words[i]);                                                    \
    } while (0)

static void words_are_those_of_the_interface(void **state)
{
    (void)state;
    assert_words(entity_kind_name, enum entity_kind, ENTITY_KIND_COUNT, "host", "cpu", "cgroup", "process",
        "jvm", "service", "filesystem", "series");
    assert_words(law_name, enum law_id, LAW_COUNT, "seizure", "fever", "amplification", "shock",
        "early_warning", "signal_lost");
    assert_words(
        law_state_name, enum law_state, LAW_STATE_COUNT, "warmup", "ok", "active", "stale", "unobservable");
    assert_words(
        host_state_name, enum host_state, HOST_STATE_COUNT, "warmup", "stable", "unstable", "stale", "error");
    assert_words(veto_type_name, enum veto_type, VETO_INTENT + 1, "NONE", "COMPUTE", "RESOURCE", "INTENT");
    assert_words(confidence_name, enum confidence, CONFIDENCE_HIGH + 1, "low", "medium", "high");
    assert_words(incident_kind_name, enum incident_kind, INCIDENT_PERSISTENT + 1, "single", "flapping",
        "cascading", "persistent");
    assert_words(severity_name, enum severity, SEVERITY_CRITICAL + 1, "warning", "critical");
    assert_words(anomaly_kind_name, enum anomaly_kind, ANOMALY_SPIKE + 1, "variance", "spike");
    assert_words(change_name, enum change, CHANGE_CLOSE + 1, "open", "update", "close");
    assert_words(finding_end_name, enum finding_end, FINDING_END_COUNT, "", "over", "changed", "unheard",
        "gone", "forgotten");
    assert_words(line_kind_name, enum line_kind, LINE_END + 1, "head", "fact", "next", "advice", "end");
}

static void kinds_are_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < ENTITY_KIND_COUNT; i++) {
        const char *name = entity_kind_name((enum entity_kind)i);
        assert_int_equal(entity_kind_parse(name, strlen(name)), i);
    }
    assert_int_equal(entity_kind_parse("", 0), -1);
    assert_int_equal(entity_kind_parse("hos", 3), -1);
    assert_int_equal(entity_kind_parse("hosts", 5), -1);
    assert_int_equal(entity_kind_parse("HOST", 4), -1);
    assert_int_equal(entity_kind_parse("host:x", 4), ENTITY_HOST);
}

static void each_main_law_has_its_advice(void **state)
{
    (void)state;
    assert_int_equal(law_veto(LAW_SEIZURE), VETO_COMPUTE);
    assert_int_equal(law_veto(LAW_FEVER), VETO_RESOURCE);
    assert_int_equal(law_veto(LAW_AMPLIFICATION), VETO_INTENT);
    for (int i = LAW_MAIN_COUNT; i < LAW_COUNT; i++)
        assert_int_equal(law_veto((enum law_id)i), VETO_NONE);
    assert_null(veto_action_name(VETO_NONE));
    assert_string_equal(veto_action_name(VETO_COMPUTE), "SHED_LOAD");
    assert_string_equal(veto_action_name(VETO_RESOURCE), "THROTTLE");
    assert_string_equal(veto_action_name(VETO_INTENT), "CAP_RETRIES");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_interface),
        cmocka_unit_test(kinds_are_read_back),
        cmocka_unit_test(each_main_law_has_its_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
