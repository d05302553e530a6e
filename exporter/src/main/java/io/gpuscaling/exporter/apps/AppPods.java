package io.gpuscaling.exporter.apps;

import java.util.List;

/** Looks up which pods of this node an application runs in. Blocks, with a deadline. */
@FunctionalInterface
public interface AppPods {

  /** What a look-up came to. */
  sealed interface Listing {

    /** These, those that are leaving too: they may still have tasks. */
    record Known(List<AppPod> pods) implements Listing {

      /** Copies the list. */
      public Known {
        pods = List.copyOf(pods);
      }
    }

    /**
     * Nobody knows.
     *
     * @param detail a clause for the log, without secrets
     */
    record Failed(String detail) implements Listing {}
  }

  /** The pods of an endpoint. */
  Listing of(AppEndpoint endpoint);
}
