package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FactStoreTest {

  private final AtomicInteger changes = new AtomicInteger();
  private final FactStore<Pod, String> store =
      new FactStore<>(
          pod -> pod.getMetadata().getLabels().getOrDefault("app", ""), changes::incrementAndGet);

  private static Pod pod(String name, String app, String version) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName(name)
        .withUid("u-" + name)
        .withResourceVersion(version)
        .addToLabels("app", app)
        .endMetadata()
        .withNewSpec()
        .withNodeName("n1")
        .endSpec()
        .build();
  }

  @Test
  void put_object_keepsFactsAndNamesOnly() {
    Pod pod = pod("p", "a", "1");
    String key = store.getKey(pod);

    assertThat(store.put(key, pod)).isNull();

    assertThat(key).isEqualTo("ns/p");
    assertThat(store.facts()).containsExactly("a");
    assertThat(store.get(key))
        .isNotNull()
        .satisfies(kept -> {
          assertThat(kept.getMetadata().getName()).isEqualTo("p");
          assertThat(kept.getMetadata().getNamespace()).isEqualTo("ns");
          assertThat(kept.getMetadata().getUid()).isEqualTo("u-p");
          assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("1");
          assertThat(kept.getMetadata().getLabels()).isEmpty();
          assertThat(kept.getSpec()).isNull();
          assertThat(store.getKey(kept)).isEqualTo(key);
        });
    assertThat(pod.getSpec()).describedAs("the object itself is not touched").isNotNull();
    assertThat(store.isFullState()).isFalse();
    assertThat(changes).hasValue(1);
  }

  @Test
  void put_again_replacesAndAnswersWhatWasThere() {
    store.put("ns/p", pod("p", "a", "1"));

    Pod before = store.put("ns/p", pod("p", "b", "2"));

    assertThat(before)
        .isNotNull()
        .satisfies(it -> assertThat(it.getMetadata().getResourceVersion()).isEqualTo("1"));
    assertThat(store.facts()).containsExactly("b");
    assertThat(store.size()).isEqualTo(1);
    assertThat(changes).hasValue(2);
  }

  @Test
  void remove_object_forgetsFactsAndNames() {
    store.put("ns/p", pod("p", "a", "1"));
    store.put("ns/q", pod("q", "b", "1"));
    assertThat(store.keySet()).containsExactlyInAnyOrder("ns/p", "ns/q");
    assertThat(store.values()).hasSize(2);

    assertThat(store.remove("ns/p")).isNotNull();

    assertThat(store.facts()).containsExactly("b");
    assertThat(store.get("ns/p")).isNull();
    assertThat(store.remove("ns/p")).describedAs("a second time").isNull();
  }

  @Test
  void put_objectWhoseClassCannotBeMade_isABug() {
    assertThatThrownBy(() -> store.put("ns/p", new NoDefault(pod("p", "a", "1"))))
        .isInstanceOf(IllegalStateException.class);
  }

  private static final class NoDefault extends Pod {
    private static final long serialVersionUID = 1L;

    NoDefault(Pod like) {
      setMetadata(like.getMetadata());
    }
  }
}
