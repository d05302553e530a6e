package io.gpuscaling.demo.gpu;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/** A node with GPUs. Safe for use by any thread. */
public final class GpuNode {

  private final String name;
  private final int number;
  private final AtomicReferenceArray<GpuActivity> gpus;

  /**
   * A node whose GPUs are free.
   *
   * @param number tells it from the others, 0 to 15
   * @param gpuCount 1 to 16
   */
  public GpuNode(String name, int number, int gpuCount) {
    this.name = name;
    this.number = number;
    this.gpus =
        new AtomicReferenceArray<>(
            Collections.nCopies(gpuCount, GpuActivity.FREE).toArray(new GpuActivity[0]));
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Tells it from the others. */
  int number() {
    return number;
  }

  /** What each GPU does now. */
  public List<GpuActivity> activities() {
    return IntStream.range(0, gpus.length()).mapToObj(gpus::get).toList();
  }

  /** From now on a GPU does this. */
  public void set(int gpu, GpuActivity activity) {
    gpus.set(gpu, activity);
  }
}
