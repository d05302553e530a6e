package io.gpuscaling.adapter.certificates;

/** Where clients find whom to trust. Blocks. For one thread at a time. */
@FunctionalInterface
public interface BundlePublication {

  /**
   * Makes sure that clients find this bundle.
   *
   * @return whether every place has it now; a place that has not is tried again the next time
   */
  boolean publish(String bundlePem);
}
