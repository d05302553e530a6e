package io.gpuscaling.cli;

import io.gpuscaling.cli.PolicyFile.Located;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which of the policies in a file is meant. */
sealed interface PolicyChoice {

  /** This one. */
  record One(ScalingPolicy policy) implements PolicyChoice {}

  /** None; the problems say why. */
  record None(List<String> problems) implements PolicyChoice {}

  /**
   * Chooses.
   *
   * @param name of the wanted policy; needed only where there are several
   */
  static PolicyChoice of(PolicyFile file, String path, Optional<String> name) {
    if (!file.problems().isEmpty()) {
      return new None(file.problems());
    }
    List<Located<ScalingPolicy>> candidates =
        file.policies().stream()
            .filter(it -> name.isEmpty() || it.value().metadata().name().equals(name.get()))
            .toList();
    if (candidates.size() == 1) {
      return new One(candidates.getFirst().value());
    }
    String names =
        file.policies().stream()
            .map(it -> it.value().metadata().name())
            .collect(Collectors.joining(", "));
    if (candidates.isEmpty()) {
      return new None(
          List.of(
              path
                  + ": holds no ScalingPolicy"
                  + name.map(it -> " " + it).orElse("")
                  + (names.isEmpty() ? "" : "; there are " + names)));
    }
    return new None(
        List.of(
            path + ": holds " + candidates.size() + " policies, choose one by --name: " + names));
  }
}
