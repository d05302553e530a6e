package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.exposition.ExpositionReader;
import io.gpuscaling.core.exposition.ExpositionResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reads one page as dcgm-exporter serves it. The aim is 200 MB of page a second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class ExpositionReadBenchmark {

  private final ExpositionReader reader = new ExpositionReader(ExpositionLimits.DEFAULT);
  private byte[] page = {};

  /** Loads the page, and makes sure that what is measured is not the refusal of it. */
  @Setup
  public void load() throws IOException {
    page = Files.readAllBytes(Checkout.recordedPage());
    if (!(reader.read(page) instanceof ExpositionResult.Page read) || read.samples().isEmpty()) {
      throw new IllegalStateException("the recorded page is refused");
    }
  }

  /** One page. */
  @Benchmark
  public ExpositionResult recordedPage() {
    return reader.read(page);
  }
}
