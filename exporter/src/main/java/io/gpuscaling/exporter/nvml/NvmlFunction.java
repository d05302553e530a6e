package io.gpuscaling.exporter.nvml;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One function of the library, in the newest of its versions that the driver has. All return a
 * code. For use on the thread that opened the library.
 */
final class NvmlFunction {

  /** A pointer. */
  static final MemoryLayout ADDRESS = ValueLayout.ADDRESS;

  /** An {@code int} or an {@code unsigned int}. */
  static final MemoryLayout INT = ValueLayout.JAVA_INT;

  private final String name;
  private final @Nullable MethodHandle handle;

  private NvmlFunction(String name, @Nullable MethodHandle handle) {
    this.name = name;
    this.handle = handle;
  }

  /**
   * Looks a function up.
   *
   * @param library where
   * @param names of its versions, the newest first; all take the same arguments
   */
  @SuppressWarnings("restricted") // native access is what this package is for
  static NvmlFunction find(SymbolLookup library, String[] names, MemoryLayout... arguments) {
    for (String name : names) {
      Optional<MemorySegment> symbol = library.find(name);
      if (symbol.isPresent()) {
        FunctionDescriptor shape = FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments);
        return new NvmlFunction(name, Linker.nativeLinker().downcallHandle(symbol.get(), shape));
      }
    }
    return new NvmlFunction(names[0], null);
  }

  /** The version that was found, or the newest when none was. */
  String name() {
    return name;
  }

  boolean isPresent() {
    return handle != null;
  }

  /** Calls it. {@link NvmlCode#FUNCTION_NOT_FOUND} when the driver has none of its versions. */
  int call(Object... arguments) {
    if (handle == null) {
      return NvmlCode.FUNCTION_NOT_FOUND;
    }
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call cannot throw", e);
    }
  }
}
