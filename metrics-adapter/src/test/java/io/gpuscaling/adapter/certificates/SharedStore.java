package io.gpuscaling.adapter.certificates;

import java.util.function.Consumer;

/** The Secret as replicas share it: a version, and writes that must meet it. */
final class SharedStore implements AuthorityStore {

  private Loaded content = new Loaded.Empty("0");
  private int version;
  private Consumer<SharedStore> beforeSave = _ -> {};

  /** Does something between a reading and the writing that follows it. */
  void beforeNextSave(Runnable meanwhile) {
    beforeSave =
        store -> {
          store.beforeSave = _ -> {};
          meanwhile.run();
        };
  }

  void fail(String reason) {
    content = new Loaded.Failed(reason);
  }

  AuthorityState state() {
    return switch (content) {
      case Loaded.Found(AuthorityState state, String _) -> state;
      case Loaded.Empty _, Loaded.Failed _ -> throw new AssertionError(content.toString());
    };
  }

  @Override
  public Loaded load() {
    return content;
  }

  @Override
  public Saved save(AuthorityState state, String expected) {
    beforeSave.accept(this);
    if (!expected.equals(Integer.toString(version))) {
      return new Saved.Conflict();
    }
    version++;
    content = new Loaded.Found(state, Integer.toString(version));
    return new Saved.Done();
  }
}
