package io.gpuscaling.core.config;

/** Where a value came from. */
public sealed interface ValueOrigin {

  /** Given on the command line. */
  record Flag(String flag) implements ValueOrigin {
    @Override
    public String toString() {
      return "flag " + flag;
    }
  }

  /** Given by the environment. */
  record Variable(String name) implements ValueOrigin {
    @Override
    public String toString() {
      return "variable " + name;
    }
  }

  /**
   * Given in the configuration file.
   *
   * @param file as it was named
   * @param line from 1; 0 is the file as a whole
   */
  record FileLine(String file, int line) implements ValueOrigin {
    @Override
    public String toString() {
      return line == 0 ? "file " + file : file + ":" + line;
    }
  }

  /** Not given: the default, if the key has one. */
  record NotSet() implements ValueOrigin {
    @Override
    public String toString() {
      return "not set";
    }
  }
}
