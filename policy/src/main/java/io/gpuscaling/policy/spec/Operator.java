package io.gpuscaling.policy.spec;

/** How an observed value stands to a threshold that it breaches. */
public enum Operator {
  GREATER_THAN(">") {
    @Override
    boolean holds(double observed, double threshold) {
      return observed > threshold;
    }
  },
  GREATER_THAN_OR_EQUAL(">=") {
    @Override
    boolean holds(double observed, double threshold) {
      return observed >= threshold;
    }
  },
  LESS_THAN("<") {
    @Override
    boolean holds(double observed, double threshold) {
      return observed < threshold;
    }
  },
  LESS_THAN_OR_EQUAL("<=") {
    @Override
    boolean holds(double observed, double threshold) {
      return observed <= threshold;
    }
  };

  private final String sign;

  Operator(String sign) {
    this.sign = sign;
  }

  abstract boolean holds(double observed, double threshold);

  /** Whether larger values breach. */
  public boolean isUpward() {
    return this == GREATER_THAN || this == GREATER_THAN_OR_EQUAL;
  }

  /** As in a formula. */
  public String sign() {
    return sign;
  }
}
