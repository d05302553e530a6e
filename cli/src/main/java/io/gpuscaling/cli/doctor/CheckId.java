package io.gpuscaling.cli.doctor;

import java.util.Locale;

/** What the doctor looks at, in the order in which it tells. docs/doctor.md has a row for each. */
public enum CheckId {
  /** Whether the API server answers, and as whom it knows the caller. */
  API_SERVER,
  /** Where the APIServices of the metrics APIs lead to. */
  API_OWNER,
  /** Whether the API server reaches what they lead to. */
  API_AVAILABLE,
  /** Whether the adapter's certificate, its names and the APIServices' authority fit together. */
  API_CERTIFICATE,
  /** Whether the adapter runs, more than once. */
  ADAPTER_REPLICAS,
  /** Whether a replica of the adapter leads. */
  POLICY_LEADER,
  /** When the certificates end. */
  CERTIFICATE_ENDS,
  /** Whether the HPA controller may read the metrics APIs. */
  HPA_RIGHTS,
  /** Whether the adapter's account may do what it needs to. */
  ADAPTER_RIGHTS,
  /** Whether the exporter's account may do what it needs to. */
  EXPORTER_RIGHTS,
  /** Whether clocks agree. */
  CLOCK_SKEW,
  /** Whether HPAs of this cluster may be exact. */
  HPA_TOLERANCE,
  /** Whether HPAs of this cluster may go to 0. */
  HPA_SCALE_TO_ZERO,
  /** Whether each GPU node has a ready exporter. */
  GPU_EXPORTERS,
  /** Whether each GPU node has a ready dcgm-exporter. */
  DCGM_EXPORTERS,
  /** Whether each exporter reads the page of its own node's dcgm-exporter. */
  DCGM_PAGES,
  /** Whether dcgm-exporter shows the fields that metrics are made of. */
  DCGM_FIELDS,
  /** Whether each worker has announced itself. */
  WORKER_SESSIONS,
  /** Whether brokers let themselves be read: rights, plug-ins, names. */
  RABBITMQ_ACCESS,
  /** Whether the policies are ready. */
  POLICIES_READY,
  /** Whether an HPA carries out what a policy decides. */
  TARGET_FOLLOWED,
  /** Whether more than one autoscaler scales a target. */
  TARGET_AUTOSCALERS,
  /** Whether a target sits at 0 where its HPA never looks at it. */
  TARGET_STRANDED,
  /** Whether namespaces are granted the queues that they scale on. */
  NAMESPACE_GRANTS,
  /** Whether queries that policies name are there, and granted. */
  PROMETHEUS_QUERIES,
  /** Whether Prometheus answers the queries that policies name. */
  PROMETHEUS_ANSWERS;

  /** As people type it: {@code api-owner}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
