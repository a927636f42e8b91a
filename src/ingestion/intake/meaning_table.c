/* SPDX-License-Identifier: MIT
 * What the names of well-known exporters and libraries mean, as docs/connectors.md lists them. A row is here
 * when the name says the same quantity as one of ours, and its source says so: the exporters' own code and
 * documents, the OpenTelemetry semantic conventions and their translation to Prometheus names. */
#include "ingestion/intake/meaning.h"

/* Shorthands: many rows differ in one word. */
#define SUM(name, where, metric, entity)                                                                     \
    {                                                                                                        \
        name, where, METRIC_##metric, MEANING_SUM, 1, entity                                                 \
    }
#define LESS(name, where, metric, entity)                                                                    \
    {                                                                                                        \
        name, where, METRIC_##metric, MEANING_SUM, -1, entity                                                \
    }
#define TIMES(name, where, metric, scale, entity)                                                            \
    {                                                                                                        \
        name, where, METRIC_##metric, MEANING_SUM, scale, entity                                             \
    }
#define CPU(name, where, part)                                                                               \
    {                                                                                                        \
        name, where, METRIC_CPU_UTILIZATION, MEANING_CPU_##part, 1, "host"                                   \
    }
#define RATE(name, metric)                                                                                   \
    {                                                                                                        \
        name, "", METRIC_##metric, MEANING_RATE, 1, "host"                                                   \
    }
#define MEBIBYTE 1048576.0
#define SERVICE  "" /* as the labels name it */

/* CPU time by mode; guests are inside user and nice. */
#define CPU_MODES(name, label, wait)                                                                         \
    CPU(name, label "=user", BUSY), CPU(name, label "=nice", BUSY), CPU(name, label "=system", BUSY),        \
        CPU(name, label "=irq", BUSY), CPU(name, label "=softirq", BUSY),                                    \
        CPU(name, label "=interrupt", BUSY), CPU(name, label "=kernel", BUSY),                               \
        CPU(name, label "=idle", IDLE), CPU(name, label "=" wait, IOWAIT), CPU(name, label "=steal", STEAL)

/* Interfaces that carry what others carry already. */
#define PHYSICAL                                                                                             \
    "device!=lo,device!=veth*,device!=docker*,device!=br-*,device!=cni*,device!=cali*,device!=flannel*,"     \
    "device!=virbr*,device!=tap*,device!=tun*,device!=bond*,device!=dummy*"
/* File systems that are no disk. */
#define ON_DISK "fstype!=tmpfs,fstype!=ramfs,fstype!=overlay,fstype!=squashfs,fstype!=devtmpfs,fstype!=fuse*"
#define MOUNT   "filesystem:{mountpoint|system.filesystem.mountpoint}"
/* Collectors whose time is not that of their work beside the program, which does not stop for it: ZGC and
 * Shenandoah tell that as of cycles, and of pauses apart (OpenJDK 17; "ZGC" alone in 15 and 16: JDK-8240679,
 * JDK-8265136). */
#define CYCLES(gc, kind) gc "!=" kind " Cycles"
#define STOPS(gc)                                                                                            \
    gc "!=ZGC," CYCLES(gc, "ZGC") "," CYCLES(gc, "ZGC Minor") "," CYCLES(gc, "ZGC Major") "," CYCLES(        \
        gc, "Shenandoah")
/* cAdvisor's containers: of Kubernetes, and without it. */
#define POD_CONTAINER   "container!=,container!=POD"
#define PLAIN_CONTAINER "container=,pod=,name!="
#define IN_POD          "cgroup:/{namespace}/{pod}/{container}"
#define ALONE           "cgroup:/{name}"
#define CONTAINER(name, metric)                                                                              \
    SUM(name, POD_CONTAINER, metric, IN_POD), SUM(name, PLAIN_CONTAINER, metric, ALONE)
#define CONTAINER_CPU(name, part)                                                                            \
    {name, POD_CONTAINER, METRIC_CPU_UTILIZATION, MEANING_CPU_##part, 1, IN_POD},                            \
    {                                                                                                        \
        name, PLAIN_CONTAINER, METRIC_CPU_UTILIZATION, MEANING_CPU_##part, 1, ALONE                          \
    }
#define K8S_CONTAINER "cgroup:/{k8s.namespace.name}/{k8s.pod.name}/{k8s.container.name}"
#define HAPROXY       "service:haproxy/{proxy|backend}"
#define ENVOY         "service:envoy/{envoy_cluster_name}"

const struct meaning_row meaning_table[] = {
    /* node_exporter */
    CPU_MODES("node_cpu_seconds_total", "mode", "iowait"),
    SUM("node_memory_MemTotal_bytes", "", MEMORY_LIMIT, "host"),
    SUM("node_memory_MemAvailable_bytes", "", MEMORY_AVAILABLE, "host"),
    SUM("node_network_transmit_packets_total", PHYSICAL, PACKETS_SENT, "host"),
    SUM("node_network_receive_packets_total", PHYSICAL, PACKETS_RECEIVED, "host"),
    SUM("node_netstat_Tcp_ActiveOpens", "", CONNECTIONS_OUT, "host"),
    SUM("node_netstat_Tcp_PassiveOpens", "", CONNECTIONS_IN, "host"),
    SUM("node_netstat_Tcp_RetransSegs", "", CONNECTIONS_FAILED, "host"),
    SUM("node_netstat_Tcp_AttemptFails", "", CONNECTIONS_FAILED, "host"),
    SUM("node_netstat_Tcp_EstabResets", "", CONNECTIONS_FAILED, "host"),
    SUM("node_pressure_cpu_waiting_seconds_total", "", CPU_PRESSURE, "host"),
    SUM("node_pressure_memory_waiting_seconds_total", "", MEMORY_PRESSURE, "host"),
    SUM("node_pressure_io_waiting_seconds_total", "", IO_PRESSURE, "host"),
    SUM("node_context_switches_total", "", CONTEXT_SWITCHES, "host"),
    SUM("node_forks_total", "", FORKS, "host"),
    SUM("node_nf_conntrack_entries", "", TRACKED, "host"),
    SUM("node_nf_conntrack_entries_limit", "", TRACKED_LIMIT, "host"),
    SUM("node_filesystem_size_bytes", ON_DISK, SPACE, MOUNT),
    LESS("node_filesystem_free_bytes", ON_DISK, SPACE, MOUNT),
    SUM("node_filesystem_size_bytes", ON_DISK, SPACE_LIMIT, MOUNT),
    LESS("node_filesystem_free_bytes", ON_DISK, SPACE_LIMIT, MOUNT),
    SUM("node_filesystem_avail_bytes", ON_DISK, SPACE_LIMIT, MOUNT),
    SUM("node_filesystem_files", ON_DISK, INODES, MOUNT),
    LESS("node_filesystem_files_free", ON_DISK, INODES, MOUNT),
    SUM("node_filesystem_files", ON_DISK, INODES_LIMIT, MOUNT),

    /* cAdvisor, alone or in the kubelet */
    CONTAINER_CPU("container_cpu_usage_seconds_total", SECONDS),
    CONTAINER_CPU("container_spec_cpu_quota", QUOTA),
    CONTAINER_CPU("container_spec_cpu_period", PERIOD),
    CONTAINER("container_cpu_cfs_throttled_seconds_total", CPU_THROTTLED),
    CONTAINER("container_memory_working_set_bytes", MEMORY_USAGE),
    CONTAINER("container_spec_memory_limit_bytes", MEMORY_LIMIT),
    CONTAINER("container_threads", TASKS),
    CONTAINER("container_threads_max", TASKS_LIMIT),
    CONTAINER("container_pressure_cpu_waiting_seconds_total", CPU_PRESSURE),
    CONTAINER("container_pressure_memory_waiting_seconds_total", MEMORY_PRESSURE),
    CONTAINER("container_pressure_io_waiting_seconds_total", IO_PRESSURE),

    /* HAProxy's own exporter: a retry and a redispatch are tries more than the requests, after one that
     * failed
     */
    SUM("haproxy_backend_http_requests_total", "", REQUESTS_IN, HAPROXY),
    SUM("haproxy_backend_http_requests_total", "", REQUESTS_OUT, HAPROXY),
    SUM("haproxy_backend_retry_warnings_total", "", REQUESTS_OUT, HAPROXY),
    SUM("haproxy_backend_redispatch_warnings_total", "", REQUESTS_OUT, HAPROXY),
    SUM("haproxy_backend_retry_warnings_total", "", REQUESTS_FAILED, HAPROXY),
    SUM("haproxy_backend_redispatch_warnings_total", "", REQUESTS_FAILED, HAPROXY),
    SUM("haproxy_backend_connection_errors_total", "", REQUESTS_FAILED, HAPROXY),
    SUM("haproxy_backend_response_errors_total", "", REQUESTS_FAILED, HAPROXY),

    /* Envoy: upstream_rq_total counts retries too */
    SUM("envoy_cluster_upstream_rq_total", "", REQUESTS_OUT, ENVOY),
    SUM("envoy_cluster_upstream_rq_total", "", REQUESTS_IN, ENVOY),
    LESS("envoy_cluster_upstream_rq_retry", "", REQUESTS_IN, ENVOY),
    SUM("envoy_cluster_upstream_rq_xx", "envoy_response_code_class=5", REQUESTS_FAILED, ENVOY),
    SUM("envoy_cluster_upstream_rq_rx_reset", "", REQUESTS_FAILED, ENVOY),
    SUM("envoy_cluster_upstream_cx_connect_fail", "", REQUESTS_FAILED, ENVOY),

    /* Istio: each side reports */
    SUM("istio_requests_total", "reporter=destination", REQUESTS_IN,
        "service:{destination_workload_namespace}/{destination_workload}"),
    SUM("istio_requests_total", "reporter=source", REQUESTS_OUT,
        "service:{source_workload_namespace}/{source_workload}"),
    SUM("istio_requests_total", "reporter=source,response_code=5*", REQUESTS_FAILED,
        "service:{source_workload_namespace}/{source_workload}"),
    SUM("istio_requests_total", "reporter=source,response_code=0", REQUESTS_FAILED,
        "service:{source_workload_namespace}/{source_workload}"),

    /* Prometheus, of itself */
    SUM("prometheus_http_requests_total", "", REQUESTS_IN, SERVICE),
    /* nginx-prometheus-exporter (stub_status has no outgoing side) */
    SUM("nginx_http_requests_total", "", REQUESTS_IN, SERVICE),
    SUM("nginx_connections_accepted", "", CONNECTIONS_IN, SERVICE),

    /* Micrometer */
    SUM("http_server_requests_seconds_count", "", REQUESTS_IN, SERVICE),
    SUM("http_client_requests_seconds_count", "", REQUESTS_OUT, SERVICE),
    SUM("http_client_requests_seconds_count", "status=5*", REQUESTS_FAILED, SERVICE),
    SUM("http_client_requests_seconds_count", "status=IO_ERROR", REQUESTS_FAILED, SERVICE),
    SUM("http_client_requests_seconds_count", "status=CLIENT_ERROR", REQUESTS_FAILED, SERVICE),
    SUM("process_cpu_usage", "", CPU_UTILIZATION, SERVICE),
    SUM("jvm_gc_pause_seconds_sum", STOPS("gc"), GC_TIME, SERVICE),
    SUM("jvm_gc_pause_seconds_count", "", GC_COUNT, SERVICE),
    SUM("jvm_gc_live_data_size_bytes", "", HEAP_LIVE, SERVICE),
    SUM("jvm_gc_memory_allocated_bytes_total", "", HEAP_ALLOCATED, SERVICE),
    /* Micrometer, client_java 1.x, and OpenTelemetry's agent by Prometheus names */
    SUM("jvm_memory_used_bytes", "area=heap", HEAP_USED, SERVICE),
    SUM("jvm_memory_used_bytes", "jvm_memory_type=heap", HEAP_USED, SERVICE),
    SUM("jvm_memory_max_bytes", "area=heap", HEAP_LIMIT, SERVICE),
    SUM("jvm_memory_limit_bytes", "jvm_memory_type=heap", HEAP_LIMIT, SERVICE),
    SUM("jvm_memory_used_after_last_gc_bytes", "jvm_memory_type=heap", HEAP_LIVE, SERVICE),
    SUM("jvm_gc_duration_seconds_sum", STOPS("jvm_gc_name"), GC_TIME, SERVICE),
    SUM("jvm_gc_duration_seconds_count", "", GC_COUNT, SERVICE),
    SUM("jvm_cpu_recent_utilization_ratio", "", CPU_UTILIZATION, SERVICE),
    /* client_java */
    SUM("jvm_gc_collection_seconds_sum", STOPS("gc"), GC_TIME, SERVICE),
    SUM("jvm_gc_collection_seconds_count", "", GC_COUNT, SERVICE),
    SUM("jvm_memory_bytes_used", "area=heap", HEAP_USED, SERVICE),
    SUM("jvm_memory_bytes_max", "area=heap", HEAP_LIMIT, SERVICE),
    SUM("jvm_memory_pool_allocated_bytes_total", "pool!=Metaspace*,pool!=Compressed*,pool!=CodeHeap*",
        HEAP_ALLOCATED, SERVICE),

    /* Go, Node (prom-client), .NET: the time of a collection is that in which the program stood still */
    SUM("go_memstats_alloc_bytes_total", "", HEAP_ALLOCATED, SERVICE),
    SUM("go_memstats_heap_alloc_bytes", "", HEAP_USED, SERVICE),
    SUM("go_gc_gomemlimit_bytes", "", HEAP_LIMIT, SERVICE),
    SUM("go_gc_duration_seconds_sum", "", GC_TIME, SERVICE),
    SUM("go_gc_duration_seconds_count", "", GC_COUNT, SERVICE),
    SUM("nodejs_gc_duration_seconds_sum", "", GC_TIME, SERVICE),
    SUM("nodejs_gc_duration_seconds_count", "", GC_COUNT, SERVICE),
    SUM("nodejs_heap_size_used_bytes", "", HEAP_USED, SERVICE),
    SUM("dotnet_gc_collections_total", "", GC_COUNT, SERVICE),
    SUM("dotnet_gc_pause_time_seconds_total", "", GC_TIME, SERVICE),
    SUM("dotnet_gc_heap_total_allocated_bytes_total", "", HEAP_ALLOCATED, SERVICE),
    SUM("dotnet_gc_last_collection_heap_size_bytes", "", HEAP_LIVE, SERVICE),
    SUM("dotnet_collection_count_total", "", GC_COUNT, SERVICE),
    SUM("dotnet_total_memory_bytes", "", HEAP_USED, SERVICE),

    /* What all client libraries say of their process */
    SUM("process_resident_memory_bytes", "", MEMORY_USAGE, SERVICE),
    SUM("process_open_fds", "", OPEN_FILES, SERVICE),
    SUM("process_max_fds", "", OPEN_FILES_LIMIT, SERVICE),

    /* gRPC's middlewares */
    SUM("grpc_server_started_total", "", REQUESTS_IN, SERVICE),
    SUM("grpc_client_started_total", "", REQUESTS_OUT, SERVICE),
    SUM("grpc_client_handled_total", "grpc_code!=OK", REQUESTS_FAILED, SERVICE),

    /* OpenTelemetry, by its own names */
    CPU_MODES("system.cpu.time", "cpu.mode", "iowait"),
    CPU_MODES("system.cpu.time", "state", "wait"),
    SUM("system.cpu.utilization", "state=,cpu.mode=,cpu=,cpu.logical_number=", CPU_UTILIZATION, "host"),
    SUM("system.memory.usage", "state=,system.memory.state=", MEMORY_USAGE, "host"),
    SUM("system.memory.usage", "state=used", MEMORY_USAGE, "host"),
    SUM("system.memory.usage", "system.memory.state=used", MEMORY_USAGE, "host"),
    SUM("system.memory.limit", "", MEMORY_LIMIT, "host"),
    SUM("system.linux.memory.available", "", MEMORY_AVAILABLE, "host"),
    SUM("system.network.packets", "direction=transmit," PHYSICAL, PACKETS_SENT, "host"),
    SUM("system.network.packets", "direction=receive," PHYSICAL, PACKETS_RECEIVED, "host"),
    SUM("system.network.packet.count", "network.io.direction=transmit", PACKETS_SENT, "host"),
    SUM("system.network.packet.count", "network.io.direction=receive", PACKETS_RECEIVED, "host"),
    SUM("system.network.conntrack.count", "", TRACKED, "host"),
    SUM("system.network.conntrack.max", "", TRACKED_LIMIT, "host"),
    SUM("system.processes.created", "", FORKS, "host"),
    SUM("system.process.created", "", FORKS, "host"),
    SUM("system.filesystem.usage", "state=used,type!=tmpfs,type!=overlay,type!=squashfs", SPACE, MOUNT),
    SUM("system.filesystem.usage", "state=used,type!=tmpfs,type!=overlay,type!=squashfs", SPACE_LIMIT, MOUNT),
    SUM("system.filesystem.usage", "state=free,type!=tmpfs,type!=overlay,type!=squashfs", SPACE_LIMIT, MOUNT),
    SUM("system.filesystem.inodes.usage", "state=used,type!=tmpfs,type!=overlay", INODES, MOUNT),
    SUM("system.filesystem.inodes.usage", "type!=tmpfs,type!=overlay", INODES_LIMIT, MOUNT),
    SUM("k8s.container.cpu_limit_utilization", "", CPU_UTILIZATION, K8S_CONTAINER),
    SUM("container.memory.working_set", "k8s.container.name!=", MEMORY_USAGE, K8S_CONTAINER),
    SUM("k8s.container.memory_limit", "", MEMORY_LIMIT, K8S_CONTAINER),
    SUM("http.server.request.duration.count", "", REQUESTS_IN, SERVICE),
    SUM("http.client.request.duration.count", "", REQUESTS_OUT, SERVICE),
    SUM("http.client.request.duration.count", "error.type!=", REQUESTS_FAILED, SERVICE),
    SUM("http.server.duration.count", "", REQUESTS_IN, SERVICE),
    SUM("http.client.duration.count", "", REQUESTS_OUT, SERVICE),
    SUM("http.client.duration.count", "http.status_code=5*", REQUESTS_FAILED, SERVICE),
    SUM("rpc.server.duration.count", "", REQUESTS_IN, SERVICE),
    SUM("rpc.client.duration.count", "", REQUESTS_OUT, SERVICE),
    SUM("http.server.request.count", "", REQUESTS_IN, SERVICE),
    SUM("http.client.request.count", "", REQUESTS_OUT, SERVICE),
    SUM("http.client.request.failed", "", REQUESTS_FAILED, SERVICE),
    SUM("jvm.gc.duration.sum", STOPS("jvm.gc.name"), GC_TIME, SERVICE),
    SUM("jvm.gc.duration.count", "", GC_COUNT, SERVICE),
    SUM("jvm.memory.used", "jvm.memory.type=heap", HEAP_USED, SERVICE),
    SUM("jvm.memory.limit", "jvm.memory.type=heap", HEAP_LIMIT, SERVICE),
    SUM("jvm.memory.used_after_last_gc", "jvm.memory.type=heap", HEAP_LIVE, SERVICE),
    SUM("jvm.cpu.recent_utilization", "", CPU_UTILIZATION, SERVICE),
    SUM("go.memory.allocated", "", HEAP_ALLOCATED, SERVICE),
    SUM("go.memory.used", "", HEAP_USED, SERVICE),
    SUM("go.memory.limit", "", HEAP_LIMIT, SERVICE),
    SUM("v8js.gc.duration.sum", "", GC_TIME, SERVICE),
    SUM("v8js.gc.duration.count", "", GC_COUNT, SERVICE),
    SUM("v8js.memory.heap.used", "", HEAP_USED, SERVICE),
    SUM("v8js.memory.heap.limit", "", HEAP_LIMIT, SERVICE),
    SUM("dotnet.gc.collections", "", GC_COUNT, SERVICE),
    SUM("dotnet.gc.pause.time", "", GC_TIME, SERVICE),
    SUM("dotnet.gc.heap.total_allocated", "", HEAP_ALLOCATED, SERVICE),
    SUM("dotnet.gc.last_collection.heap.size", "", HEAP_LIVE, SERVICE),
    /* and by the names that Prometheus gives them */
    CPU_MODES("system_cpu_time_seconds_total", "state", "wait"),
    CPU_MODES("system_cpu_time_seconds_total", "cpu_mode", "iowait"),
    SUM("system_memory_usage_bytes", "state=used", MEMORY_USAGE, "host"),
    SUM("http_server_request_duration_seconds_count", "", REQUESTS_IN, SERVICE),
    SUM("http_client_request_duration_seconds_count", "", REQUESTS_OUT, SERVICE),
    SUM("http_client_request_duration_seconds_count", "error_type!=", REQUESTS_FAILED, SERVICE),
    SUM("http_server_duration_milliseconds_count", "", REQUESTS_IN, SERVICE),
    SUM("http_client_duration_milliseconds_count", "", REQUESTS_OUT, SERVICE),

    /* Datadog's agent: percent, mebibytes, packets a second */
    TIMES("system.cpu.user", "", CPU_UTILIZATION, 0.01, "host"),
    TIMES("system.cpu.system", "", CPU_UTILIZATION, 0.01, "host"),
    TIMES("system.cpu.interrupt", "", CPU_UTILIZATION, 0.01, "host"),
    TIMES("system.cpu.iowait", "", CPU_IOWAIT, 0.01, "host"),
    TIMES("system.cpu.stolen", "", CPU_STEAL, 0.01, "host"),
    TIMES("system.mem.total", "", MEMORY_LIMIT, MEBIBYTE, "host"),
    TIMES("system.mem.usable", "", MEMORY_AVAILABLE, MEBIBYTE, "host"),
    RATE("system.net.packets_out.count", PACKETS_SENT),
    RATE("system.net.packets_in.count", PACKETS_RECEIVED),
    RATE("system.cpu.context_switches", CONTEXT_SWITCHES),

    /* Datadog, under the names by which ingestion/datadog/ knows what it has asked for: levels in bytes and
     * shares; what is counted has been added up */
    SUM("datadog.mem.usable", "", MEMORY_AVAILABLE, "host"),
    SUM("datadog.mem.total", "", MEMORY_LIMIT, "host"),
    SUM("datadog.packets_in", "", PACKETS_RECEIVED, "host"),
    SUM("datadog.packets_out", "", PACKETS_SENT, "host"),
    SUM("datadog.disk.used", "", SPACE, "filesystem:{device}"),
    SUM("datadog.disk.total", "", SPACE_LIMIT, "filesystem:{device}"),
    SUM("datadog.container.cpu", "", CPU_UTILIZATION, "cgroup:{container_name}"),
    TIMES("datadog.container.throttled", "", CPU_THROTTLED, 1e-9, "cgroup:{container_name}"),
    SUM("datadog.container.memory", "", MEMORY_USAGE, "cgroup:{container_name}"),
    SUM("datadog.container.memory_limit", "", MEMORY_LIMIT, "cgroup:{container_name}"),
    TIMES("datadog.pod.cpu", "", CPU_UTILIZATION, 1e-9, "cgroup:{pod_name}"),
    SUM("datadog.pod.memory", "", MEMORY_USAGE, "cgroup:{pod_name}"),
    SUM("datadog.pod.memory_limit", "", MEMORY_LIMIT, "cgroup:{pod_name}"),
    SUM("datadog.jvm.heap", "", HEAP_USED, "service:{service}"),
    SUM("datadog.jvm.heap_max", "", HEAP_LIMIT, "service:{service}"),
    TIMES("datadog.jvm.minor_time", "", GC_TIME, 1e-3, "service:{service}"),
    TIMES("datadog.jvm.major_time", "", GC_TIME, 1e-3, "service:{service}"),
    SUM("datadog.jvm.minor_count", "", GC_COUNT, "service:{service}"),
    SUM("datadog.jvm.major_count", "", GC_COUNT, "service:{service}"),
    SUM("datadog.requests_in", "", REQUESTS_IN, "service:{service}"),
    SUM("datadog.requests_out", "", REQUESTS_OUT, "service:{service}"),
    SUM("datadog.requests_failed", "", REQUESTS_FAILED, "service:{service}"),

    {0},
};
