package io.gpuscaling.policy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;

/** Deciding stays pure: no clock, thread, log or I/O, and nothing but the JDK and cron times. */
@AnalyzeClasses(packages = "io.gpuscaling.policy", importOptions = DoNotIncludeTests.class)
final class PolicyArchitectureTest {

  @ArchTest
  static final ArchRule ONLY_VALUES_OF_THE_JDK =
      classes()
          .that()
          .doNotHaveFullyQualifiedName("io.gpuscaling.policy.schedule.CronTimes")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java.lang",
              "java.lang.annotation",
              "java.lang.invoke", // lambdas
              "java.lang.runtime", // switch patterns
              "java.math",
              "java.time",
              "java.time.zone",
              "java.util",
              "java.util.function",
              "java.util.regex",
              "java.util.stream",
              "org.jspecify.annotations",
              "io.gpuscaling.policy..");

  @ArchTest
  static final ArchRule NO_CLOCK_AND_NO_THREAD =
      noClasses()
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(
              Clock.class, InstantSource.class, Thread.class, ProcessBuilder.class, Runtime.class)
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  private PolicyArchitectureTest() {}
}
