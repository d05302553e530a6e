package io.gpuscaling.exporter;

import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.config.ExporterSettings;
import io.gpuscaling.exporter.dcgm.DcgmLocator;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.dcgm.DcgmSource;
import io.gpuscaling.exporter.dcgm.DcgmTarget;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.OwnNodeLocator;
import io.gpuscaling.exporter.dcgm.PodAssignments;
import io.gpuscaling.exporter.nvml.NvmlSource;
import io.gpuscaling.exporter.nvml.NvmlView;
import io.gpuscaling.exporter.podresources.PodResourcesReader;
import io.gpuscaling.exporter.podresources.PodResourcesSettings;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.tasks.TaskBoard;
import io.gpuscaling.exporter.tasks.TaskEvidence;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires what is read of the node's GPUs: dcgm-exporter, NVML, and the kubelet's list of pods. */
final class GpuReaders {

  private static final Logger log = LoggerFactory.getLogger(GpuReaders.class);

  /** One node has one dcgm-exporter pod, or few; a pod has some 10 KiB. */
  private static final int MAX_POD_LIST_BYTES = 1 << 20;

  private final ExporterSettings settings;
  private final TaskBoard listener;
  private final CollectorRegistry registry;
  private final Ticker ticker;

  /** What NVML showed last. */
  private final AtomicReference<NvmlView> nvml = new AtomicReference<>(NvmlView.NONE);

  GpuReaders(
      ExporterSettings settings, TaskBoard listener, CollectorRegistry registry, Ticker ticker) {
    this.settings = settings;
    this.listener = listener;
    this.registry = registry;
    this.ticker = ticker;
  }

  /** Starts those that are configured. */
  void start(Closer closer) throws IOException {
    if (settings.dcgm().isEmpty() && settings.nvml().isEmpty()) {
      return;
    }
    PodAssignments assignments = podAssignments(closer);
    settings
        .nvml()
        .ifPresent(found ->
            startSource(
                closer,
                new NvmlSource(
                    found,
                    assignments,
                    listener,
                    (view, state) -> {
                      nvml.set(view);
                      listener.processes(
                          TaskEvidence.processes(state, view.devices(), assignments.now()));
                    },
                    registry,
                    ticker,
                    RandomGenerator.getDefault())));
    if (settings.dcgm().isPresent()) {
      startDcgm(closer, settings.dcgm().get(), assignments);
    }
  }

  private void startDcgm(Closer closer, DcgmSettings dcgm, PodAssignments assignments)
      throws IOException {
    DcgmLocator locator =
        switch (dcgm.target()) {
          case DcgmTarget.Fixed(URI url) -> DcgmLocator.fixed(url);
          case DcgmTarget.OwnNode() ->
              new OwnNodeLocator(
                  closer.register(
                      "look-up of dcgm-exporter",
                      new ApiServerClient(settings.apiServer(), MAX_POD_LIST_BYTES)),
                  settings.nodeName(),
                  settings.dcgmNamespace());
        };
    startSource(
        closer,
        DcgmSource.create(
            dcgm,
            new DcgmSource.Inputs(locator, settings.dcgmPages(), assignments),
            listener,
            registry,
            ticker,
            RandomGenerator.getDefault()));
  }

  private PodAssignments podAssignments(Closer closer) {
    Optional<PodResourcesSettings> kubelet = settings.podResources();
    if (kubelet.isEmpty()) {
      return () -> DeviceHolders.UNKNOWN;
    }
    PodResourcesReader reader =
        closer.register(
            "pods of GPUs",
            new PodResourcesReader(
                kubelet.get(),
                () -> nvml.get().instances(),
                registry,
                ticker,
                RandomGenerator.getDefault()));
    reader.start();
    return reader;
  }

  private static void startSource(Closer closer, SampleSource source) {
    closer.register("source " + source.name(), source).start();
    log.atInfo().addKeyValue("source", source.name()).log("reading");
  }
}
